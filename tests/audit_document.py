"""What an audit of a made-up university found, of any size, and always the same for the same size."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

GENERATED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_GIVEN = [
    "An",
    "Bart",
    "Els",
    "Filip",
    "Greet",
    "Hélène",
    "Ilse",
    "Jan",
    "Koen",
    "Lies",
    "Maïté",
    "Noël",
    "Odile",
    "Pieter",
    "Rik",
    "Zoë",
    "Ayşe",
    "Basia",
    "Carmen",
    "Dung",
    "Emil",
    "Frieda",
]
_SURNAMES = [
    "Janssens",
    "Peeters",
    "Maes",
    "Jacobs",
    "Mertens",
    "Willems",
    "Claes",
    "Goossens",
    "Wouters",
    "Dubois",
    "Öztürk",
    "García",
    "Nguyễn",
    "Sørensen",
    "Devos",
    "Aerts",
]
_UNITS = [
    ("department", "Vakgroep Informatica", "Secretariat of the department"),
    ("lab", "Labo Celbiologie", "Questions from students about the practicals"),
    ("research_group", "Onderzoeksgroep Toegepaste Taalkunde", "Contact address on the group's web pages"),
    ("student_association", "Faculteitskring Natuurkunde", "Board of the association"),
    ("service", "Directie ICT", "Orders, deliveries and invoices"),
]
_WORDS = ["labo", "info", "vragen", "stage", "balie", "onthaal", "erasmus", "thesis", "practica", "bestel"]


def audit_document(mailboxes: int = 300, findings: int | None = None, unanswered: bool = False) -> dict[str, Any]:
    """As ``reports/audit.json``: ``mailboxes`` of them with five members each, and ``findings``, all that there are when not given."""
    chance = random.Random(mailboxes)
    people = dict(_person(number, chance) for number in range(max(8, mailboxes // 2)))
    boxes = [_mailbox(number, list(people), chance) for number in range(mailboxes)]
    found = [finding for box in boxes for finding in _findings(box, people, chance)]
    if unanswered:
        found = [finding for finding in found if finding["system"] != "exchange"]
    if findings is not None:
        found = chance.sample(found, findings)
    return document(people, boxes, found, unanswered)


def document(
    people: dict[str, Any], mailboxes: list[dict[str, Any]], findings: list[dict[str, Any]], unanswered: bool = False
) -> dict[str, Any]:
    by_id: dict[str, int] = {}
    for finding in findings:
        by_id[finding["id"]] = by_id.get(finding["id"], 0) + 1
    severities = {severity: sum(finding["severity"] == severity for finding in findings) for severity in ("error", "warning", "info")}
    return {
        "format": 1,
        "generated": GENERATED.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": "0123abcd",
        "servers": [
            {"system": "cyrus", "server": "mail.ugent.be:143", "answered": True, "message": ""},
            {"system": "directory", "server": "ldap.ugent.be", "answered": True, "message": ""},
            {
                "system": "exchange",
                "server": "exchange1.ugent.be",
                "answered": not unanswered,
                "message": "connection refused" if unanswered else "",
            },
        ],
        "summary": {**severities, "mailboxes": len(mailboxes), "by_id": by_id},
        "rules": {rule: {"title": f"What {rule} is", "action": f"what helps with `{rule}`"} for rule in by_id},
        "people": people,
        "mailboxes": mailboxes,
        "findings": findings,
    }


def _person(number: int, chance: random.Random) -> tuple[str, dict[str, Any]]:
    given, surname = chance.choice(_GIVEN), chance.choice(_SURNAMES)
    letters = unicodedata.normalize("NFKD", f"{given[0]}{surname}".lower())
    login = letters.encode("ascii", "ignore").decode() + str(number)
    affiliations = chance.choices([["staff"], ["student"], ["staff", "student"], ["affiliate"]], [70, 24, 4, 2])[0]
    return login, {"name": f"{given} {surname}", "affiliations": affiliations, "active": chance.random() > 0.02}


def _mailbox(number: int, logins: list[str], chance: random.Random) -> dict[str, Any]:
    unit_type, unit_name, purpose = _UNITS[number % len(_UNITS)]
    name = f"{_WORDS[number % len(_WORDS)]}.{number:05}"
    declared, backend = chance.random() > 0.03, chance.choices(["cyrus", "exchange"], [3, 1])[0]
    quota = 5 * 1024 * 1024 * chance.choice([1, 1, 1, 2, 4])
    return {
        "name": name,
        "address": f"{name.title()}@UGent.be",
        "display_name": f"{unit_name} {number}",
        "purpose": purpose if declared else None,
        "unit_type": unit_type if declared else None,
        "unit_name": unit_name if declared else None,
        "requested_by": chance.choice(logins) if declared else None,
        "backend": backend,
        "state": "retired" if declared and chance.random() < 0.05 else "present",
        "file": f"mailboxes/{name}.yml" if declared else None,
        "declared": declared,
        "managed": declared,
        "systems": [backend, "directory"],
        "members": [_member(login, declared, chance) for login in chance.sample(logins, 5)],
        "quota_kib": quota if chance.random() > 0.04 else None,
        "used_kib": int(quota * min(1.02, chance.betavariate(1.2, 2.5) * 1.15)) if chance.random() > 0.03 else None,
        "last_mail": _before(chance, 400).strftime("%Y-%m-%dT%H:%M:%SZ") if chance.random() > 0.1 else None,
        "last_login": _before(chance, 700).strftime("%Y-%m-%dT%H:%M:%SZ") if chance.random() > 0.3 else None,
    }


def _member(login: str, declared: bool, chance: random.Random) -> dict[str, Any]:
    extra = not declared or chance.random() < 0.02
    return {
        "login": login,
        "declared": not extra,
        "live": extra or chance.random() > 0.02,
        "since": None if extra else _day(chance),
        "author": None if extra else chance.choice(["An Helpdesk", "Bart Helpdesk"]),
    }


def _findings(mailbox: dict[str, Any], people: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    def finding(identifier: str, severity: str, message: str, declared: str | None = None, found: str | None = None) -> dict[str, Any]:
        in_file = mailbox["declared"]
        return {
            "id": identifier,
            "severity": severity,
            "mailbox": mailbox["name"],
            "system": mailbox["backend"],
            "server": "mail.ugent.be:143" if mailbox["backend"] == "cyrus" else "exchange1.ugent.be",
            "message": message,
            "declared": declared,
            "found": found,
            "file": mailbox["file"],
            "line": 8 if in_file else None,
            "author": "An Helpdesk" if in_file else None,
            "date": _day(chance) if in_file else None,
            "commit": f"{chance.getrandbits(32):08x}" if in_file else None,
            "subject": f"Members of {mailbox['name']} as asked for by the unit" if in_file else None,
        }

    if not mailbox["declared"]:
        yield finding("mailbox-undeclared", "warning", "This mailbox is on the server, and no file declares it.", None, "a mailbox")
        return
    for member in mailbox["members"]:
        login = member["login"]
        if not member["declared"]:
            yield finding("member-extra", "error", f"{login} can read the mailbox and is not in its file.", None, "lrswipkxte")
        elif not member["live"]:
            yield finding("member-missing", "error", f"{login} is in the file and cannot read the mailbox.", "lrswipkxte")
        elif not people[login]["active"]:
            yield finding("member-inactive", "warning", f"{login} is a member, and that account has ended.", login, "not active")
    if mailbox["quota_kib"] and mailbox["used_kib"] and mailbox["used_kib"] > 0.9 * mailbox["quota_kib"]:
        yield finding("quota-nearly-full", "warning", "The mailbox is nearly full.")
    if mailbox["last_login"] is None and chance.random() < 0.2:
        yield finding("mailbox-unused", "info", "Nobody has logged in for more than a year.")
    if chance.random() < 0.005:
        yield finding("forwarding", "error", "A rule forwards mail out of the mailbox.", "no forwarding", "redirect to someone@example.org")


def _before(chance: random.Random, days: int) -> datetime:
    return GENERATED - timedelta(minutes=chance.randrange(days * 24 * 60))


def _day(chance: random.Random) -> str:
    return (date(2026, 11, 20) - timedelta(days=chance.randrange(900))).isoformat()
