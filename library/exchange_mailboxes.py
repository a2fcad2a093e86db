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
extends_documentation_fragment: [exchange, reviewed]
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

from collections.abc import Sequence
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.converge import Steps, mode, run
from ansible.module_utils.postroom.core.exchange.plan import ExchangeObservation, plan_exchange
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import SystemPlan, not_held_back

try:
    from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
    from ansible.module_utils.postroom.backends.exchange import PAUSES, Exchange, shown

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


LOOKS_AGAIN = 3
"""At what was changed, where one domain controller may not show yet what another has."""


def steps(params: dict[str, Any]) -> Steps:
    server = exchange_server(params["server"])

    def plan(observed: ExchangeObservation, wanted: Sequence[Mailbox]) -> SystemPlan:
        due = not_held_back(wanted, observed.mailboxes, params["hold_back"])
        return plan_exchange(due, observed, server.policy, adopted(params))

    return Steps(
        session=Exchange(server),
        mailboxes=mailboxes(params),
        observe=lambda exchange, wanted: exchange.observe(wanted),
        plan=plan,
        apply=lambda exchange, _, changes, progress: exchange.apply(changes, progress),
        report=lambda exchange, _: {"messages": exchange.messages, "warned": shown(exchange.warnings)},
        pauses=PAUSES[:LOOKS_AGAIN] if server.may_lag else (),
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(EXCHANGE), **MAILBOXES},
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING), system="exchange", server=module.params["server"]["url"])
    result = run("exchange", module.params["server"]["url"], partial(steps, module.params), mode(module))
    for message in result.pop("warned", ()):
        module.warn(f"Exchange: {message}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
