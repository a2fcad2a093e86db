"""The rules that a JSON Schema cannot express, each with its id, its severity and its reason.

Offline rules look at one declaration; ``address-unique`` looks at all of them; directory rules also need people and the
addresses in use. All return findings and never raise for bad input, since the schema may already have found the value wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from ...text import shown
from ..finding import Finding, Severity, UnfiledFinding
from ..model import DirectoryView, Person
from . import wording
from .declaration import WANTED, Declaration
from .parse import COMMENT, KEY, Path
from .who_is_meant import MANY, in_words, logins_of

# RFC 2142, sections 3 to 7: names that must reach the people who run the domain or its services.
ROLE_ADDRESSES = frozenset(
    {
        "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
        "webmaster", "www", "uucp", "ftp",
    }
)  # fmt: skip
# Names that servers give a meaning of their own: ACL identifiers of RFC 4314, and the accounts that administer and search.
SPECIAL_ACCOUNTS = frozenset({"anyone", "anonymous", "owner", "root", "cyrus", "saslauthd", "postroom"})
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


BareFinding = tuple[Path, str]
"""The place and the words; the rule that yields it adds the rest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``check`` yields the path of each offending value with the words for it; ``reason`` is why the rule exists; ``waivable`` says
    whether an exception can be made."""

    id: str
    reason: str
    check: Callable[[Declaration], Iterator[BareFinding]]
    severity: Severity = "error"
    waivable: bool = False

    def findings(self, declaration: Declaration, told: Container[Path] = ()) -> Iterator[UnfiledFinding]:
        """What breaks the rule, except at the places that something was ``told`` of already."""
        for path, message in self.check(declaration):
            if path in told:
                continue
            is_key = path[:1] == ("abbreviations",) and path[-1] != COMMENT
            yield UnfiledFinding(*declaration.document.position(path, is_key), self.id, message, self.severity, self.waivable)


def _address_reserved(declaration: Declaration) -> Iterator[BareFinding]:
    if declaration.local.lower() in ROLE_ADDRESSES:
        what = f"{declaration.local} is a role address of RFC 2142 that the mail service itself needs"
        yield ("address",), f"{what}; add the unit's name, such as labo.{declaration.local}"


def _address_of_a_server(declaration: Declaration) -> Iterator[BareFinding]:
    if declaration.local.lower() in SPECIAL_ACCOUNTS:
        yield ("address",), f"{declaration.local} is an account that the mail servers themselves use; choose another address"


def _file_name(declaration: Declaration) -> Iterator[BareFinding]:
    name = declaration.file.rpartition("/")[2]
    if _PLAIN_LOCAL.fullmatch(declaration.local) and name != f"{declaration.local.lower()}.yml":
        what = f"the file is called {name}, but its address is {shown(declaration.text('address'))}"
        yield ("address",), f"{what}; name the file {declaration.local.lower()}.yml"


def _members_duplicate(declaration: Declaration) -> Iterator[BareFinding]:
    seen: set[str] = set()
    for index, login in declaration.members:
        if login in seen:
            yield ("members", index), f"{shown(login)} is listed twice; keep one of the two"
        seen.add(login)


def _members_special(declaration: Declaration) -> Iterator[BareFinding]:
    for index, login in declaration.members:
        if login in SPECIAL_ACCOUNTS:
            yield ("members", index), f"{login} is not a person's login name but one that the servers themselves use; take it out"


def _abbreviation_unexplained(declaration: Declaration) -> Iterator[BareFinding]:
    for key in declaration.abbreviations if declaration.local and ("address",) not in declaration.document.uncertain else ():
        if not key.strip() or key.lower() not in declaration.local.lower():
            what = f"{shown(key)} does not occur in {shown(declaration.local)}"
            yield ("abbreviations", key), f"{what}; write the abbreviation as it stands in the address, or leave it out"


def day(value: object) -> date | None:
    """A day as it is declared, ``2027-06-30``; None for what is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        return None


