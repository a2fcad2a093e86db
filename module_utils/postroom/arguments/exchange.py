"""Exchange as modules are told of it: how it is reached, and what its mailboxes follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.exchange.policy import ExchangePolicy
from ..wire.exchange import ExchangeCommands
from .spec import defaults

UNLICENSED_GB = 50
"""What a shared mailbox on Exchange Online can hold without a licence of its own (Exchange Online limits)."""
EXCHANGE: dict[str, Any] = {
    "type": "dict",
    "options": {
        "url": {"type": "str", "required": True},
        "configuration_name": {"type": "str", "default": "Microsoft.Exchange"},
        "authentication": {"type": "str", "choices": ["basic", "certificate", "kerberos", "credssp"], "default": "kerberos"},
        "user": {"type": "str", "default": ""},
        "password": {"type": "str", "default": "", "no_log": True},
        "ca_file": {"type": "path"},
        "certificate_file": {"type": "path"},
        "certificate_key_file": {"type": "path"},
        "operation_timeout": {"type": "int", "default": 20},
        "read_timeout": {"type": "int", "default": 30},
        "deployment": {"type": "str", "choices": ["on_premises", "online"], "default": "on_premises"},
        "domain_controller": {"type": "str", "default": ""},
        "organizational_unit": {"type": "str", "default": ""},
        "database": {"type": "str", "default": ""},
        "account_domain": {"type": "str", "default": ""},
        "largest_quota_gb": {"type": "int"},
        "mark_attribute": {"type": "str", "default": "CustomAttribute1"},
        "ownership_mark": {"type": "str", "default": "postroom"},
        "connect_commands": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"name": {"type": "str", "required": True}, "parameters": {"type": "dict", "default": {}}},
        },
    },
}


def exchange_policy(server: Mapping[str, Any] | None) -> ExchangePolicy:
    """What mailboxes follow on this Exchange; on one that nothing is said of, the defaults."""
    given = server or defaults(EXCHANGE)
    same = {name: given[name] for name in ("mark_attribute", "organizational_unit", "database", "account_domain")}
    commands = ExchangeCommands(given["deployment"], given["domain_controller"])
    largest = given["largest_quota_gb"]
    if largest is None:
        largest = UNLICENSED_GB if commands.is_online else 0
    return ExchangePolicy(commands, given["ownership_mark"], largest_quota_gb=largest, **same)
