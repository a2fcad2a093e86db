"""One thing that validation or the audit says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong in a declaration; line and column count from 1. Findings sort as a reader goes through the files."""

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
class UnfiledFinding:
    """A finding at one place of a declaration, before it is known by which name the file goes. ``waivable`` says whether an
    exception may allow it."""

    line: int
    column: int
    rule: str
    message: str
    severity: Severity = "error"
    waivable: bool = False

    def within(self, file: str) -> Finding:
        return Finding(file, self.line, self.column, self.rule, self.severity, self.message)
