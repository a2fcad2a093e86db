#!/usr/bin/python
"""Ansible module: shared mailboxes on a Cyrus IMAP server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cyrus_mailboxes
short_description: Configure all shared mailboxes of a Cyrus IMAP server
description:
  - Brings about and keeps each mailbox with its folders, special uses, quota and ACL, in one call for all of them.
  - Never touches a mailbox that is not declared or does not carry the mark of ownership, and never deletes one.
  - A mailbox that the server refuses something for is reported by name; the others are done, and the module fails at the end.
options:
  mailboxes:
    description:
      - What M(mailbox_declarations) returns. Those for another backend are only looked for, since a mailbox must not be made elsewhere
        while it lives here.
    type: json
    required: true
  hold_back:
    description: Mailboxes that are not made in this run, because they live or may live elsewhere; V(*) for all.
    type: list
    elements: str
    default: []
  adopt:
    description: >-
      Declared mailboxes, by name, that are taken under management: where the mailbox carries no mark of ownership it gets it, and
      nothing else is done to it in this run. M(mailbox_declarations) returns them.
    type: list
    elements: str
    default: []
extends_documentation_fragment: [cyrus, reviewed]
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each mailbox before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Configure the shared mailboxes
  cyrus_mailboxes:
    mailboxes: "{{ declared.mailboxes }}"
    server:
      host: mail.ugent.be
      password: "{{ lookup('ansible.builtin.env', 'POSTROOM_CYRUS_PASSWORD') }}"
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
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.cyrus_server import cyrus_server
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.cyrus import Cyrus
from ansible.module_utils.postroom.converge import Steps, mode, run
from ansible.module_utils.postroom.core.cyrus.plan import CyrusObservation, plan_cyrus
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import SystemPlan, not_held_back


def steps(params: dict[str, Any]) -> Steps:
    policy = cyrus_policy(params["server"])

    def plan(observed: CyrusObservation, wanted: Sequence[Mailbox]) -> SystemPlan:
        due = not_held_back(wanted, observed.mailboxes, params["hold_back"])
        return plan_cyrus(due, observed.mailboxes, policy.told(observed.implicit_owner_rights), adopted(params))

    return Steps(
        session=Cyrus(cyrus_server(params["server"])),
        mailboxes=mailboxes(params),
        observe=lambda cyrus, wanted: cyrus.observe([mailbox.name for mailbox in wanted]),
        plan=plan,
        apply=lambda cyrus, observed, changes, progress: cyrus.apply(changes, progress, journal=observed.journal),
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(CYRUS), **MAILBOXES},
        supports_check_mode=True,
    )
    server = str(cyrus_server(module.params["server"]).imap)
    module.exit_json(**run("cyrus", server, partial(steps, module.params), mode(module)))


if __name__ == "__main__":
    main()