def _exception_until(declaration: Declaration) -> Iterator[BareFinding]:
    for index, item in declaration.exceptions:
        until = item.get("until")
        if isinstance(until, str) and _DATE.fullmatch(until) and day(until) is None:
            yield ("exceptions", index, "until"), f"there is no day {until}; write year-month-day, such as 2027-06-30"


def _todo(declaration: Declaration) -> Iterator[BareFinding]:
    for path in declaration.todos:
        yield path, f"{'.'.join(map(str, path))} is still to be written: fill in {WANTED[path]}"


def _use_distribution_list(declaration: Declaration) -> Iterator[BareFinding]:
    return ((("purpose",), words) for words in wording.temporary(declaration.text("purpose")))


def _hard_to_type(declaration: Declaration) -> Iterator[BareFinding]:
    return ((("address",), words) for words in wording.hard_to_type(declaration.local))


def _abbreviation_likely(declaration: Declaration) -> Iterator[BareFinding]:
    if declaration.has_abbreviations:
        for words in wording.likely_abbreviations(declaration.local, [*declaration.abbreviations]):
            yield ("address",), words


def _text_as_pasted(declaration: Declaration) -> Iterator[BareFinding]:
    if declaration.document.text.isascii():  # as nearly every file is
        return
    for path, text in declaration.texts:
        yield from ((path, words) for words in wording.as_pasted(_dotted(path), text))


def _text_cut_off(declaration: Declaration) -> Iterator[BareFinding]:
    texts = dict(declaration.texts) if declaration.document.comments else {}
    for path, (_, _, comment) in declaration.document.comments.items():
        is_joined = comment.lstrip()[1:2].strip() != ""
        if path in texts or (is_joined and path[-1:] != (KEY,)):
            text = texts.get(path, "")
            yield (*path, COMMENT), next(wording.cut_off(_dotted(path), text, comment)) if text else _hidden(comment)


def _hidden(comment: str) -> str:
    return f"{shown(comment.strip())} is a comment, because a # after a blank begins one; put it on a line of its own, after # and a blank"


def _dotted(path: Path) -> str:
    return ".".join(str(step) for step in path if isinstance(step, str))


