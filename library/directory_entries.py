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
extends_documentation_fragment: [directory, reviewed]
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each entry before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Configure the entries
  directory_entries:
    mailboxes: "{{ declared.mailboxes }}"
    server:
      uri: ldap://ldap.ugent.be
      bind_dn: uid=postroom,ou=services,dc=ugent,dc=be
      bind_password: "{{ lookup('ansible.builtin.env', 'POSTROOM_DIRECTORY_PASSWORD') }}"
      people_base: ou=people,dc=ugent,dc=be
      mailboxes_base: ou=mailboxes,dc=ugent,dc=be
"""

RETURN = r"""
changes:
  description:
    - What was changed, or would be, sorted by mailbox. Packed into one text for M(plan_report), because Ansible is slow with long lists;
      unpacked, a JSON list as C(changes) of C(plan.json). C(--diff) shows them.
  returned: always
  type: str
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

from collections.abc import Sequence
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_policy, directory_server
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.directory import Directory
from ansible.module_utils.postroom.converge import Steps, mode, run
from ansible.module_utils.postroom.core.directory.observation import DirectoryObservation
from ansible.module_utils.postroom.core.directory.plan import due_for_directory, plan_directory, without_staff
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import SystemPlan
from ansible.module_utils.postroom.core.systems import BACKENDS

NAMES = list(BACKENDS)
SERVED = {"type": "list", "elements": "str", "choices": NAMES, "default": NAMES}


def steps(params: dict[str, Any]) -> Steps:
    declared = mailboxes(params)
    policy = directory_policy(params["server"])
    hold_back = {*params["hold_back"], *(mailbox.name for mailbox in declared if mailbox.backend not in params["backends"])}

    def observe(directory: Directory, wanted: Sequence[Mailbox]) -> DirectoryObservation:
        logins = {login for mailbox in wanted for login in mailbox.members}
        return directory.observe([mailbox.name for mailbox in wanted], logins, policy)

    def plan(observed: DirectoryObservation, wanted: Sequence[Mailbox]) -> SystemPlan:
        return plan_directory(due_for_directory(wanted, observed, hold_back), observed, policy, adopted(params))

    return Steps(
        session=Directory(directory_server(params["server"])),
        mailboxes=declared,
        observe=observe,
        plan=plan,
        apply=lambda directory, _, changes, progress: directory.apply(changes, progress),
        report=lambda _, observed: {"without_staff": without_staff(declared, observed.people)},
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(DIRECTORY), **MAILBOXES, "backends": SERVED},
        supports_check_mode=True,
    )
    module.exit_json(**run("directory", module.params["server"]["uri"], partial(steps, module.params), mode(module)))


if __name__ == "__main__":
    main()
