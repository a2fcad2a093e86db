"""A command as an administrator would type it, for the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from psrpcore import types as ps

from lab.exchange.cmdlets.conversion import text
from lab.exchange.pipeline import Argument, Invocation


def command_text(invocation: Invocation) -> str:
    """``Set-Mailbox -Identity 'x' -Confirm:$false``; secrets are not shown."""
    if invocation.is_script:
        return invocation.name
    return " ".join([invocation.name, *(_argument(argument) for argument in invocation.arguments)])


def _argument(argument: Argument) -> str:
    if argument.name is None:
        return _value(argument.value)
    name = argument.name.removeprefix("-").removesuffix(":")
    if isinstance(argument.value, bool):
        return f"-{name}:{_value(argument.value)}"
    return f"-{name} {_value(argument.value)}"


def _value(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "$null", True: "$true", False: "$false"}[value]
    if isinstance(value, (ps.PSSecureString, ps.PSCredential)):
        return "'********'"
    if isinstance(value, Mapping):
        return "@{" + "; ".join(f"{key}={_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return ",".join(_value(item) for item in value) or "@()"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + text(value).replace("'", "''") + "'"
