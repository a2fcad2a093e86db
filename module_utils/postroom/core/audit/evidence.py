"""What an audit goes by, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...text import mailbox_of
from ..cyrus.plan import CyrusPolicy
from ..exchange.policy import ExchangePolicy
from ..finding import Finding
from ..live import LiveMailbox
from ..model import Mailbox, Person
from ..systems import SYSTEMS, System, systems_of
from .kinds import RULES, AuditSeverity

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing that an audit found. ``key`` is the place in the declaration that it is about: a key, or ``members`` and a login.

    ``declared`` and ``found`` are in the reader's terms, None for nothing. The rest says who wrote that place, when, and who approved it;
    None where it is not known.
    """

    id: str
    mailbox: str
    system: str
    server: str
    message: str
    declared: str | None = None
    found: str | None = None
    file: str | None = None
    key: Key = ()
    line: int | None = None
    author: str | None = None
    date: str | None = None
    commit: str | None = None
    subject: str | None = None
    approved_by: str | None = None

    @property
    def severity(self) -> AuditSeverity:
        return RULES[self.id].severity

    def as_dict(self) -> dict[str, Any]:
        """As it stands in ``audit.json``."""
        rest = {name: getattr(self, name) for name in self.__slots__ if name not in ("id", "key")}
        return {"id": self.id, "severity": self.severity, **rest}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a server told what it holds; ``message`` is why not, ``unread`` what it did not tell. ``login_caches``
    are files on its host that remember passwords, ``implicit_owner_rights`` what it adds to the rights of every mailbox's owner."""

    system: System
    server: str
    answered: bool = True
    message: str = ""
    unread: tuple[str, ...] = ()
    login_caches: tuple[str, ...] = ()
    implicit_owner_rights: str | None = None


@dataclass(frozen=True, slots=True)
class AuditPolicy:
    """What is looked for. ``unused_before`` is the time (ISO 8601) since which a used mailbox had mail or a login; empty for any.
    ``today`` (YYYY-MM-DD) is the day that exceptions are judged on."""

    cyrus: CyrusPolicy = field(default_factory=CyrusPolicy)
    exchange: ExchangePolicy = field(default_factory=ExchangePolicy)
    nearly_full_percent: int = 90
    unused_before: str = ""
    today: str = ""


@dataclass(slots=True)
class Evidence:
    """Declarations and what really runs. ``people`` by login, None when the directory did not tell; ``holders`` says, by declared
    mailbox, on which system somebody who is no shared mailbox has its address; ``forwarding`` is as the forwarding
    modules return it; ``invalid`` are the errors of declarations that cannot be used; ``only`` limits the audit to these names."""

    mailboxes: Sequence[Mailbox] = ()
    live: Sequence[LiveMailbox] = ()
    answers: Sequence[Answer] = ()
    people: Mapping[str, Person] | None = None
    holders: Mapping[str, tuple[System, str]] = field(default_factory=dict)
    forwarding: Sequence[Mapping[str, Any]] = ()
    invalid: Sequence[Finding] = ()
    only: frozenset[str] = frozenset()
    declared: dict[str, Mailbox] = field(init=False)
    found: dict[System, dict[str, list[LiveMailbox]]] = field(init=False)
    """Live mailboxes by system and name, ours first; more than one when a server has several of that name."""

    def __post_init__(self) -> None:
        self.declared = {mailbox.name: mailbox for mailbox in self.mailboxes}
        self.found = {system: {} for system in SYSTEMS}
        for live in self.live:
            if self._concerns(live):
                self.found[live.system].setdefault(live.name, []).append(live)
        for by_name in self.found.values():
            for several in by_name.values():
                several.sort(key=lambda live: not live.is_managed)

    def _concerns(self, live: LiveMailbox) -> bool:
        """Whether it is a shared mailbox, and asked for: where people's own are listed too, only the directory knows which."""
        if self.only and live.name not in self.only:
            return False
        if not SYSTEMS[live.system].lists_own or live.is_managed or live.name in self.declared:
            return True
        return self.people is not None and live.name not in self.people

    def one(self, system: System, name: str) -> LiveMailbox | None:
        several = self.found[system].get(name)
        return several[0] if several else None

    def ours(self) -> Iterator[Managed]:
        """Each declared mailbox with what is managed of it, on its own backend and in the directory."""
        for mailbox in self.mailboxes:
            for system in systems_of(mailbox.backend):
                live = self.one(system, mailbox.name)
                if live and live.is_managed:
                    yield Managed(mailbox, live, self)

    def require_only(self) -> None:
        """Raises ValueError when a name was asked for that neither a declaration nor a server has."""
        known = {*self.declared, *(mailbox_of(finding.file) for finding in self.invalid), *(live.name for live in self.live)}
        if unknown := self.only - known:
            raise ValueError(f"only= names {', '.join(sorted(unknown))}, which no declaration and no server has")

    def answered(self, system: System) -> bool:
        return any(answer.system == system and answer.answered for answer in self.answers)

    def server(self, system: str) -> str:
        return next((answer.server for answer in self.answers if answer.system == system), "")

    def finding(self, rule: str, mailbox: Mailbox | str, system: str, message: str, **rest: Any) -> AuditFinding:
        """A finding about a declared mailbox, or about one that has a name only."""
        name, file = (mailbox, None) if isinstance(mailbox, str) else (mailbox.name, mailbox.file)
        return AuditFinding(rule, name, system, self.server(system), message, **{"file": file, **rest})


@dataclass(frozen=True, slots=True)
class Managed:
    """A declared mailbox and what one system holds of it."""

    mailbox: Mailbox
    live: LiveMailbox
    evidence: Evidence

    @property
    def members(self) -> tuple[str, ...]:
        """Who is to have access now: nobody to a retired mailbox."""
        return self.mailbox.entitled

    @property
    def shown(self) -> str:
        return SYSTEMS[self.live.system].shown

    def knows(self, login: str) -> bool:
        """Whether there is such an account; true where the directory did not tell."""
        return self.evidence.people is None or login in self.evidence.people

    def account(self, login: str) -> str:
        """The first login name of who has this one: people may have several."""
        person = (self.evidence.people or {}).get(login)
        return person.login if person else login

    def finding(self, rule: str, message: str, *, declared: str | None = None, found: str | None = None, key: Key = ()) -> AuditFinding:
        return self.evidence.finding(rule, self.mailbox, self.live.system, message, declared=declared, found=found, key=key)
