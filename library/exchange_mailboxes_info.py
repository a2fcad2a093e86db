#!/usr/bin/python
"""Ansible module: what Exchange holds."""

from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_mailboxes_info
short_description: Read all shared mailboxes of Exchange
description:
  - Reads every shared mailbox, marked or not, in six pipelines, whatever their number. Changes nothing.
  - Usage that Exchange does not tell is left out with a warning; when mail last came is not asked.

options:
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
  ownership_mark:
    description: What the mark of ownership begins with.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  exchange_mailboxes_info:
    url: https://exchange1.ugent.be/PowerShell/
    domain_controller: dc1.ugent.be
"""

RETURN = r"""
live:
  description:
    - All shared mailboxes, sorted by name, with mark, settings, permissions, quota and usage in KiB, and the last logon.
    - Packed into one text for the modules that look at them, because Ansible is slow with long lists; unpacked, a JSON list of
      LiveMailbox (module_utils/postroom/core/live.py).
  returned: success
  type: str
system:
  description: The system that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: exchange
server:
  description: The server that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: https://exchange1.ugent.be/PowerShell/
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.packed import pack
from ansible.module_utils.postroom.core.exchange_live import live_on_exchange
from ansible.module_utils.postroom.guard import Result, guarded

try:
    from ansible.module_utils.postroom.arguments.exchange import exchange_server, exchange_spec
    from ansible.module_utils.postroom.backends.exchange import Exchange

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)

SHOWN = 5
"""Of the warnings; the same thing is mostly the matter with all."""


def main() -> None:
    if MISSING:
        AnsibleModule(argument_spec={}, check_invalid_arguments=False).fail_json(msg=missing_required_lib(MISSING))
    module = AnsibleModule(
        argument_spec={**exchange_spec(), "ownership_mark": {"type": "str", "default": "postroom"}},
        supports_check_mode=True,
    )
    same = {"system": "exchange", "server": module.params["url"]}

    def look() -> Result:
        server = exchange_server(module.params)
        with Exchange(server) as exchange:
            survey = exchange.survey()
        for message in survey.unread[:SHOWN]:
            module.warn(f"Exchange: the use of a mailbox is not known: {message}")
        live = live_on_exchange(survey, server.policy)
        return {"changed": False, "live": pack(mailbox.as_dict() for mailbox in live), **same}

    module.exit_json(**guarded(work=look, **same))


if __name__ == "__main__":
    main()
