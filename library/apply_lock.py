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
  uri: {description: The server's LDAP URI., type: str, required: true}
  bind_dn: {description: Who to bind as., type: str, required: true}
  bind_password: {description: The password to bind with., type: str, required: true}
  people_base: {description: Where people are., type: str, required: true}
  mailboxes_base: {description: Where the entries of shared mailboxes are., type: str, required: true}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  start_tls: {description: Whether to use StartTLS on an ldap URI., type: bool, default: true}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  policy_subentry: {description: The DN of the password policy that entries of shared mailboxes name., type: str}
  ended_accounts:
    description: An LDAP filter for the people whose account has ended.
    type: str
    default: (pwdAccountLockedTime=000001010000Z)
attributes:
  check_mode: {support: full, description: Nothing is locked.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Take the lock
  apply_lock:
    wait: 600
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
from ansible.module_utils.postroom.arguments.directory import directory_server, directory_spec
from ansible.module_utils.postroom.backends.apply_lock import ApplyLock
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "wait": {"type": "int", "default": 0},
            "expires_after": {"type": "float", "default": 12},
            **directory_spec(),
        },
        supports_check_mode=True,
    )
    params = module.params
    noticed = ""
    try:
        if not module.check_mode:
            with Directory(directory_server(params)) as directory:
                lock = ApplyLock(directory, params["mailboxes_base"])
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
