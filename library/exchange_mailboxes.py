#!/usr/bin/python
"""Ansible module: shared mailboxes on Exchange."""

from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_mailboxes
short_description: Configure all shared mailboxes of an Exchange organization
description:
  - Brings about and keeps each shared mailbox with its addresses, quotas, full access and Send As, in one session for all of them.
  - Speaks PowerShell Remoting over WinRM. Only cmdlets with typed parameters are sent, never script text.
  - Never touches a mailbox that does not carry the mark of ownership, and never removes one.
  - A mailbox that Exchange refuses something for is reported by name; the others are done, and the module fails at the end.
requirements: [pywinrm, psrpcore]
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
  reviewed:
    description: >-
      The fingerprints of the changes that may be made, as M(plan_report) returns them, separated by spaces. Any other is reported and
      not made. C(*) stands for all.
    type: str
    default: "*"
extends_documentation_fragment: [exchange]
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each mailbox before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Configure the shared mailboxes
  exchange_mailboxes:
    mailboxes: "{{ declared.mailboxes }}"
    server:
      url: https://exchange1.ugent.be/PowerShell/
      authentication: basic
      user: postroom@ugent.be
      password: "{{ lookup('ansible.builtin.env', 'POSTROOM_EXCHANGE_PASSWORD') }}"
      domain_controller: dc1.ugent.be
"""

RETURN = r"""
changes:
  description:
    - What was changed, or would be, sorted by mailbox. Packed into one text for M(plan_report), because Ansible is slow with long lists;
      unpacked, a JSON list as C(changes) of C(plan.json). C(--diff) shows them.
  returned: always
  type: str
failures:
  description: What could not be done, for each mailbox, with Exchange's own words.
  returned: always
  type: list
  elements: dict
warnings:
  description: What Exchange warned of, with mailbox and command; C([WARNING]) in the output.
  returned: when there are any
  type: list
  elements: str
messages:
  description: How many WS-Management messages were sent.
  returned: success
  type: int
  sample: 14
"""

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes, reviewed
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.converge import Steps, run
from ansible.module_utils.postroom.core.exchange.plan import ExchangeObservation, plan_exchange
from ansible.module_utils.postroom.core.plan import SystemPlan, not_held_back

try:
    from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
    from ansible.module_utils.postroom.backends.exchange import Exchange, shown

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def steps(params: dict[str, Any]) -> Steps:
    declared = mailboxes(params)
    server = exchange_server(params["server"])

    def plan(observed: ExchangeObservation) -> SystemPlan:
        due = not_held_back(declared, observed.mailboxes, params["hold_back"])
        return plan_exchange(due, observed, server.policy, adopted(params))

    return Steps(
        session=Exchange(server),
        observe=lambda exchange: exchange.observe(declared),
        plan=plan,
        apply=lambda exchange, _, changes: exchange.apply(changes),
        report=lambda exchange, _: {"messages": exchange.messages, "warned": shown(exchange.warnings)},
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(EXCHANGE), **MAILBOXES},
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING), system="exchange", server=module.params["server"]["url"])
    params = module.params
    begin = partial(steps, params)
    result = run("exchange", params["server"]["url"], begin, reviewed=reviewed(params), dry_run=module.check_mode)
    for message in result.pop("warned", ()):
        module.warn(f"Exchange: {message}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
