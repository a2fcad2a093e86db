"""What an audit of a made-up university found, of any size, and always the same for the same size."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

GENERATED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_GIVEN = "An Bart Els Filip Greet Hélène Ilse Jan Koen Lies Maïté Noël Odile Pieter Rik Zoë Ayşe Basia Carmen Dung Emil Frieda".split()
_SURNAMES = "Janssens Peeters Maes Jacobs Mertens Willems Claes Goossens Wouters Dubois Öztürk García Nguyễn Sørensen Devos Aerts".split()
_UNITS = [
    ("department", "Vakgroep Informatica", "Secretariat of the department"),
    ("lab", "Labo Celbiologie", "Questions from students about the practicals"),
    ("research_group", "Onderzoeksgroep Toegepaste Taalkunde", "Contact address on the group's web pages"),
    ("student_association", "Faculteitskring Natuurkunde", "Board of the association"),
    ("service", "Directie ICT", "Orders, deliveries and invoices"),
]
_WORDS = "labo info vragen stage balie onthaal erasmus thesis practica bestel".split()
_FINDINGS = [
    ("member-extra", "error", "can read the mailbox, and its file does not list this person"),
    ("member-missing", "error", "is a member in the file, and the server gives no access"),
    ("forward-active", "error", "a rule forwards mail out of the mailbox"),
    ("mailbox-unmanaged", "warning", "lives on the server, and no file declares it"),
    ("quota-nearly-full", "warning", "the mailbox is nearly full"),
    ("member-inactive", "warning", "is a member whose account has ended"),
    ("mailbox-unused", "info", "nobody has logged in for more than a year"),
]


def audit_document(mailboxes: int = 300, findings: int | None = None, unanswered: bool = False) -> dict[str, Any]:
    """As ``reports/audit.json``: ``mailboxes`` of them with five members each, and ``findings`` (a fifth as many, when not given)."""
    chance = random.Random(mailboxes)
    people = {login: person for login, person in (_person(number, chance) for number in range(max(8, mailboxes // 2)))}
    boxes = [_mailbox(number, list(people), chance) for number in range(mailboxes)]
    found = [_finding(chance.choice(boxes), chance) for _ in range(mailboxes // 5 if findings is None else findings)] if boxes else []
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
        "people": people,
        "mailboxes": mailboxes,
        "findings": findings,
    }


def _person(number: int, chance: random.Random) -> tuple[str, dict[str, Any]]:
    given, surname = chance.choice(_GIVEN), chance.choice(_SURNAMES)
    login = f"{given[0]}{surname}".lower().encode("ascii", "ignore").decode() + str(number)
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


def _finding(mailbox: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    identifier, severity, message = chance.choices(_FINDINGS, [4, 3, 1, 3, 5, 3, 6])[0]
    member = chance.choice(mailbox["members"])["login"]
    about_member = identifier.startswith("member-")
    in_file = mailbox["declared"]
    return {
        "id": identifier,
        "severity": severity,
        "mailbox": mailbox["name"],
        "system": mailbox["backend"],
        "server": "mail.ugent.be:143" if mailbox["backend"] == "cyrus" else "exchange1.ugent.be",
        "message": f"{member} {message}" if about_member else message,
        "declared": None if identifier == "member-extra" else "lrswipkxte" if about_member else None,
        "found": "lrswipkxte" if identifier == "member-extra" else None,
        "file": mailbox["file"],
        "line": 8 if in_file else None,
        "author": "An Helpdesk" if in_file else None,
        "date": _day(chance) if in_file else None,
        "commit": f"{chance.getrandbits(32):08x}" if in_file else None,
        "subject": f"Members of {mailbox['name']} as asked for by the unit" if in_file else None,
    }


def _before(chance: random.Random, days: int) -> datetime:
    return GENERATED - timedelta(minutes=chance.randrange(days * 24 * 60))


def _day(chance: random.Random) -> str:
    return (date(2026, 11, 20) - timedelta(days=chance.randrange(900))).isoformat()
