"""How a module reaches Exchange, by what ``EXCHANGE`` says. Apart from that, because it needs pywinrm and psrpcore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.exchange import ExchangeServer
from ..backends.wsman import WsmanServer
from ..wire.powershell import Cmdlet, ParameterValue
from .exchange import exchange_policy

RESOURCE_URI = "http://schemas.microsoft.com/powershell/"
_SAME_IN_WSMAN = (
    "url", "authentication", "user", "password", "ca_file", "certificate_file", "certificate_key_file", "operation_timeout", "read_timeout",
)  # fmt: skip


def exchange_server(server: Mapping[str, Any]) -> ExchangeServer:
    """Raises ValueError for a parameter of a connect command that has no counterpart in PowerShell."""
    wsman = WsmanServer(resource_uri=RESOURCE_URI + server["configuration_name"], **{name: server[name] for name in _SAME_IN_WSMAN})
    return ExchangeServer(wsman, exchange_policy(server), tuple(map(_connect_command, server["connect_commands"])))


def _connect_command(command: Mapping[str, Any]) -> Cmdlet:
    return Cmdlet(command["name"], tuple((name, _value(name, value)) for name, value in command["parameters"].items()))


def _value(name: str, value: object) -> ParameterValue:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise ValueError(f"connect_commands: the parameter {name} must be text, a number, true, false, or a list of texts")
