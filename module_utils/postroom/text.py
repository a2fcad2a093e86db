"""Texts for people: on one line, short, and harmless to a terminal. Pure, and below everything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


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


FORMULA = re.compile(r"[\s\ufeff]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"); the audit page has the same."""


def harmless(value: str) -> str:
    """A value that no spreadsheet computes."""
    return f"'{value}" if FORMULA.match(value) else value


MAXIMUM = 900_000
"""Characters; GitLab refuses a comment of more than a million, and shows no longer file."""


def cell(text: str) -> str:
    """A text in a table: it must not become markup, a mention or another column."""
    text = printable(text.replace("\n", " "))
    for char in "\\`*_{}[]<>|#~":
        text = text.replace(char, f"\\{char}")
    return text.replace("@", "@\u2060")
