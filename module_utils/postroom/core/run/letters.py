"""Which letters are owed: what people were told last, against what is now.

A letter cannot hang on the plan of a run: one that is killed after the server said yes leaves no difference for the next plan. So a ledger
keeps what was told of each mailbox, and a letter is owed for as long as that is not what is declared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from ..model import Mailbox

Kind = Literal["created", "changed", "added", "removed", "retired"]
"""``added`` and ``removed`` go to the member in question, the others to the requester."""


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told of a mailbox: the requester its ``state`` and its members (``listed``), and who knows that they have access
    (``members``). They differ while some letters of a change are sent and others are not."""

    state: str
    listed: tuple[str, ...]
    members: tuple[str, ...]

    @classmethod
    def of(cls, mailbox: Mailbox) -> Told:
        """As if everybody knew what is declared."""
        return cls(mailbox.state, mailbox.entitled, mailbox.entitled)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Told:
        """The reverse of ``as_dict``. Raises TypeError or KeyError."""
        return cls(value["state"], tuple(value["listed"]), tuple(value["members"]))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger knows of a mailbox: ``told`` is None when nobody was told anything, ``noted_by`` the run that first saw it,
    ``serial`` how many letters went out about it."""

    told: Told | None = None
    noted_by: str = ""
    serial: int = 0


Ledger = dict[str, Entry]
"""By the mailbox's name."""
Line = dict[str, Any]
"""A line of the file: what changed in the ledger."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan or a run says of mailboxes, by name: those that are made on their backend (``created``), and those that could not be
    done (``held``; ``"*"`` for all)."""

    created: Collection[str] = ()
    held: Collection[str] = ()

    def is_held(self, name: str) -> bool:
        return name in self.held or "*" in self.held


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person. ``serial`` is how many went before it; ``added`` and ``removed`` are logins, in one of the kind
    ``changed``."""

    kind: Kind
    mailbox: Mailbox
    recipient: str
    serial: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The same for the same letter, however often it is sent: what its Message-ID is made of."""
        matter = [self.mailbox.name, self.serial, self.kind, self.recipient, self.mailbox.members, self.added, self.removed]
        digest = hashlib.sha256(json.dumps(matter).encode()).hexdigest()[:24]
        return f"{self.mailbox.name}.{self.kind}.{digest}"


def note(mailboxes: Iterable[Mailbox], ledger: Ledger, run: str, plan: Made | None) -> list[Line]:
    """Enter what the ledger does not know, before anything is done; returns the lines to write.

    ``plan`` is None when there is none yet: a mailbox then counts as new, until ``settle``. One that lives was made before there were
    letters, so that a university that begins with three thousand mailboxes sends none. One that cannot be planned is not entered.
    """
    lines = []
    for mailbox in mailboxes:
        name = mailbox.name
        is_new = plan is None or name in plan.created
        if name not in ledger and (is_new or not (plan and plan.is_held(name))):
            ledger[name] = Entry(None if is_new else Told.of(mailbox), run)
            lines.append(_line(name, ledger[name], "noted"))
    return lines


def settle(mailboxes: Iterable[Mailbox], ledger: Ledger, run: str, made: Made) -> list[Line]:
    """Now that it is known what this run made: what it noted as new and did not make was there before, and needs no letter. What it
    could not do either is forgotten, so that the next run looks again."""
    lines: list[Line] = []
    for mailbox in mailboxes:
        name = mailbox.name
        entry = ledger.get(name)
        if entry is None or entry.told or entry.noted_by != run or name in made.created:
            continue
        if made.is_held(name):
            del ledger[name]
            lines.append({"mailbox": name, "event": "forgotten"})
        else:
            ledger[name] = replace(entry, told=Told.of(mailbox))
            lines.append(_line(name, ledger[name], "noted"))
    return lines


def owed(mailbox: Mailbox, entry: Entry) -> list[Letter]:
    """The letters about one mailbox that is on the servers as it is declared. Each is to be entered (``tell``) when it was sent."""
    told, requester = entry.told, mailbox.requested_by
    was_present = told is not None and told.state == "present"
    if mailbox.state == "retired":
        return [Letter("retired", mailbox, requester, entry.serial)] if was_present else []
    if told is None or not was_present:
        return [Letter("created", mailbox, requester, entry.serial)]
    now, listed, know = set(mailbox.members), set(told.listed), set(told.members)
    letters: list[Letter] = []
    if now != listed:
        added, removed = tuple(sorted(now - listed)), tuple(sorted(listed - now))
        letters.append(Letter("changed", mailbox, requester, entry.serial, added, removed))
        know = _reads(requester, know, now)
    concerned: list[tuple[Kind, str]] = [("added", login) for login in sorted(now - know)]
    concerned += [("removed", login) for login in sorted(know - now)]
    begin = entry.serial + len(letters)
    return letters + [Letter(kind, mailbox, login, begin + rank) for rank, (kind, login) in enumerate(concerned)]


def tell(letter: Letter, ledger: Ledger) -> Line:
    """Enter that a letter was sent; returns the line to write."""
    mailbox = letter.mailbox
    entry = ledger[mailbox.name]
    told = Told.of(mailbox)
    if entry.told and letter.kind in ("changed", "added", "removed"):
        listed = mailbox.members if letter.kind == "changed" else entry.told.listed
        know = _reads(letter.recipient, set(entry.told.members), set(mailbox.members))
        told = Told("present", listed, tuple(sorted(know)))
    ledger[mailbox.name] = Entry(told, entry.noted_by, letter.serial + 1)
    return {**_line(mailbox.name, ledger[mailbox.name], "told"), "letter": letter.identifier}


def _reads(reader: str, know: set[str], now: set[str]) -> set[str]:
    """Who knows that they have access when the reader was told who has it now."""
    return know | {reader} if reader in now else know - {reader}


def _line(name: str, entry: Entry, event: str) -> Line:
    told = entry.told.as_dict() if entry.told else None
    return {"mailbox": name, "event": event, "told": told, "noted_by": entry.noted_by, "serial": entry.serial}


def ledger_of(lines: Iterable[Mapping[str, Any]]) -> Ledger:
    """The ledger that these lines add up to. Raises ValueError for a line that is none of its own."""
    ledger: Ledger = {}
    for line in lines:
        try:
            if line["event"] == "forgotten":
                del ledger[line["mailbox"]]
            else:
                told = Told.from_dict(line["told"]) if line["told"] else None
                ledger[line["mailbox"]] = Entry(told, line["noted_by"], line["serial"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{line!r} is no line of a ledger of letters") from error
    return ledger
