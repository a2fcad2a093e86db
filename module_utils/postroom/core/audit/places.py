"""Where in its declaration a finding points to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..declarations.parse import Document
from .evidence import AuditFinding


def with_lines(findings: Iterable[AuditFinding], documents: Mapping[str, Document]) -> list[AuditFinding]:
    """The same with the line of what each is about; ``documents`` are the parsed declarations by file."""
    return [_with_line(finding, documents.get(finding.file or "")) for finding in findings]


def _with_line(finding: AuditFinding, document: Document | None) -> AuditFinding:
    if document is None or finding.line is not None:
        return finding
    path = _path(finding.key, document)
    line, _ = document.position(path, key=len(path) == 1)
    return replace(finding, line=line)


def _path(key: tuple[str, ...], document: Document) -> tuple[str | int, ...]:
    """A member is an item of a list; somebody who is none is about the whole list."""
    if key[:1] != ("members",) or len(key) == 1:
        return key
    members = document.value.get("members") if isinstance(document.value, dict) else None
    logins = [str(login).lower() for login in members] if isinstance(members, list) else []
    return ("members", logins.index(key[1])) if key[1] in logins else ("members",)
