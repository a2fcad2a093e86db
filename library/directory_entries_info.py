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

options:
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
  ownership_mark:
    description: The mark of ownership, kept in the attribute sharedMailboxManagedBy.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  directory_entries_info:
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
from ansible.module_utils.postroom.arguments.directory import directory_server, directory_spec
from ansible.module_utils.postroom.arguments.packed import pack
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.core.directory import DirectoryPolicy
from ansible.module_utils.postroom.core.directory_live import live_in_directory, people_in_directory, person_as_dict


def main() -> None:
    module = AnsibleModule(
        argument_spec={**directory_spec(), "ownership_mark": {"type": "str", "default": "postroom"}},
        supports_check_mode=True,
    )
    params = module.params
    same = {"system": "directory", "server": params["uri"]}
    policy = DirectoryPolicy(params["mailboxes_base"], params["ownership_mark"], policy_subentry=params["policy_subentry"])
    try:
        with Directory(directory_server(params)) as directory:
            observed = directory.observe((), (), policy)
    except (BackendUnavailableError, ValueError) as error:
        module.fail_json(msg=f"Directory: {error}", **same)
    live = pack(mailbox.as_dict() for mailbox in live_in_directory(observed, policy))
    module.exit_json(changed=False, live=live, people=pack(map(person_as_dict, people_in_directory(observed))), **same)


if __name__ == "__main__":
    main()
