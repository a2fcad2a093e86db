"""Markdown with what people wrote in it."""

from __future__ import annotations

from ..text import printable

MAXIMUM = 900_000
"""Characters; GitLab refuses a comment of more than a million, and shows no longer file."""


def cell(text: str) -> str:
    """A text in a table: it must not become markup, a mention or another column."""
    text = printable(text.replace("\n", " "))
    for char in "\\`*_{}[]<>|#~":
        text = text.replace(char, f"\\{char}")
    return text.replace("@", "@\u2060")
