"""How a module reaches Exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.exchange import ExchangeServer
from ..backends.wsman import WsmanServer
from ..core.exchange import ExchangePolicy
from ..wire.exchange import ExchangeCommands
from ..wire.powershell import Cmdlet, ParameterValue
from . import Spec

RESOURCE_URI = "http://schemas.microsoft.com/powershell/"
_SAME_IN_WSMAN = (
    "url", "authentication", "user", "password", "ca_file", "certificate_file", "certificate_key_file", "operation_timeout", "read_timeout",
)  # fmt: skip
_SAME_IN_POLICY = ("mark_attribute", "organizational_unit", "database")


def exchange_spec() -> Spec:
    """Arguments by which a module reaches Exchange, and where it makes mailboxes."""
    return {
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
        "mark_attribute": {"type": "str", "default": "CustomAttribute1"},
        "connect_commands": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"name": {"type": "str", "required": True}, "parameters": {"type": "dict", "default": {}}},
        },
    }


def exchange_server(params: Mapping[str, Any]) -> ExchangeServer:
    """Raises ValueError for a parameter of a connect command that has no counterpart in PowerShell."""
    commands = ExchangeCommands(params["deployment"], params["domain_controller"])
    policy = ExchangePolicy(commands, params["ownership_mark"], **{name: params[name] for name in _SAME_IN_POLICY})
    wsman = WsmanServer(resource_uri=RESOURCE_URI + params["configuration_name"], **{name: params[name] for name in _SAME_IN_WSMAN})
    return ExchangeServer(wsman, policy, tuple(map(_connect_command, params["connect_commands"])))


def _connect_command(command: Mapping[str, Any]) -> Cmdlet:
    return Cmdlet(command["name"], tuple((name, _value(name, value)) for name, value in command["parameters"].items()))


def _value(name: str, value: object) -> ParameterValue:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise ValueError(f"connect_commands: the parameter {name} must be text, a number, true, false, or a list of texts")
