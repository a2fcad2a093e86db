"""What goes over the wire, as bytes and dataclasses. No I/O, no Ansible."""
