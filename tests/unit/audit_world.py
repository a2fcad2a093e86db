"""A university in which everything runs as it is declared, for tests to spoil."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ansible.module_utils.postroom.core.audit.evidence import Answer, AuditPolicy, Evidence
from ansible.module_utils.postroom.core.cyrus.plan import FOLDERS, MEMBER_RIGHTS, OWNER_RIGHTS
from ansible.module_utils.postroom.core.exchange.policy import wanted_settings
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.core.model import Mailbox, Person

from .declaration import mailbox

STAFF = ("ajanssens", "bpeeters", "emaes")
POLICY = AuditPolicy(unused_before="2025-11-24T00:00:00Z", today="2026-11-24")
ANSWERS = (Answer("cyrus", "imap:143"), Answer("exchange", "https://ex/"), Answer("directory", "ldap://ldap"))
CYRUS = mailbox(purpose="Questions", display_name="Labo")
EXCHANGE = mailbox(address="Ict@UGent.be", file="mailboxes/ict.yml", backend="exchange", members=("bpeeters", "cdevos"))


def person(login: str, **changes: Any) -> Person:
    affiliation = "staff" if login in STAFF else "student"
    own = Person(login, f"uid={login},ou=people", frozenset({affiliation}), frozenset({f"{login}@ugent.be"}), name=login.title())
    return replace(own, **changes)


def people(*changed: Person) -> dict[str, Person]:
    known = [*map(person, (*STAFF, "cdevos", "sdesmet")), *changed]
    return {one.login: one for one in known}


def on_cyrus(box: Mailbox) -> LiveMailbox:
    identifiers = (box.name, *(box.members if box.state == "present" else ()))
    grants = [
        Grant(
            "rights",
            identifier,
            "" if identifier == box.name else identifier,
            OWNER_RIGHTS + "an" if identifier == box.name else MEMBER_RIGHTS,
            folder,
        )
        for folder in ("", *FOLDERS)
        for identifier in identifiers
    ]
    return LiveMailbox(
        box.name, "cyrus", mark="postroom", is_managed=True, grants=tuple(grants), quota_kib=box.quota_gb * 1024 * 1024, used_kib=10,
        last_mail="2026-11-01T00:00:00Z",
    )  # fmt: skip


def on_exchange(box: Mailbox) -> LiveMailbox:
    members = box.members if box.state == "present" else ()
    grants = [Grant("full access", f"UGENT\\{login}", login, "FullAccess") for login in members]
    grants += [Grant("send as", f"UGENT\\{login}", login, "Send-As") for login in members]
    settings = {name: value for name, value in wanted_settings(box, POLICY.exchange).items() if not isinstance(value, tuple)}
    return LiveMailbox(
        box.name, "exchange", box.address, box.display_name, "postroom:" + box.name, True, tuple(grants), box.quota_gb * 1024 * 1024,
        10, last_login="2026-11-01T00:00:00Z", settings=settings,
    )  # fmt: skip


def in_directory(box: Mailbox) -> LiveMailbox:
    members = box.members if box.state == "present" else ()
    grants = [Grant("owner", f"uid={login},ou=people", login) for login in members]
    grants += [Grant("login", login, login) for login in members if box.backend == "cyrus"]
    return LiveMailbox(
        box.name, "directory", box.address, box.display_name, "postroom", True, tuple(grants), is_retired=box.state == "retired",
        backend=box.backend, settings={"purpose": box.purpose, "dn": f"uid={box.name}"},
    )  # fmt: skip


def lives_of(box: Mailbox) -> list[LiveMailbox]:
    return [on_cyrus(box) if box.backend == "cyrus" else on_exchange(box), in_directory(box)]


def world(boxes: Iterable[Mailbox] = (CYRUS, EXCHANGE), **changes: Any) -> Evidence:
    """Everything as declared, but for what is given."""
    boxes = list(boxes)
    live = [live for box in boxes for live in lives_of(box)]
    return Evidence(**{"mailboxes": boxes, "live": live, "answers": ANSWERS, "people": people(), **changes})


def but(found: LiveMailbox, *grants: Grant, without: Iterable[Grant] = (), **changes: Any) -> LiveMailbox:
    """A live mailbox with more grants, without some, and with other values."""
    without = set(without)
    return replace(found, grants=(*(grant for grant in found.grants if grant not in without), *grants), **changes)


def instead(*changed: LiveMailbox) -> list[LiveMailbox]:
    """What lives in the world, with these in place of those of the same name and system."""
    new = {(live.system, live.name): live for live in changed}
    lives = {(live.system, live.name): live for box in (CYRUS, EXCHANGE) for live in lives_of(box)}
    return list({**lives, **new}.values())


def without(*gone: LiveMailbox) -> list[LiveMailbox]:
    """What lives in the world, but for these."""
    return [live for live in instead() if live not in gone]
