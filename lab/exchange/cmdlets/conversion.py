"""What a client sent, as the parameter's type: PowerShell's and Exchange's conversions, and what they refuse."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psrpcore import types as ps

from lab.exchange.cmdlet_table import Parameter
from lab.exchange.cmdlets.errors import BindingError
from lab.exchange.cmdlets.shapes import UNLIMITED, Shaped

_SIZE = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,9})?)\s*(?P<unit>[KMGT]?B)?(?:\s*\((?P<bytes>[\d.,\s]+) bytes\))?", re.I)
_UNITS = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
SMTP_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_FQDN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DURATION = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})|(\d+)")
_LARGEST_SIZE = 2**31 * 1024 - 1024
_INTEGERS = {"Int32": 2**31 - 1, "Int64": 2**63 - 1}
_COUNTS = {"ResultSize", "RecipientLimits"}
_DURATIONS = {"LitigationHoldDuration"}
_CLASSES = {
    "Boolean": "System.Boolean",
    "Int32": "System.Int32",
    "Int64": "System.Int64",
    "SwitchParameter": "System.Management.Automation.SwitchParameter",
    "String": "System.String",
    "Unlimited": "Microsoft.Exchange.Data.Unlimited`1",
    "DateTime": "System.DateTime",
    "SecureString": "System.Security.SecureString",
    "PSCredential": "System.Management.Automation.PSCredential",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A multi-valued parameter: the whole new list, or what to add to it and remove from it (``@{Add=...;Remove=...}``)."""

    values: tuple[str, ...] | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def apply(self, current: list[str], same: Callable[[str], str] = str.lower) -> list[str]:
        """The list after the change; ``same`` makes values comparable."""
        if self.values is not None:
            return list(dict.fromkeys(self.values))
        gone = {same(value) for value in self.remove}
        there = {same(value) for value in current}
        return [value for value in current if same(value) not in gone] + [value for value in self.add if same(value) not in there]


class _RefusedError(Exception):
    """The value cannot become the type; the text says why."""


def convert(parameter: Parameter, value: object) -> Any:
    """The value as the parameter's type; a BindingError as PowerShell words it where that cannot be.

    Sizes and counts become int or ``Unlimited``, identities, addresses and enumerations str, lists tuple, multi-valued properties Change.
    """
    converter = _CONVERTERS.get(parameter.type)
    try:
        if converter is not None:
            return converter(parameter, value)
        if parameter.type.endswith("[]"):
            return _array(parameter, value)
        if parameter.type.endswith("IdParameter") or parameter.type == "GeneralMailboxOrMailUserIdParameter":
            return _identity(parameter, value)
        if parameter.values:
            return _enumeration(parameter, text(value))
        return None if value is None else text(value)
    except _RefusedError as refused:
        name = _CLASSES.get(parameter.type, f"Microsoft.Exchange.Data.{parameter.type}")
        if parameter.type.endswith("IdParameter"):
            name = f"Microsoft.Exchange.Configuration.Tasks.{parameter.type}"
        raise BindingError(
            "ParameterArgumentTransformationError",
            f"Cannot process argument transformation on parameter '{parameter.name}'. "
            f'Cannot convert value "{text(value)}" to type "{name}". Error: "{refused}"',
            "ParameterBindingArgumentTransformationException",
            "InvalidData",
        ) from None


