"""``audit.json``: what an audit found, and each mailbox and person that it looked at, for programs and for the audit page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..access.history import History
from ..access.readers import readers
from ..live import LiveMailbox
from ..model import Mailbox
from ..systems import SYSTEMS
from .evidence import AuditFinding, Evidence
from .kinds import RULES, SEVERITIES

Document = Mapping[str, Any]


def as_document(evidence: Evidence, findings: Sequence[AuditFinding], history: History, generated: str) -> dict[str, Any]:
    """``generated`` is the time of the audit, ISO 8601 in UTC."""
    mailboxes = [_mailbox(name, evidence, history) for name in _names(evidence)]
    severities = Counter(finding.severity for finding in findings)
    by_id = dict(sorted(Counter(finding.id for finding in findings).items()))
    return {
        "format": 1,
        "generated": generated,
        "commit": history.head,
        "note": history.note,
        "servers": [
            {"system": answer.system, "server": answer.server, "answered": answer.answered, "message": answer.message}
            for answer in evidence.answers
        ],
        "summary": {
            **{severity: severities[severity] for severity in SEVERITIES},
            "mailboxes": len(mailboxes),
            "by_id": by_id,
        },
        "people": _people(mailboxes, evidence),
        "mailboxes": mailboxes,
        "rules": {rule.id: {"title": rule.title, "action": rule.action} for rule in RULES.values() if rule.id in by_id},
        "findings": [finding.as_dict() for finding in findings],
    }


def _names(evidence: Evidence) -> list[str]:
    return sorted({*evidence.declared, *(name for by_name in evidence.found.values() for name in by_name)})


def _mailbox(name: str, evidence: Evidence, history: History) -> dict[str, Any]:
    mailbox = evidence.declared.get(name)
    lives = [live for system in SYSTEMS if (live := evidence.one(system, name))]
    backends = [live for live in lives if SYSTEMS[live.system].holds_mail]
    # Where it is declared to live comes first: its address, quota and use are what counts.
    backends.sort(key=lambda live: mailbox is None or live.system != mailbox.backend)
    return {
        "name": name,
        **(_declared(mailbox) if mailbox else _undeclared([*backends, *lives])),
        "declared": mailbox is not None,
        "managed": any(live.is_managed for live in lives),
        "systems": [live.system for live in lives],
        "members": _members(name, mailbox, lives, evidence, history),
        "quota_kib": _first(live.quota_kib for live in backends),
        "used_kib": _first(live.used_kib for live in backends),
        "last_mail": max((live.last_mail for live in backends if live.last_mail), default=None),
        "last_login": max((live.last_login for live in lives if live.last_login), default=None),
    }


def _declared(mailbox: Mailbox) -> dict[str, Any]:
    names = ("address", "display_name", "purpose", "unit_type", "unit_name", "requested_by", "backend", "state", "file")
    return {name: getattr(mailbox, name) for name in names}


def _undeclared(lives: Sequence[LiveMailbox]) -> dict[str, Any]:
    nothing = dict.fromkeys(("purpose", "unit_type", "unit_name", "requested_by", "file"))
    backend = _first(live.system if SYSTEMS[live.system].holds_mail else live.backend for live in lives)
    return {
        **nothing,
        "address": _first(live.address or None for live in lives),
        "display_name": _first(live.display_name or None for live in lives),
        "backend": backend,
        "state": "retired" if any(live.is_retired for live in lives) else "present",
    }


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _members(
    name: str, mailbox: Mailbox | None, lives: Sequence[LiveMailbox], evidence: Evidence, history: History
) -> list[dict[str, Any]]:
    declared = mailbox.entitled if mailbox else ()
    live = readers(lives, evidence.people)
    found = []
    for login in sorted({*declared, *live}):
        edit = history.of_member(name, login) if login in declared else None
        found.append(
            {
                "login": login,
                "declared": login in declared,
                "live": login in live,
                "since": edit.since if edit else None,
                "author": edit.commit.author if edit else None,
                "approved_by": edit.landing.approved_by or None if edit else None,
            }
        )
    return found


def _people(mailboxes: Iterable[Mapping[str, Any]], evidence: Evidence) -> dict[str, Any]:
    """Those whom a mailbox concerns; a university has many more."""
    concerned = {login for mailbox in mailboxes for login in (mailbox["requested_by"], *(one["login"] for one in mailbox["members"]))}
    known = evidence.people or {}
    return {
        login: {"name": known[login].name, "affiliations": sorted(known[login].affiliations), "active": known[login].active}
        for login in sorted(filter(None, concerned))
        if login in known
    }
