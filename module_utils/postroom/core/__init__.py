"""The pure middle: declarations, rules, plans and reports. No I/O, no clock, no Ansible."""
