"""LDAP operations as values, and as the LDIF (RFC 2849) that an administrator would feed to ldapmodify."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

Attributes = Mapping[str, tuple[str, ...]]

LAST_LOGIN = ("pwdLastSuccess", "authTimestamp")
"""Operational attributes that hold the time of the last bind: of slapd with ``lastbind on``, and of its overlay of that name before 2.5."""
_GENERALIZED_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was read: values by attribute name, as the server spells both."""

    dn: str
    attributes: Attributes

    def values(self, attribute: str) -> tuple[str, ...]:
        return self.attributes.get(attribute, ())

    def value(self, attribute: str) -> str | None:
        return next(iter(self.values(attribute)), None)


@dataclass(frozen=True, slots=True)
class Add:
    """Make an entry."""

    dn: str
    attributes: Attributes

    def __str__(self) -> str:
        lines = [_line("dn", self.dn), "changetype: add"]
        lines += [_line(name, value) for name, values in self.attributes.items() for value in values]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Modify:
    """Replace all values of each attribute; no values removes the attribute (RFC 4511, section 4.6)."""

    dn: str
    replacements: Attributes

    def __str__(self) -> str:
        lines = [_line("dn", self.dn), "changetype: modify"]
        for name, values in self.replacements.items():
            lines += [f"replace: {name}", *(_line(name, value) for value in values), "-"]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class AddValue:
    """Add one value to those that an attribute has. slapd's password policy takes one ``userPassword`` value in a request, so each is a
    request of its own."""

    dn: str
    attribute: str
    value: str

    def __str__(self) -> str:
        return "\n".join([_line("dn", self.dn), "changetype: modify", f"add: {self.attribute}", _line(self.attribute, self.value), "-"])


@dataclass(frozen=True, slots=True)
class DeleteValue:
    """Take one value away; None takes all of the attribute (RFC 4511, section 4.6)."""

    dn: str
    attribute: str
    value: str | None = None

    def __str__(self) -> str:
        values = [] if self.value is None else [_line(self.attribute, self.value)]
        return "\n".join([_line("dn", self.dn), "changetype: modify", f"delete: {self.attribute}", *values, "-"])


DirectoryOperation = Add | Modify | AddValue | DeleteValue


def _line(name: str, value: str) -> str:
    safe = value.isascii() and value.isprintable() and value[:1] not in (" ", ":", "<") and not value.endswith(" ")
    return f"{name}: {value}" if safe else f"{name}:: {base64.b64encode(value.encode()).decode()}"


def iso_time(generalized_time: str) -> str | None:
    """A GeneralizedTime in UTC (RFC 4517, section 3.3.13) as ISO 8601, without fractions of a second; None for anything else."""
    found = _GENERALIZED_TIME.fullmatch(generalized_time)
    return "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else None


def escape_dn_value(value: str) -> str:
    """A value for use in a DN (RFC 4514, section 2.4)."""
    escaped = "".join(f"\\{char}" if char in ',+"\\<>;=' else char.replace("\0", "\\00") for char in value)
    if escaped[:1] in ("#", " "):
        escaped = f"\\{escaped}"
    return f"{escaped[:-1]}\\ " if value.endswith(" ") and len(value) > 1 else escaped


def normalise_dn(dn: str) -> str:
    """A DN for comparison: letter case and spaces around separators make no difference."""
    parts = []
    for part in dn.split(","):
        name, equals, value = part.partition("=")
        parts.append(f"{name.strip()}{equals}{value.strip()}".lower())
    return ",".join(parts)
