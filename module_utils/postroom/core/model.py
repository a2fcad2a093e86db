"""The mailbox as it is declared, in its normalised form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .systems import Backend

State = Literal["present", "retired"]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One shared mailbox. ``address`` is as written; ``members`` are login names in lower case, sorted; ``exceptions`` are the rules that
    it may break, each with the reason and the last day (``2027-06-30``); ``abbreviations`` are those of the address,
    each with what it stands for."""

    address: str
    display_name: str
    purpose: str
    unit_type: str
    unit_name: str
    requested_by: str
    members: tuple[str, ...]
    backend: Backend
    quota_gb: int
    state: State
    language: str
    file: str
    exceptions: tuple[tuple[str, str, str], ...] = ()
    abbreviations: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The local part in lower case: what a mailbox is called in reports, in ``only=`` and on the servers."""
        return self.address.partition("@")[0].lower()

    @property
    def entitled(self) -> tuple[str, ...]:
        """Who is to have access now: the members, and nobody once the mailbox is retired."""
        return self.members if self.state == "present" else ()

    @classmethod
    def from_declaration(cls, value: Mapping[str, Any], file: str, defaults: Mapping[str, Any]) -> Mailbox:
        """Make a mailbox of a declaration that satisfies the schema; ``defaults`` are the schema's."""
        full = {**defaults, **value}
        return cls(
            address=full["address"],
            display_name=" ".join(full["display_name"].split()),
            purpose=" ".join(full["purpose"].split()),
            unit_type=full["unit"]["type"],
            unit_name=full["unit"]["name"],
            requested_by=full["requested_by"].lower(),
            members=tuple(sorted(login.lower() for login in full["members"])),
            backend=full["backend"],
            quota_gb=int(full["quota_gb"]),  # JSON Schema takes 5.0 for an integer
            state=full["state"],
            language=full["language"],
            file=file,
            exceptions=tuple((item["rule"], item["reason"], item["until"]) for item in full.get("exceptions", ())),
            abbreviations=tuple((short, " ".join(long.split())) for short, long in full.get("abbreviations", {}).items()),
        )

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Mailbox:
        """The reverse of ``as_dict``."""
        pairs = {name: tuple(map(tuple, value.get(name, ()))) for name in ("exceptions", "abbreviations")}
        return cls(**{**value, "members": tuple(value["members"]), **pairs})

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}  # asdict would copy every value, which takes five times as long


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory. ``active`` is false for an account that has ended; ``name`` is the full name. ``login`` is the first
    login name that the directory gives, ``other_logins`` are the others, in lower case: each of them lets that person in."""

    login: str
    dn: str
    affiliations: frozenset[str]
    addresses: frozenset[str] = frozenset()
    active: bool = True
    name: str = ""
    other_logins: frozenset[str] = frozenset()

    @property
    def logins(self) -> tuple[str, ...]:
        return (self.login, *sorted(self.other_logins))

    @property
    def is_staff(self) -> bool:
        return self.active and bool(self.affiliations & {"staff", "employee", "faculty"})

    @property
    def is_eligible(self) -> bool:
        """Staff or student, the two groups that may use a shared mailbox."""
        return self.is_staff or (self.active and "student" in self.affiliations)


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """What the directory rules need: ``people`` by login in lower case, ``in_use`` by address in lower case.

    The values of ``in_use`` say who has the address, in words; entries that Postroom manages are not in it. ``mailboxes`` are the names
    of all entries of shared mailboxes. ``settled`` are the files that a merge request leaves as they are: what became of the people in
    them is said there, and is no fault of the merge request.
    """

    people: Mapping[str, Person]
    in_use: Mapping[str, str]
    mailboxes: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
