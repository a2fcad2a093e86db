"""Who can read what, since when and by whose approval: the questions that auditors ask, answered with a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...text import mailbox_of
from ..live import LiveMailbox
from ..model import Mailbox
from .history import MEMBER, Edit, History
from .readers import People, readers


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: what was asked, the names of the columns, the rows, and what is not known."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Known:
    """What answers are taken from. ``live`` is None when the servers were not asked; ``people`` None when the directory did not tell."""

    mailboxes: Mapping[str, Mailbox]
    history: History = field(default_factory=History)
    live: Mapping[str, Sequence[LiveMailbox]] | None = None
    people: People = None
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Files that break the rules."""

    def readers(self, name: str) -> dict[str, list[str]]:
        return readers((self.live or {}).get(name, ()), self.people)

    def name(self, login: str) -> str:
        person = (self.people or {}).get(login)
        return person.name if person else ""

    def require_mailbox(self, name: str, now: bool = False) -> None:
        """Raises ValueError when nothing knows this mailbox: neither the declarations nor a server, nor, unless it is about ``now``,
        what was declared once."""
        if name in self.mailboxes or (self.live or {}).get(name) or (not now and name in self.history.edits):
            return
        for file in self.broken:
            if mailbox_of(file) == name:
                raise ValueError(f"{file} breaks the rules, so it cannot be told; see make check")
        where = "no file declares" if self.live is None else "no file declares and no server has"
        ever = "; it was declared once, and -e on=2026-01-31 says who could read it on a day" if name in self.history.edits else ""
        raise ValueError(f"{where} the mailbox {name}{ever}")

    def require_person(self, login: str) -> None:
        """Raises ValueError when no declaration, past or present, no server and no directory knows this login."""
        if login in (self.people or {}) or any(login in (*box.members, box.requested_by) for box in self.mailboxes.values()):
            return
        edits = (edit for edits in self.history.edits.values() for edit in edits)
        if any(
            edit.requested_by == login or (edit.field in (MEMBER, "requested_by") and login in (edit.before, edit.after)) for edit in edits
        ):
            return
        grants = (grant for lives in (self.live or {}).values() for live in lives for grant in live.grants)
        if any(login in (grant.login, grant.identifier) for grant in grants):
            return
        where = "no declaration names" if self.people is None else "no declaration and no server names, and the directory does not know,"
        limit = f" ({self.history.note})" if self.history.note else ""
        hint = "; -e live=true asks the directory too" if self.people is None else ""
        raise ValueError(f"{where} a person with the login {login}{hint}{limit}")

    def names(self) -> list[str]:
        """Every mailbox, but on Cyrus those that are a person's own."""
        own = (self.people or {}).keys() - self.mailboxes.keys()
        found = {name for name, lives in (self.live or {}).items() if any(live.is_managed for live in lives) or name not in own}
        return sorted({*self.mailboxes, *(found if self.people is not None else ())})

    @property
    def repository_notes(self) -> tuple[str, ...]:
        broken = (f"not looked at, because it breaks the rules: {file}" for file in self.broken)
        return (*broken, *((self.history.note,) if self.history.note else ()))

    @property
    def servers_notes(self) -> tuple[str, ...]:
        asked = () if self.live is not None else ("the servers were not asked (-e live=true asks them)",)
        return (*self.repository_notes, *self.notes, *asked)


ACCESS = ("declared", "on the servers", "since", "asked by", "author", "approved by", "commit", "subject")


def _access(known: Known, name: str, login: str) -> tuple[str, ...]:
    """The columns ``ACCESS`` of one person in one mailbox."""
    edit = known.history.of_member(name, login) if _is_declared(known.mailboxes.get(name), login) else None
    ways = known.readers(name).get(login, [])
    on_servers = "not asked" if known.live is None else ", ".join(ways) or "no"
    return ("yes" if _is_declared(known.mailboxes.get(name), login) else "no", on_servers, *who(edit))


def who(edit: Edit | None) -> tuple[str, ...]:
    """Since when, who asked (``requested_by`` of the file), who wrote the commit, who approved, the commit and its subject."""
    if edit is None:
        return ("",) * 6
    return (edit.since, edit.requested_by, edit.commit.author, edit.landing.approved_by, edit.commit.id[:12], edit.commit.subject)


def _is_declared(mailbox: Mailbox | None, login: str) -> bool:
    return mailbox is not None and login in mailbox.entitled


