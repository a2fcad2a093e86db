"""What an adoption wrote and found, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...text import printable
from .declarations import Adoption


def as_json(adoption: Adoption, files: Mapping[str, str], day: str) -> str:
    """``adoption.json``; ``files`` are the names of the files by mailbox."""
    adopted = [
        {
            "mailbox": one.name,
            "address": one.address,
            "backend": one.backend,
            "file": files.get(one.name),
            "exceptions": list(one.exceptions),
            "todo": list(one.todos),
        }
        for one in adoption.declarations
    ]
    findings = [finding.as_dict() for finding in adoption.findings]
    document = {"format": 1, "date": day, "adopted": adopted, "findings": findings, "personal": adoption.personal}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_markdown(adoption: Adoption, files: Mapping[str, str]) -> str:
    """``adoption.md``: what to look at, and what was written."""
    parts = [f"# Adoption: {_counts(adoption)}"]
    if adoption.findings:
        rows = [f"| {_cell(one.mailbox)} | {one.id} | {_cell(one.message)} |" for one in adoption.findings]
        parts.append("\n".join(["## To look at", "", "| mailbox | finding | what was found |", "| --- | --- | --- |", *rows]))
    if adoption.declarations:
        rows = [
            f"| {_cell(files.get(one.name, ''))} | {', '.join(one.todos)} | {', '.join(one.exceptions)} |" for one in adoption.declarations
        ]
        parts.append("\n".join(["## Written", "", "| file | to fill in | exceptions |", "| --- | --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def as_text(adoption: Adoption) -> str:
    """A line for each finding, and the counts."""
    lines = [printable(f"{one.mailbox} on {one.system}: {one.id}: {one.message}") for one in adoption.findings]
    return "\n".join([*lines, _counts(adoption)])


def _counts(adoption: Adoption) -> str:
    written, found = len(adoption.declarations), len(adoption.findings)
    return f"{written} declarations, {found} findings; {adoption.personal} mailboxes of people were left alone"


def _cell(text: str) -> str:
    shown = printable(text)
    for char in "\\`*_{}[]<>|#~":
        shown = shown.replace(char, f"\\{char}")
    return shown.replace("@", "@\u2060")
