#!/usr/bin/python
"""Ansible module: what Exchange holds."""

from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_mailboxes_info
short_description: Read all shared mailboxes of Exchange
description:
  - Reads every shared mailbox, marked or not, in a constant number of pipelines, whatever theirs. Changes nothing.
  - Usage that Exchange does not tell is left out with a warning; when mail last came is not asked.
options:
  mailboxes:
    description:
      - What M(mailbox_declarations) returned, to tell which of their addresses a group, a person or another recipient has that is no shared
        mailbox.
    type: json
    default: '[]'
  strangers:
    description:
      - What is looked at of shared mailboxes without the mark of ownership. V(without_send_as) leaves out who may send as them, which takes
        Get-ADPermission several seconds for each mailbox on large sites.
    type: str
    choices: [whole, without_send_as]
    default: whole
extends_documentation_fragment: [exchange]
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  exchange_mailboxes_info:
    server:
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
holders:
  description: By declared mailbox, which recipient that is no shared mailbox has its address, in words.
  returned: success
  type: dict
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
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.core.exchange.live import live_on_exchange
from ansible.module_utils.postroom.core.packed import pack
from ansible.module_utils.postroom.guard import Result, guarded

try:
    from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
    from ansible.module_utils.postroom.backends.exchange import Exchange, shown

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


NOT_ASKED = "Exchange: who may send as mailboxes that no file declares was not looked at, as this run was told (audit__strangers)"


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "server": required(EXCHANGE),
            "mailboxes": {"type": "json", "default": "[]"},
            "strangers": {"type": "str", "choices": ["whole", "without_send_as"], "default": "whole"},
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING), system="exchange", server=module.params["server"]["url"])
    same = {"system": "exchange", "server": module.params["server"]["url"]}

    def look() -> Result:
        server = exchange_server(module.params["server"])
        with Exchange(server) as exchange:
            survey = exchange.survey(module.params["strangers"])
            holders = exchange.holders(mailboxes(module.params), survey)
        for message in shown((*exchange.warnings, *(f"the use of a mailbox is not known: {error}" for error in survey.unread))):
            module.warn(f"Exchange: {message}")
        if module.params["strangers"] != "whole":
            module.warn(NOT_ASKED)
        live = live_on_exchange(survey, server.policy)
        return {"changed": False, "live": pack(mailbox.as_dict() for mailbox in live), "holders": holders, **same}

    module.exit_json(**guarded(work=look, **same))


if __name__ == "__main__":
    main()
