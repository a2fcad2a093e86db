#!/usr/bin/python
"""Ansible module: what the directory holds of shared mailboxes and people."""

from __future__ import annotations

DOCUMENTATION = r"""
module: directory_entries_info
short_description: Read the entries of shared mailboxes, and people, from the directory
description:
  - Reads every entry of a shared mailbox, marked or not, and all people. Changes nothing.
  - Passwords are never returned; one that is no C({SASL}) value shows as V(********).
  - The last login with a shared address is told where the directory keeps it, as OpenLDAP does with C(lastbind on).
extends_documentation_fragment: [directory]
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  directory_entries_info:
    server:
      uri: ldap://ldap.ugent.be
      bind_dn: uid=postroom,ou=services,dc=ugent,dc=be
      bind_password: "{{ lookup('ansible.builtin.env', 'POSTROOM_DIRECTORY_PASSWORD') }}"
      people_base: ou=people,dc=ugent,dc=be
      mailboxes_base: ou=mailboxes,dc=ugent,dc=be
"""

RETURN = r"""
live:
  description:
    - All entries below O(mailboxes_base), sorted by name, with mark, logins, owners, status, backend and the last login.
    - Packed into one text for the modules that look at them, because Ansible is slow with long lists; unpacked, a JSON list of
      LiveMailbox (module_utils/postroom/core/live.py).
  returned: success
  type: str
people:
  description: All people, packed in the same way; each has C(login), C(dn), C(name), C(affiliations), C(addresses) and C(active).
  returned: success
  type: str
system:
  description: The system that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: directory
server:
  description: The server that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: ldap://ldap.ugent.be
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_policy, directory_server
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.core.directory.live import live_in_directory, people_in_directory, person_as_dict
from ansible.module_utils.postroom.core.packed import pack
from ansible.module_utils.postroom.guard import Result, guarded


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(DIRECTORY)},
        supports_check_mode=True,
    )
    server, policy = directory_server(module.params["server"]), directory_policy(module.params["server"])
    same = {"system": "directory", "server": server.uri}

    def look() -> Result:
        with Directory(server) as directory:
            observed = directory.observe((), (), policy)
        live = pack(mailbox.as_dict() for mailbox in live_in_directory(observed, policy))
        return {"changed": False, "live": live, "people": pack(map(person_as_dict, people_in_directory(observed))), **same}

    module.exit_json(**guarded(work=look, **same))


if __name__ == "__main__":
    main()
