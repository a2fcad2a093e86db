#!/usr/bin/python
"""Ansible module: the lock that lets one apply run at a time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apply_lock
short_description: Let one apply run at a time
description:
  - Takes or gives back a lock, which is an entry in the directory below the mailboxes' base, so that runs on several machines see it.
  - The lock of a run on this machine whose process is gone is taken over at once, that of another machine after C(expires_after).
options:
  state: {description: Whether this run is to hold the lock., type: str, choices: [present, absent], default: present}
  wait: {description: Seconds to wait for another run to end., type: int, default: 0}
  expires_after: {description: After how many hours the lock of another machine counts as left behind., type: float, default: 12}
extends_documentation_fragment: [directory]
attributes:
  check_mode: {support: full, description: Nothing is locked.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Take the lock
  apply_lock:
    wait: 600
    server:
      uri: ldap://ldap.ugent.be
      bind_dn: uid=postroom,ou=services,dc=ugent,dc=be
      bind_password: "{{ lookup('ansible.builtin.env', 'POSTROOM_DIRECTORY_PASSWORD') }}"
      people_base: ou=people,dc=ugent,dc=be
      mailboxes_base: ou=mailboxes,dc=ugent,dc=be
"""

RETURN = r"""
noticed:
  description: Whose lock was taken over, if anybody's.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_server
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.apply_lock import ApplyLock
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "wait": {"type": "int", "default": 0},
            "expires_after": {"type": "float", "default": 12},
            "server": required(DIRECTORY),
        },
        supports_check_mode=True,
    )
    params = module.params
    noticed = ""
    try:
        if not module.check_mode:
            with Directory(directory_server(params["server"])) as directory:
                lock = ApplyLock(directory, params["server"]["mailboxes_base"])
                if params["state"] == "present":
                    noticed = lock.take(params["wait"], params["expires_after"])
                else:
                    lock.give_back()
    except BackendUnavailableError as error:
        module.fail_json(msg=str(error))
    if noticed:
        module.warn(noticed)
    module.exit_json(changed=False, noticed=noticed)


if __name__ == "__main__":
    main()
