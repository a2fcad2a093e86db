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
  url:
    description: The address of the PowerShell endpoint, as the server spells it, such as V(https://mail.ugent.be/PowerShell/).
    type: str
    required: true
  configuration_name:
    description: The session configuration; V(Microsoft.PowerShell) on a management host.
    type: str
    default: Microsoft.Exchange
  authentication:
    description: How to log in. Basic over plain HTTP is refused, except to this machine.
    type: str
    choices: [basic, certificate, kerberos, credssp]
    default: kerberos
  user: {description: Who logs in., type: str, default: ''}
  password: {description: The password of O(user)., type: str, default: ''}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  certificate_file: {description: The client's certificate (PEM)., type: path}
  certificate_key_file: {description: Its key (PEM)., type: path}
  operation_timeout: {description: Seconds until the server answers that there is nothing yet., type: int, default: 20}
  read_timeout: {description: Seconds to wait for an answer; more than O(operation_timeout)., type: int, default: 30}
  deployment:
    description: Whether Send As is a right in Active Directory or one of Exchange Online.
    type: str
    choices: [on_premises, online]
    default: on_premises
  domain_controller:
    description: The domain controller that all commands use, so that each reads what the one before it wrote.
    type: str
    default: ''
  organizational_unit: {description: Where accounts of new mailboxes are made., type: str, default: ''}
  database: {description: Where new mailboxes are made., type: str, default: ''}
  mark_attribute:
    description: The attribute that holds the mark of ownership, C(postroom:<name>).
    type: str
    default: CustomAttribute1
  connect_commands:
    description: Cmdlets that run first in the session, as C(Connect-ExchangeOnline) must on a management host.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: The cmdlet., type: str, required: true}
      parameters: {description: Its parameters; no secrets., type: dict, default: {}}
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
  ownership_mark:
    description: What the mark of ownership begins with.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each mailbox before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Configure the shared mailboxes
  exchange_mailboxes:
    mailboxes: "{{ declared.mailboxes }}"
    url: https://exchange1.ugent.be/PowerShell/
    authentication: basic
    user: postroom@ugent.be
    password: "{{ lookup('ansible.builtin.env', 'POSTROOM_EXCHANGE_PASSWORD') }}"
    domain_controller: dc1.ugent.be
"""

RETURN = r"""
changes:
  description: What was changed, or would be, sorted by mailbox.
  returned: always
  type: list
  elements: dict
  sample:
    - mailbox: labo.info
      system: exchange
      action: update
      details: [{field: send as of bpeeters, before: null, after: allowed}]
      commands: ["Add-ADPermission -Identity 'CN=labo.info,OU=Mail,DC=ugent,DC=be' -User 'bpeeters@ugent.be' -ExtendedRights 'Send As'"]
failures:
  description: What could not be done, for each mailbox, with Exchange's own words.
  returned: always
  type: list
  elements: dict
messages:
  description: How many WS-Management messages were sent.
  returned: success
  type: int
  sample: 14
"""

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.mailboxes import MAILBOXES, adopted, mailboxes, reviewed
from ansible.module_utils.postroom.converge import Steps, run
from ansible.module_utils.postroom.core.exchange import ExchangeObservation, plan_exchange
from ansible.module_utils.postroom.core.plan import SystemPlan, not_held_back

try:
    from ansible.module_utils.postroom.arguments.exchange import exchange_server, exchange_spec
    from ansible.module_utils.postroom.backends.exchange import Exchange

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def steps(params: dict[str, Any]) -> Steps:
    declared = mailboxes(params)
    server = exchange_server(params)

    def plan(observed: ExchangeObservation) -> SystemPlan:
        due = not_held_back(declared, observed.mailboxes, params["hold_back"])
        return plan_exchange(due, observed, server.policy, adopted(params))

    return Steps(
        session=Exchange(server),
        observe=lambda exchange: exchange.observe(declared),
        plan=plan,
        apply=lambda exchange, _, changes: exchange.apply(changes),
        report=lambda exchange, _: {"messages": exchange.messages},
    )


def main() -> None:
    if MISSING:
        AnsibleModule(argument_spec={}, check_invalid_arguments=False).fail_json(msg=missing_required_lib(MISSING))
    module = AnsibleModule(
        argument_spec={**exchange_spec(), **MAILBOXES},
        supports_check_mode=True,
    )
    params = module.params
    begin = partial(steps, params)
    module.exit_json(**run("exchange", params["url"], begin, reviewed=reviewed(params), dry_run=module.check_mode))


if __name__ == "__main__":
    main()
