#!/usr/bin/python
"""Ansible module: the directory entries of shared mailboxes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: directory_entries
short_description: Configure the directory entries of all shared mailboxes
description:
  - Brings about and keeps the LDAP entry of each mailbox, by which members of one on Cyrus log in with the shared address and their own
    password, and by which a mail relay knows where its mail goes and who may send as it.
  - C(userPassword) has a value C({SASL}login) for each member of a mailbox on Cyrus, C(owner) the members' DNs, C(sharedMailboxBackend)
    where it lives.
  - Never touches an entry that is not declared or does not carry the mark of ownership, and never deletes one.
  - An entry that the server refuses is reported by name; the others are done, and the module fails at the end.
options:
  mailboxes: {description: What M(mailbox_declarations) returns., type: json, required: true}
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
  hold_back:
    description: >-
      Mailboxes whose entry is not to be made, because the mailbox itself could not be; C(*) for all. Existing entries are
      kept up, but for the backend that they name.
    type: list
    elements: str
    default: []
  backends:
    description: The backends that there are servers of. No entry is made for a mailbox of another one.
    type: list
    elements: str
    choices: [cyrus, exchange]
    default: [cyrus, exchange]
  adopt:
    description: >-
      Declared mailboxes, by name, that are taken under management: where the entry carries no mark of ownership it gets it, and
      nothing else is done to it in this run. M(mailbox_declarations) returns them.
    type: list
    elements: str
    default: []
  reviewed:
    description: >-
      The fingerprints of the changes that may be made, as M(plan_report) returns them, separated by spaces. Any other is reported and
      not made. C(*) stands for all.
    type: str
    default: "*"
  ownership_mark:
    description: The mark of ownership, kept in the attribute sharedMailboxManagedBy.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each entry before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Configure the entries
  directory_entries:
    mailboxes: "{{ declared.mailboxes }}"
    uri: ldap://ldap.ugent.be
    bind_dn: uid=postroom,ou=services,dc=ugent,dc=be
    bind_password: "{{ lookup('ansible.builtin.env', 'POSTROOM_DIRECTORY_PASSWORD') }}"
    people_base: ou=people,dc=ugent,dc=be
    mailboxes_base: ou=mailboxes,dc=ugent,dc=be
"""

RETURN = r"""
changes:
  description: What was changed, or would be, sorted by mailbox.
  returned: always
  type: list
  elements: dict
  sample:
    - mailbox: labo.info
      system: directory
      action: update
      details: [{field: login, before: ajanssens, after: ajanssens; bpeeters}]
      commands: ["dn: uid=labo.info,ou=mailboxes,dc=ugent,dc=be\nchangetype: modify\nreplace: userPassword\n..."]
failures:
  description: What could not be done, for each mailbox, with the server's own words.
  returned: always
  type: list
  elements: dict
without_staff:
  description: The declared mailboxes that no active staff member is to be able to use.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import directory_server, directory_spec
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes, reviewed
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.converge import converge
from ansible.module_utils.postroom.core.directory import DirectoryPolicy, due_for_directory, plan_directory, without_staff
from ansible.module_utils.postroom.core.plan import reviewed_only

SYSTEMS = ["cyrus", "exchange"]
BACKENDS = {"type": "list", "elements": "str", "choices": SYSTEMS, "default": SYSTEMS}


def main() -> None:
    module = AnsibleModule(
        argument_spec={**directory_spec(), **MAILBOXES, "backends": BACKENDS},
        supports_check_mode=True,
    )
    params = module.params
    policy = DirectoryPolicy(params["mailboxes_base"], params["ownership_mark"], policy_subentry=params["policy_subentry"])
    same = {"system": "directory", "server": params["uri"]}
    try:
        declared = mailboxes(params)
        hold_back = {*params["hold_back"], *(mailbox.name for mailbox in declared if mailbox.backend not in params["backends"])}
        logins = {login for mailbox in declared for login in mailbox.members}
        with Directory(directory_server(params)) as directory:
            observed = directory.observe([mailbox.name for mailbox in declared], logins, policy)
            due = due_for_directory(declared, observed, hold_back)
            plan = reviewed_only(plan_directory(due, observed, policy, adopted(params)), reviewed(params))
            result = converge(plan, directory.apply, dry_run=module.check_mode, **same)
    except (BackendUnavailableError, ValueError) as error:
        module.fail_json(msg=f"Directory: {error}", **same)
    module.exit_json(without_staff=without_staff(declared, observed.people), **result)


if __name__ == "__main__":
    main()