RULES = (
    Rule("address-reserved", "RFC 2142: these reach whoever runs the domain", _address_reserved, waivable=True),
    Rule("address-reserved", "the servers give these a meaning of their own", _address_of_a_server),
    Rule("schema", "an exception ends on a day that there is", _exception_until),
    Rule("todo", "nobody may take what was not known for what is meant", _todo),
    Rule("schema", "anyone as a member would let everybody in", _members_special),
    Rule("file-name", "one finds a mailbox's file by its address", _file_name),
    Rule("members-duplicate", "the maximum counts people, not lines", _members_duplicate),
    Rule("abbreviation-unexplained", "the address must be clear to outsiders", _abbreviation_unexplained),
    Rule("use-distribution-list", "shared mailboxes are for lasting units", _use_distribution_list, "warning", waivable=True),
    Rule("likely-abbreviation", "the address must be clear to outsiders", _abbreviation_likely, "warning", waivable=True),
    Rule("text-as-pasted", "people and mail programs see what was pasted along", _text_as_pasted, "warning", waivable=True),
    Rule("text-cut-off", "nobody notices that half a sentence is a comment", _text_cut_off, "warning"),
    Rule("hard-to-type", "the address is typed by outsiders, in other languages too", _hard_to_type, "warning", waivable=True),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Where an address is declared: what ``address-unique`` compares. Kept instead of the whole document."""

    key: str
    address: str
    file: str
    line: int
    column: int

    @classmethod
    def of(cls, declaration: Declaration) -> Claim | None:
        address = declaration.text("address")
        return cls(address.lower(), address, declaration.file, *declaration.document.position(("address",))) if address else None


def address_unique(claims: Iterable[Claim]) -> Iterator[Finding]:
    """A finding for each file whose address another file has too, in any letter case."""
    by_address: dict[str, list[Claim]] = {}
    for claim in claims:
        by_address.setdefault(claim.key, []).append(claim)
    for rivals in by_address.values():
        if len(rivals) > 1:
            for claim in rivals:
                others = ", ".join(sorted(rival.file for rival in rivals if rival is not claim))
                message = f"{shown(claim.address)} is declared in {others} too (letter case makes no difference); choose another address"
                yield Finding(claim.file, claim.line, claim.column, "address-unique", "error", message)


DIRECTORY_RULES = {
    "address-in-use": False,
    "member-unknown": False,
    "member-eligible": True,
    "members-duplicate": False,
    "members-staff": True,
    "requester-staff": True,
}
"""The rules that only the directory can tell, and whether an exception can be made."""
_OF_PEOPLE = ("member-unknown", "member-eligible", "members-staff", "requester-staff")
"""Those that get broken without anybody touching the file."""


def directory_findings(declaration: Declaration, view: DirectoryView, told: Container[Path] = ()) -> Iterator[UnfiledFinding]:
    """Faults that only the directory can tell: address in use, unknown or unfit members, a requester who is not staff. Nothing more is
    said of the places that something was ``told`` of already."""
    for path, rule, message in _directory_complaints(declaration, view):
        if path in told or (rule == "members-staff" and _are_misnamed(declaration, view, told)):
            continue
        finding = declaration.document.finding(path, rule, message, waivable=DIRECTORY_RULES[rule])
        is_settled = declaration.file in view.settled and rule in _OF_PEOPLE
        yield replace(finding, severity="warning") if is_settled else finding


def _directory_complaints(declaration: Declaration, view: DirectoryView) -> Iterator[tuple[Path, str, str]]:
    address = declaration.text("address")
    if holder := view.in_use.get(address.lower()):
        yield ("address",), "address-in-use", f"{shown(address)} is already used by {holder}; choose another address"
    elif person := view.people.get(declaration.local.lower()):
        yield ("address",), "address-in-use", f"{shown(declaration.local)} is a login name of {person.dn}; choose another address"
    if declaration.is_retired:
        return
    people = [view.people.get(login) for _, login in declaration.members]
    for (index, login), person in zip(declaration.members, people, strict=True):
        if person is None or not person.active:
            yield ("members", index), "member-unknown", _unknown(login, person, view if index < MANY else None)
        elif not person.is_eligible:
            yield ("members", index), "member-eligible", f"{shown(login)} is neither staff nor student; only they may use a shared mailbox"
    yield from _same_person(declaration, view)
    if people and not any(person and person.is_staff for person in people):
        yield ("members",), "members-staff", "no member is staff; add at least one staff member"
    if ("requested_by",) in declaration.todos:
        return
    requester = view.people.get(declaration.text("requested_by").lower())
    if declaration.text("requested_by") and not (requester and requester.is_staff):
        what = f"{shown(declaration.text('requested_by'))} is not an active staff member"
        yield ("requested_by",), "requester-staff", f"{what}; only staff may ask for a shared mailbox"


def _are_misnamed(declaration: Declaration, view: DirectoryView, told: Container[Path]) -> bool:
    """Whether some member is called by another name than the login: that person may be the one who is staff."""
    return any(
        ("members", index) in told or (login not in view.people and index < MANY and logins_of(login, view))
        for index, login in declaration.members
    )


def _unknown(login: str, person: Person | None, view: DirectoryView | None) -> str:
    if person:
        return f"{shown(login)} has an account that has ended; check the login name, or take this member out"
    if meant := logins_of(login, view):
        return f"{shown(login)} is no login name, but a name or an address of somebody; write {in_words(meant)}"
    return f"{shown(login)} has no account; check the login name, or take this member out"


def _same_person(declaration: Declaration, view: DirectoryView) -> Iterator[tuple[Path, str, str]]:
    """Members who are listed under two of their login names."""
    seen: dict[str, str] = {}
    for index, login in declaration.members:
        person = view.people.get(login)
        if person and seen.setdefault(person.dn, login) != login:
            what = f"{shown(login)} and {shown(seen[person.dn])} are login names of one person ({person.dn})"
            yield ("members", index), "members-duplicate", f"{what}; keep the one that is used to log in to mail"
