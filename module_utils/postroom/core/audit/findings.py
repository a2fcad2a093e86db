"""Everything that an audit finds, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..access.history import DECLARATION, MEMBER, Edit, History
from .access import access
from .evidence import AuditFinding, AuditPolicy, Evidence
from .existence import existence, invalid, unavailable, undeclared
from .kinds import RULES, SEVERITIES
from .people import exceptions, people, usage
from .settings import forwarding, settings

_ORDER = {rule: (SEVERITIES.index(RULES[rule].severity), number) for number, rule in enumerate(RULES)}


def audit(evidence: Evidence, policy: AuditPolicy) -> list[AuditFinding]:
    """All findings, the weightiest first, then by kind, mailbox and system. Nothing is said of a server that gave no answer but that."""
    found = [
        *unavailable(evidence),
        *invalid(evidence),
        *existence(evidence),
        *undeclared(evidence),
        *access(evidence, policy),
        *settings(evidence, policy),
        *forwarding(evidence),
        *people(evidence, policy),
        *exceptions(evidence, policy),
        *usage(evidence, policy),
    ]
    return sorted(found, key=lambda finding: (_ORDER[finding.id], finding.mailbox, finding.system, finding.message))


def with_authors(findings: Iterable[AuditFinding], history: History) -> list[AuditFinding]:
    """The same with who wrote the place that each is about."""
    return [_with_author(finding, history) for finding in findings]


def _with_author(finding: AuditFinding, history: History) -> AuditFinding:
    edit = _edit(finding, history) if finding.file else None
    if edit is None:
        return finding
    commit = edit.commit
    return replace(
        finding, author=commit.author, date=commit.date[:10], commit=commit.id, subject=commit.subject,
        approved_by=edit.landing.approved_by or None,
    )  # fmt: skip


def _edit(finding: AuditFinding, history: History) -> Edit | None:
    """The edit that gave the place its present form; of somebody who is no member, the one that took the membership away."""
    if finding.key[:1] != ("members",):
        return history.of_key(finding.mailbox, finding.key[0] if finding.key else DECLARATION)
    edits = reversed(history.edits.get(finding.mailbox, ()))
    if len(finding.key) == 1:
        return next((edit for edit in edits if edit.field == MEMBER), None)
    login = finding.key[1]
    return next((edit for edit in edits if edit.field == MEMBER and login in (edit.before, edit.after)), None)
