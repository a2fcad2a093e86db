"""One thing that validation or the audit says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A problem in a declaration; line and column count from 1. Findings sort as a reader goes through the files."""

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else f" ({self.severity})"
        return f"{self.file}:{self.line}:{self.column} {self.rule}{mark}: {self.message}"

    def as_dict(self) -> dict[str, str | int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of one file, before the file has a name: a Finding in the making. ``waivable`` says whether an
    exception may allow it."""

    line: int
    column: int
    rule: str
    message: str
    severity: Severity = "error"
    waivable: bool = False

    def within(self, file: str) -> Finding:
        return Finding(file, self.line, self.column, self.rule, self.severity, self.message)


def mailbox_of(file: str) -> str:
    """The mailbox that a declaration's file is named after."""
    return file.rpartition("/")[2].rpartition(".")[0].lower()


def printable(text: str) -> str:
    """The text on one line, with an escape for whatever would not show or would harm a terminal or an XML file."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def shown(value: Any) -> str:
    """A value as it is quoted in a message: on one line, and short."""
    text = printable(value if isinstance(value, str) else flow(value))
    return f"{text[:57]}..." if len(text) > 60 else text or '""'


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
