#!/usr/bin/python
"""Ansible module: forwarding of shared mailboxes on Exchange."""

from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_forwarding
short_description: Find forwarding of shared mailboxes on Exchange, and if told so take its inbox rules away
description:
  - Reads the forwarding properties of the given mailboxes, and their inbox rules, hidden ones too. Rules take one command for each
    mailbox, and Exchange answers slowly.
  - With O(remove), the enabled rules that forward or redirect are removed, of declared mailboxes with the mark of ownership, and only
    when O(copied) says that a copy was written. Any such change makes Exchange delete the client-side rules that Outlook keeps.
  - The properties are never changed here; M(exchange_mailboxes) keeps them empty. A hidden rule can not be removed by a cmdlet.
requirements: [pywinrm, psrpcore]
options:
  mailboxes: {description: What M(mailbox_declarations) returns., type: json, required: true}
  others:
    description: Names of more shared mailboxes to look at, which no file declares; V(*) for all. Nothing is ever changed on them.
    type: list
    elements: str
    default: []
  remove: {description: Whether rules that forward are taken away., type: bool, default: false}
  copied:
    description: The digests of the copies that were written, as M(removed_copies) returns them.
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
- name: Look for forwarding
  exchange_forwarding:
    mailboxes: "{{ declared.mailboxes }}"
    others: ["*"]
    server:
      url: https://exchange1.ugent.be/PowerShell/
      user: postroom@UGENT.BE
  check_mode: true
"""

RETURN = r"""
forwarding:
  description: What was found.
  returned: always
  type: list
  elements: dict
  sample:
    - {mailbox: labo.info, system: exchange, server: "https://exchange1.ugent.be/PowerShell/", kind: inbox-rule, name: To home,
       action: redirect, target: '"somebody@example.org" [SMTP:somebody@example.org]', active: true, note: ""}
copies:
  description: What O(remove) takes away, for M(removed_copies).
  returned: always
  type: str
changes:
  description: What was taken away, or would be, sorted by mailbox; packed, as M(exchange_mailboxes) has them.
  returned: always
  type: str
failures:
  description: Mailboxes that could not be looked at or changed, with Exchange's own words.
  returned: always
  type: list
  elements: dict
"""

from collections.abc import Collection

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.forwarding import FORWARDING
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes, reviewed
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.core.plan import SystemPlan
from ansible.module_utils.postroom.guard import Result, guarded
from ansible.module_utils.postroom.progress import Progress
from ansible.module_utils.postroom.removal import Allowed, Looked, Server, nothing, remove

try:
    from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
    from ansible.module_utils.postroom.backends.exchange import Exchange, shown
    from ansible.module_utils.postroom.core.exchange.forwarding import exchange_forwarding, plan_rule_removal

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(argument_spec={"server": required(EXCHANGE), **FORWARDING}, supports_check_mode=True)
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING), system="exchange", server=module.params["server"]["url"])
    params = module.params
    where = {"system": "exchange", "server": params["server"]["url"]}
    allowed = Allowed(params["copied"], reviewed(params))

    def look() -> Result:
        declared = mailboxes(params)
        server = exchange_server(params["server"])
        with Exchange(server) as exchange:
            ruled, failures = exchange.read_forwarding(declared, params["others"])
            looked = Looked(**where, found=[one for mailbox in ruled for one in exchange_forwarding(mailbox)], failures=failures)
            removal = plan_rule_removal(ruled, declared, server.policy) if params["remove"] else nothing()

            def plan_again(names: Collection[str]) -> SystemPlan:
                due = [mailbox for mailbox in declared if mailbox.name in names]
                return plan_rule_removal(exchange.read_forwarding(due, ())[0], due, server.policy)[0]

            at_work = Server(lambda changes: exchange.apply(changes, Progress("", 0)), plan_again)
            result = remove(looked, removal, at_work, allowed=allowed, dry_run=module.check_mode)
        for message in shown(exchange.warnings):
            module.warn(f"Exchange: {message}")
        return result

    module.exit_json(**guarded(work=look, **where))


if __name__ == "__main__":
    main()
