"""Which letters are owed: what people were told last, against what is now.

A letter cannot hang on the plan of a run: one that is killed after the server said yes leaves no difference for the next plan. So a ledger
keeps what was told of each mailbox, and a letter is owed for as long as that is not what is declared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .model import Mailbox

Kind = Literal["created", "moved", "changed", "added", "removed", "retired"]
"""``changed`` goes to the requester, ``added`` and ``removed`` to the members in question, ``moved`` to all, the others to the
requester."""


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told of a mailbox."""

    members: tuple[str, ...]
    state: str
    backend: str

    @classmethod
    def of(cls, mailbox: Mailbox) -> Told:
        return cls(mailbox.members, mailbox.state, mailbox.backend)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Told:
        """The reverse of ``as_dict``. Raises TypeError or KeyError."""
        return cls(**{**value, "members": tuple(value["members"])})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Entry:
    """What the ledger knows of a mailbox: ``told`` is None when nobody was told anything, ``noted_by`` the run that first saw it,
    ``serial`` how often people were told, ``sent`` the letters that went out of those that are owed now."""

    told: Told | None = None
    noted_by: str = ""
    serial: int = 0
    sent: set[str] = field(default_factory=set)


Ledger = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person. ``added`` and ``removed`` are logins, in a letter about a change."""

    kind: Kind
    mailbox: Mailbox
    recipient: str
    serial: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The same for the same letter, however often it is sent: what its Message-ID is made of."""
        matter = [self.mailbox.name, self.serial, self.kind, self.recipient, Told.of(self.mailbox).as_dict()]
        digest = hashlib.sha256(json.dumps(matter).encode()).hexdigest()[:24]
        return f"{self.mailbox.name}.{self.kind}.{digest}"


def note(mailboxes: Iterable[Mailbox], ledger: Ledger, run: str, created: Collection[str] | None) -> list[dict[str, Any]]:
    """Enter what the ledger does not know, before anything is done; returns the lines to write.

    ``created`` are the names that this run is about to make; None when that is not known yet. A mailbox that lives already was made
    before there were letters, so that a university that begins with three thousand mailboxes sends none.
    """
    lines = []
    for mailbox in mailboxes:
        if mailbox.name not in ledger:
            is_new = created is None or mailbox.name in created
            ledger[mailbox.name] = Entry(None if is_new else Told.of(mailbox), run)
            lines.append(_line(mailbox.name, ledger[mailbox.name], "noted"))
    return lines


def settle(mailboxes: Iterable[Mailbox], ledger: Ledger, run: str, created: Collection[str]) -> list[dict[str, Any]]:
    """Now that it is known what this run made (``created``): what it noted and did not make was there before, and needs no letter."""
    lines = []
    for mailbox in mailboxes:
        entry = ledger[mailbox.name]
        if entry.told is None and entry.noted_by == run and mailbox.name not in created:
            entry.told = Told.of(mailbox)
            lines.append(_line(mailbox.name, entry, "noted"))
    return lines


def owed(mailbox: Mailbox, entry: Entry) -> list[Letter]:
    """The letters that say what changed since the last ones, those that were sent already included."""
    told = entry.told
    if told is None:
        return _letters(mailbox, entry, "created") if mailbox.state == "present" else []
    if mailbox.state == "retired":
        return _letters(mailbox, entry, "retired") if told.state == "present" else []
    if told.state == "retired":
        return _letters(mailbox, entry, "created")
    added = tuple(login for login in mailbox.members if login not in told.members)
    removed = tuple(login for login in told.members if login not in mailbox.members)
    if told.backend != mailbox.backend:
        who = dict.fromkeys((mailbox.requested_by, *mailbox.members))
        return [
            *(Letter("moved", mailbox, login, entry.serial, added, removed) for login in who),
            *_concerned(mailbox, entry, "removed", removed),
        ]
    if not added and not removed:
        return []
    return [
        Letter("changed", mailbox, mailbox.requested_by, entry.serial, added, removed),
        *_concerned(mailbox, entry, "added", added),
        *_concerned(mailbox, entry, "removed", removed),
    ]


def _letters(mailbox: Mailbox, entry: Entry, kind: Kind) -> list[Letter]:
    return [Letter(kind, mailbox, mailbox.requested_by, entry.serial)]


def _concerned(mailbox: Mailbox, entry: Entry, kind: Kind, logins: Iterable[str]) -> Iterator[Letter]:
    """The requester has a letter that says it all."""
    return (Letter(kind, mailbox, login, entry.serial) for login in logins if login != mailbox.requested_by)


def unsent(mailbox: Mailbox, entry: Entry) -> list[Letter]:
    return [letter for letter in owed(mailbox, entry) if letter.identifier not in entry.sent]


def was_sent(letter: Letter, ledger: Ledger) -> dict[str, Any]:
    """Enter a letter that a server took; returns the line to write."""
    entry = ledger[letter.mailbox.name]
    entry.sent.add(letter.identifier)
    return {"mailbox": letter.mailbox.name, "event": "sent", "letter": letter.identifier}


def all_told(mailbox: Mailbox, ledger: Ledger) -> list[dict[str, Any]]:
    """Enter that everybody knows what is now; returns the lines to write, none when that was known."""
    entry = ledger[mailbox.name]
    now = Told.of(mailbox)
    if entry.told == now:
        return []
    ledger[mailbox.name] = Entry(now, entry.noted_by, entry.serial + 1)
    return [_line(mailbox.name, ledger[mailbox.name], "told")]


def _line(name: str, entry: Entry, event: str) -> dict[str, Any]:
    told = entry.told.as_dict() if entry.told else None
    return {"mailbox": name, "event": event, "told": told, "noted_by": entry.noted_by, "serial": entry.serial}


def ledger_of(lines: Iterable[Mapping[str, Any]]) -> Ledger:
    """The ledger that these lines add up to. Raises ValueError for a line that is none of its own."""
    ledger: Ledger = {}
    for line in lines:
        try:
            if line["event"] == "sent":
                ledger[line["mailbox"]].sent.add(line["letter"])
            else:
                told = Told.from_dict(line["told"]) if line["told"] else None
                ledger[line["mailbox"]] = Entry(told, line["noted_by"], line["serial"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{dict(line)!r} is no line of a ledger of letters") from error
    return ledger