def text(value: object) -> str:
    """A value as PowerShell's language makes it a string."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(text(item) for item in value)
    if not isinstance(value, (bool, str)):
        described = getattr(value, "PSObject", None)
        if described is not None and described.to_string:
            return str.__str__(described.to_string)
    # A str of psrpcore stays one through str().
    return str.__str__(value) if isinstance(value, str) else str(value)


def _switch(_: Parameter, value: object) -> bool:
    # A null argument is how a client names a switch without a value.
    if value is None:
        return True
    return _truth(value)


def _boolean(parameter: Parameter, value: object) -> bool:
    if value is None:
        raise BindingError(
            "ParameterArgumentValidationErrorNullNotAllowed",
            f"Cannot bind argument to parameter '{parameter.name}' because it is null.",
            "ParameterBindingValidationException",
            "InvalidData",
        )
    return _truth(value)


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return bool(value)
    present = getattr(value, "IsPresent", None)
    if isinstance(present, bool):
        return present
    raise _RefusedError("Boolean parameters accept only Boolean values and numbers, such as $True, $False, 1 or 0 instead.")


def _integer(parameter: Parameter, value: object) -> int | None:
    if value is None:
        return None
    try:
        number = int(value) if isinstance(value, (int, float)) else int(text(value).strip())
    except ValueError:
        raise _RefusedError("Input string was not in a correct format.") from None
    if abs(number) > _INTEGERS[parameter.type]:
        raise _RefusedError(f"Value was either too large or too small for an {parameter.type}.")
    return number


def _unlimited(parameter: Parameter, value: object) -> int | str | None:
    if value is None or text(value) == "":
        return None
    if text(value).strip().lower() == "unlimited":
        return UNLIMITED
    if parameter.name in _COUNTS:
        if not text(value).strip().isdecimal():
            raise _RefusedError("The value must be a number or 'unlimited'.")
        return int(text(value))
    return _duration(parameter, value) if parameter.name in _DURATIONS else _size(parameter, value)


def _size(_: Parameter, value: object) -> int:
    """Bytes. Active Directory keeps kilobytes, so what is below one is lost [believed, not confirmed]."""
    if isinstance(value, int) and not isinstance(value, bool):
        size = int(value)
    else:
        match = _SIZE.fullmatch(text(value).strip())
        if not match:
            raise _RefusedError("The size must be a number, with B, KB, MB, GB or TB, or 'unlimited'.")
        if match["bytes"]:
            size = int(re.sub(r"\D", "", match["bytes"]))
        else:
            size = int(float(match["number"]) * _UNITS[(match["unit"] or "").upper()])
    if not 0 <= size <= _LARGEST_SIZE:
        raise _RefusedError("The value must be between 0 B (0 bytes) and 2 TB (2,199,023,254,528 bytes).")
    return size // 1024 * 1024


def _duration(_: Parameter, value: object) -> int:
    if isinstance(value, datetime.timedelta):
        return int(value.total_seconds())
    match = _DURATION.fullmatch(text(value).strip())
    if not match:
        raise _RefusedError("String was not recognized as a valid TimeSpan.")
    if match[5]:
        return int(match[5]) * 86400
    return int(match[1] or 0) * 86400 + int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4])


def _smtp(_: Parameter, value: object) -> str | None:
    address = text(value)
    if not address:
        return None
    if not SMTP_ADDRESS.fullmatch(address):
        raise _RefusedError(f"The address '{address}' is invalid: \"{address}\" isn't a valid SMTP address.")
    return address


def _proxy(parameter: Parameter, value: object) -> str | None:
    address = text(value)
    if not address:
        return None
    prefix, colon, rest = address.partition(":")
    if not colon:
        prefix, rest = "smtp", address
    if prefix.lower() == "smtp":
        _smtp(parameter, rest)
    return f"{prefix}:{rest}"


def _proxies(parameter: Parameter, value: object) -> Change:
    change = _multi_valued(parameter, value)
    return Change(
        None if change.values is None else tuple(_proxy(parameter, item) or "" for item in change.values),
        tuple(_proxy(parameter, item) or "" for item in change.add),
        tuple(_proxy(parameter, item) or "" for item in change.remove),
    )


def _multi_valued(_: Parameter, value: object) -> Change:
    if not isinstance(value, Mapping):
        return Change(_texts(value))
    actions = {str(key).lower(): _texts(item) for key, item in value.items()}
    if not actions or not set(actions) <= {"add", "remove"}:
        raise _RefusedError("The hashtable may only have the keys Add and Remove.")
    return Change(None, actions.get("add", ()), actions.get("remove", ()))


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(text(item) for item in items if text(item))


def _array(parameter: Parameter, value: object) -> tuple[str, ...]:
    items = _texts(value)
    if parameter.values:
        # `FullAccess, ReadPermission` in one string is how PowerShell reads a list of enumeration names.
        return tuple(_enumeration(parameter, part.strip()) for item in items for part in item.split(","))
    return items


def _enumeration(parameter: Parameter, value: str) -> str:
    found = next((known for known in parameter.values if known.lower() == value.lower()), None)
    if found is None:
        names = ", ".join(parameter.values)
        raise _RefusedError(
            f"Unable to match the identifier name {value} to a valid enumerator name. Specify one of the following enumerator names "
            f"and try again: {names}"
        )
    return found


def _identity(parameter: Parameter, value: object) -> Any:
    """A string, or an object of an earlier command."""
    if isinstance(value, Shaped):
        return value
    identity = text(value)
    if not identity and parameter.required:
        if value is None:
            _boolean(parameter, None)
        raise _RefusedError(
            f"Parameter values of type {parameter.type} can't be empty. Specify a value, and try again. Parameter name: identity"
        )
    return identity or None


def _fqdn(_: Parameter, value: object) -> str | None:
    name = text(value)
    if name and not _FQDN.fullmatch(name):
        raise _RefusedError(f'"{name}" isn\'t a valid fully qualified domain name.')
    return name or None


def _date(_: Parameter, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    try:
        return datetime.datetime.fromisoformat(text(value)).timestamp()
    except ValueError:
        raise _RefusedError("String was not recognized as a valid DateTime.") from None


def _secret(_: Parameter, value: object) -> object:
    if value is not None and not isinstance(value, (ps.PSSecureString, ps.PSCredential)):
        raise _RefusedError("Invalid cast.")
    return value


def _instance(_: Parameter, value: object) -> object:
    if not isinstance(value, Shaped):
        raise _RefusedError("Only an entry that a command of the same pipeline returned is accepted.")
    return value


_CONVERTERS: Mapping[str, Callable[[Parameter, object], Any]] = {
    "SwitchParameter": _switch,
    "Boolean": _boolean,
    "Int32": _integer,
    "Int64": _integer,
    "Unlimited": _unlimited,
    "ByteQuantifiedSize": _size,
    "EnhancedTimeSpan": _duration,
    "SmtpAddress": _smtp,
    "ProxyAddress": _proxy,
    "ProxyAddressCollection": _proxies,
    "MultiValuedProperty": _multi_valued,
    "Fqdn": _fqdn,
    "DateTime": _date,
    "SecureString": _secret,
    "PSCredential": _secret,
    "MailboxAcePresentationObject": _instance,
    "ADAcePresentationObject": _instance,
}
