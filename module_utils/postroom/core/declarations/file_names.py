"""Which files are declarations by their name, and what to do with those that only look like it."""

from __future__ import annotations

import re

from ..finding import Finding

RULE = "file-not-read"
_MEANT = re.compile(r"(?P<name>.+?)(?P<ending>\.ya?ml(?:\.txt)?|\.json)", re.IGNORECASE | re.DOTALL)
RENAME = "rename it to end in .yml"
ENDINGS = {".json": "a declaration is YAML: write key: value on each line, in a file that ends in .yml"}
_ELSES = re.compile(
    r"\.git.*|\.[^.]*lint.*|\.pre-commit-config.*|\.editorconfig|\.DS_Store|.*\.md|README|LICENSE|CODEOWNERS|.*\.unfinished", re.IGNORECASE
)
"""Files that lie among declarations for another purpose, as everybody knows."""


def is_meant(name: str) -> bool:
    """Whether a file of this name is read as a declaration, or refused because its name is almost that of one."""
    return not name.startswith(".") and _MEANT.fullmatch(name) is not None


def wrong_ending(path: str) -> str:
    """How a file ends that was meant as a declaration and is called otherwise: ``.YML``; empty when the name is right."""
    found = _MEANT.fullmatch(path.rpartition("/")[2])
    return found["ending"] if found and found["ending"] != ".yml" else ""


def mailbox_of_file(name: str) -> str:
    """The mailbox that a file is named after, whatever it ends in."""
    found = _MEANT.fullmatch(name.lstrip("."))
    return (found["name"] if found else name.lstrip(".").partition(".")[0]).lower()


def why_passed_over(name: str, holds_declarations: bool | None = None) -> str:
    """Why nobody reads this file, or this folder when it is said whether it ``holds_declarations``; empty when nobody would expect it."""
    if _ELSES.fullmatch(name) or is_meant(name) or holds_declarations is False:
        return ""
    if holds_declarations:
        return "is not read, nor what is in it, because the folder's name begins with a dot; rename it"
    if name.startswith("."):
        return "is not read, because its name begins with a dot; rename it" if _MEANT.fullmatch(name) else ""
    return "is not read, because its name does not end in .yml; rename it if it is a declaration, else move it elsewhere"


def not_read(file: str, why: str) -> Finding:
    return Finding(file, 1, 1, RULE, "warning", f"{file.rpartition('/')[2]} {why}")