def who_reads(known: Known, name: str) -> Table:
    """Raises ValueError when there is no such mailbox."""
    known.require_mailbox(name, now=True)
    mailbox = known.mailboxes.get(name)
    what = "is declared nowhere" if mailbox is None else f"{mailbox.address}, {mailbox.file}"
    if mailbox and mailbox.state == "retired":
        what += ", retired: nobody is to read it"
    logins = sorted({*(mailbox.entitled if mailbox else ()), *known.readers(name)})
    rows = tuple((login, known.name(login), *_access(known, name, login)) for login in logins)
    return Table(f"Who can read {name} ({what})", ("login", "name", *ACCESS), rows, known.servers_notes)


def reads(known: Known, login: str) -> Table:
    """Raises ValueError when nothing knows this person."""
    known.require_person(login)
    rows = tuple(
        (name, _address(known, name), *_access(known, name, login))
        for name in known.names()
        if _is_declared(known.mailboxes.get(name), login) or login in known.readers(name)
    )
    title = f"What {login}{_in_brackets(known.name(login))} can read"
    return Table(title, ("mailbox", "address", *ACCESS), rows, known.servers_notes)


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _address(known: Known, name: str) -> str:
    mailbox = known.mailboxes.get(name)
    if mailbox:
        return mailbox.address
    return next((live.address for live in (known.live or {}).get(name, ()) if live.address), "")


def leaving(known: Known, login: str) -> Table:
    """What is to be done when somebody leaves: a row for each thing and mailbox. Raises ValueError when nothing knows this person."""
    known.require_person(login)
    rows = tuple(
        (name, _address(known, name), mailbox.file if mailbox else "", what, action)
        for name in known.names()
        for mailbox in [known.mailboxes.get(name)]
        for what, action in _touched(known, name, mailbox, login)
    )
    title = f"What it touches when {login}{_in_brackets(known.name(login))} leaves"
    return Table(title, ("mailbox", "address", "file", "what", "to do"), rows, known.servers_notes)


def _touched(known: Known, name: str, mailbox: Mailbox | None, login: str) -> Iterator[tuple[str, str]]:
    is_declared = _is_declared(mailbox, login)
    if mailbox and is_declared:
        yield "member", f"take {login} out of members"
        yield from _left_behind(known, mailbox, login)
    if mailbox and mailbox.state == "present" and mailbox.requested_by == login:
        yield "asked for the mailbox", "ask the unit who answers for it now, and change requested_by"
    ways = known.readers(name).get(login)
    if ways and not is_declared:
        yield f"reads it undeclared: {', '.join(ways)}", "find out why; apply takes it away where the mailbox is managed"
    elif not is_declared and (kinds := _other_grants(known, name, login)):
        yield f"has {', '.join(kinds)} undeclared", "find out why; apply takes it away where the mailbox is managed"


def _left_behind(known: Known, mailbox: Mailbox, login: str) -> Iterator[tuple[str, str]]:
    """Whether those who stay may have the mailbox among them."""
    others = [other for other in mailbox.members if other != login]
    if not others:
        yield "the only member", "ask the unit for other members, or retire the mailbox"
    elif known.people is None:
        yield f"others stay: {', '.join(others)}", "see whether one of them is staff (-e live=true asks the directory)"
    elif not any(person and person.is_staff for person in map(known.people.get, others)):
        yield f"no staff stays: {', '.join(others)}", "ask the unit for a staff member, or retire the mailbox"


def _other_grants(known: Known, name: str, login: str) -> list[str]:
    grants = [grant for live in (known.live or {}).get(name, ()) for grant in live.grants if grant.login == login and not grant.deny]
    return sorted({grant.kind for grant in grants})


def changed(known: Known, since: str, until: str, mailbox: str = "", login: str = "") -> Table:
    """What was declared between two days (ISO 8601, both included; empty for no limit), of one mailbox or person if given. The servers
    keep no history, so this is the repository's. Raises ValueError for a mailbox or person that nothing knows."""
    if mailbox:
        known.require_mailbox(mailbox)
    if login:
        known.require_person(login)
    edits = [
        edit
        for edit in known.history.between(since, until)
        if (not mailbox or edit.mailbox == mailbox)
        and (not login or (edit.field in (MEMBER, "requested_by") and login in (edit.before, edit.after)))
    ]
    rows = tuple((edit.since, edit.mailbox, str(edit), *who(edit)[1:], edit.file) for edit in edits)
    about = "".join(f" of {one}" for one in (mailbox, login) if one)
    title = (
        f"What changed{about} {f'from {since}' if since else 'up to now' if not until else ''}{f' until {until}' if until else ''}".strip()
    )
    columns = ("date", "mailbox", "change", "asked by", "author", "approved by", "commit", "subject", "file")
    return Table(title, columns, rows, known.repository_notes)
