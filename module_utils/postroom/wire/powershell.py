"""PowerShell commands as values: a cmdlet with typed parameters, and the line that an administrator would type for it.

Commands are sent as they are (MS-PSRP section 2.2.3.11), never as script text; the line is only shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text import printable

ParameterValue = str | int | bool | None | tuple[str, ...]

SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""What PowerShell takes for a single quote: about_Quoting_Rules, and the language specification, section 2.3.5.2."""


@dataclass(frozen=True, slots=True)
class Cmdlet:
    """One command. A switch has the value True; None is ``$null``, which clears a property."""

    name: str
    parameters: tuple[tuple[str, ParameterValue], ...] = ()

    def __str__(self) -> str:
        return " ".join([self.name, *(_parameter(name, value) for name, value in self.parameters)])


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Cmdlets of which each takes what the one before it puts out."""

    cmdlets: tuple[Cmdlet, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.cmdlets))


def cmdlet(name: str, *switches: str, **parameters: ParameterValue) -> Cmdlet:
    return Cmdlet(name, (*parameters.items(), *((switch, True) for switch in switches)))


def pipeline(*cmdlets: Cmdlet) -> Pipeline:
    return Pipeline(cmdlets)


SWITCHES = frozenset({"Shared", "Confirm", "Deny", "WhatIf", "Force", "IncludeHidden"})
"""Parameters of type SwitchParameter that are used here: they are typed without a value, or with one after a colon."""


def _parameter(name: str, value: ParameterValue) -> str:
    if name in SWITCHES:
        return f"-{name}" if value is True else f"-{name}:{literal(value)}"
    return f"-{name} {literal(value)}"


def literal(value: ParameterValue) -> str:
    """The value as it is typed. A string is quoted so that nothing in it has a meaning; what cannot be printed is shown escaped."""
    match value:
        case None:
            return "$null"
        case bool():
            return "$true" if value else "$false"
        case int():
            return str(value)
        case tuple():
            return f"@({', '.join(map(literal, value))})"
        case _:
            return "'" + "".join(char * 2 if char in SINGLE_QUOTES else char for char in printable(value)) + "'"


def filter_any(name: str, values: tuple[str, ...], operator: str = "eq") -> str:
    """An OPATH filter (about_OPath, Exchange's -Filter): the property is one of these values. With ``like``, ``*`` stands for anything."""
    return " -or ".join(f"({name} -{operator} '{_doubled(value)}')" for value in values)


def _doubled(value: str) -> str:
    return value.replace("'", "''")


def is_cut_off(warning: str) -> bool:
    """Whether a warning says that there is more than was put out. Its words are in the server's language, but for the parameter's name."""
    return "resultsize" in warning.lower()


_CLASS_IN_TEXT = re.compile(r"(?:\|(?:\w+\.)*|FailureCategory=Cmdlet-)(\w+Exception)\b")
_SAYS_NOTHING = frozenset({"", "Exception", "RemoteException", "WriteErrorException"})


def error_class(reason: str, text: str) -> str:
    """The class of an error. Exchange Online's module gives all of them one class, and has Exchange's own in the text:
    ``Ex1234|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed ...``."""
    found = _CLASS_IN_TEXT.search(text) if reason in _SAYS_NOTHING else None
    return found[1] if found else reason
