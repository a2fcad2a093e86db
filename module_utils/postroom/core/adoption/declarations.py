"""Declarations of mailboxes that live and that no file declares, with TODO where nobody but a person knows what to write."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import yaml

from ...text import printable
from ..cyrus.plan import KIB_PER_GB, MEMBER_RIGHTS
from ..declarations.declaration import TODO, Declaration
from ..declarations.parse import parse
from ..declarations.schema import MailboxSchema
from ..declarations.validate import all_findings
from ..finding import UnfiledFinding
from ..live import LiveMailbox
from ..model import DirectoryView, Person
from ..systems import BACKENDS, SYSTEMS, Backend, System
from .access import AccessPolicy, BareFinding, access

REASON = "adopted"
HEADER = "# yaml-language-server: $schema="


@dataclass(frozen=True, slots=True)
class AdoptionPolicy:
    """``today`` is the day of the adoption; rules that are broken then may be broken for ``exceptions_days``. ``schema_reference`` is
    the schema's path from where the files are going to be."""

    schema: MailboxSchema
    today: date
    exceptions_days: int = 365
    member_rights: str = MEMBER_RIGHTS
    schema_reference: str = ""


@dataclass(frozen=True, slots=True, order=True)
class AdoptionFinding:
    """Something that lives and that no declaration can say, or that somebody has to look at."""

    mailbox: str
    id: str
    system: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AdoptedDeclaration:
    """``content`` is the file's; ``exceptions`` are the rules that it breaks, ``todos`` the keys that are still to be written."""

    name: str
    address: str
    backend: Backend
    content: str
    exceptions: tuple[str, ...]
    todos: tuple[str, ...]


@dataclass(slots=True)
class Adoption:
    """``personal`` counts the mailboxes of people, which are left alone."""

    declarations: list[AdoptedDeclaration] = field(default_factory=list)
    findings: list[AdoptionFinding] = field(default_factory=list)
    personal: int = 0


def adopt(
    live: Iterable[LiveMailbox], people: Mapping[str, Person], declared: Collection[str], policy: AdoptionPolicy, only: Collection[str] = ()
) -> Adoption:
    """Declarations for what lives under a name that is not ``declared``; with ``only``, for these names. All names are in lower case."""
    systems: dict[str, dict[System, LiveMailbox]] = {}
    for mailbox in live:
        if mailbox.name not in declared and (not only or mailbox.name in only):
            systems.setdefault(mailbox.name, {})[mailbox.system] = mailbox
    addresses = {address: person.dn for person in people.values() for address in person.addresses}
    view = DirectoryView(people, addresses)
    found = Adoption()
    for name, here in sorted(systems.items()):
        if name in people and _may_be_own(here) and not any(live.is_managed for live in here.values()):
            found.personal += 1
        elif bare_finding := _not_to_be_declared(name, here, people):
            found.findings.append(AdoptionFinding(name, bare_finding[0], ", ".join(sorted(here)), bare_finding[1]))
        else:
            (backend,) = _backends(here)
            _declare(_Candidate(name, backend, here[backend], here.get("directory")), view, policy, found)
    found.findings.sort()
    return found


def _backends(here: Container[System]) -> list[Backend]:
    return [backend for backend in BACKENDS if backend in here]


def _may_be_own(here: Iterable[System]) -> bool:
    """Whether it lives only where people's own mailboxes are listed beside the shared ones."""
    return all(SYSTEMS[system].lists_own for system in here)


def _not_to_be_declared(name: str, here: Mapping[System, LiveMailbox], people: Mapping[str, Person]) -> BareFinding | None:
    if name in people:
        return "address-in-use", f"{name} is the login name of {people[name].dn}; no file was written"
    backends = _backends(here)
    if len(backends) > 1:
        places = " and ".join(SYSTEMS[backend].place for backend in backends)
        return "lives-twice", f"the mailbox lives {places}, and its mail may be in each of them; no file was written"
    if not backends:
        return "entry-without-mailbox", "the directory has an entry of a mailbox that lives on no system; no file was written"
    if _may_be_own(here) and not any(grant.login for live in here.values() for grant in live.grants):
        return (
            "looks-personal",
            "nobody but its own login has rights, and the directory has no entry: it may have been the own mailbox of somebody who left; "
            "no file was written",
        )
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    backend: Backend
    live: LiveMailbox
    entry: LiveMailbox | None


def _declare(one: _Candidate, view: DirectoryView, policy: AdoptionPolicy, found: Adoption) -> None:
    """Add the declaration, or why there can be none, and what it does not say."""
    rights = access(one.live, one.entry, AccessPolicy(view.people, policy.schema.is_login, policy.member_rights))
    address, bare_findings = _address(one, policy.schema.domain)
    quota, more = _quota(one.live, policy.schema.defaults["quota_gb"])
    bare_findings += [*more, *_entry_findings(one), *rights.bare_findings]
    values: dict[str, Any] = {
        "address": address,
        "display_name": _line(one.live.display_name or (one.entry.display_name if one.entry else "")) or TODO,
        "purpose": _line(str((one.entry.settings or {}).get("purpose") or "") if one.entry else "") or TODO,
        "unit": {"type": TODO, "name": TODO},
        "abbreviations": {},
        "requested_by": TODO,
        "members": rights.members,
        "backend": one.backend,
        "quota_gb": quota,
    }
    if one.entry and one.entry.is_retired:
        values["state"] = "retired"
    declaration = Declaration(f"{one.name}.yml", parse(_render(values, (), one, policy).encode("utf-8", "replace")))
    findings = [finding for finding in all_findings(declaration, policy.schema, view) if finding.severity == "error"]
    impossible = [finding for finding in findings if not finding.waivable and finding.rule != "todo"]
    exceptions = tuple(dict.fromkeys(finding.rule for finding in findings if finding.waivable))
    if impossible:
        bare_findings = [("cannot-be-declared", f"{_in_words(impossible)}; no file was written"), *bare_findings]
    else:
        until = (policy.today + timedelta(days=policy.exceptions_days)).isoformat()
        listed = [{"rule": rule, "reason": REASON, "until": until} for rule in exceptions]
        content = _render({**values, **({"exceptions": listed} if listed else {})}, bare_findings, one, policy)
        todos = tuple(".".join(map(str, path)) for path in declaration.todos)
        found.declarations.append(AdoptedDeclaration(one.name, address, one.backend, content, exceptions, todos))
    found.findings += [AdoptionFinding(one.name, rule, one.backend, message) for rule, message in bare_findings]


def _in_words(findings: Iterable[UnfiledFinding]) -> str:
    return "; ".join(dict.fromkeys(f"{finding.rule}: {finding.message}" for finding in findings))


def _line(text: str) -> str:
    return " ".join(text.split())


def _address(one: _Candidate, domain: str) -> tuple[str, list[BareFinding]]:
    """The address as its system has it; one made of the name where there is none that fits it."""
    found = one.live.address or (one.entry.address if one.entry else "")
    if found.partition("@")[0].lower() == one.name:
        return found, []
    made = f"{one.name}@{domain}"
    return made, [("address-differs", f"the address is {found}, and the mailbox is called {one.name}; {made} was written")] if found else []


def _quota(live: LiveMailbox, default: int) -> tuple[int, list[BareFinding]]:
    """In whole GB, rounded up; enough for what is in use where there is no limit."""
    if live.quota_kib is None:
        quota = max(default, _whole(live.used_kib or 0))
        return quota, [("quota-unlimited", f"there is no quota; {quota} GB were written, and {live.used_kib or 0} KiB are in use")]
    quota = max(1, _whole(live.quota_kib))
    exact = quota * KIB_PER_GB == live.quota_kib
    return quota, [] if exact else [("quota-rounded", f"the quota is {live.quota_kib} KiB, which is not a whole number of GB; rounded up")]


def _whole(kib: int) -> int:
    return -(-kib // KIB_PER_GB)


def _entry_findings(one: _Candidate) -> Iterator[BareFinding]:
    if one.entry is None:
        yield "entry-missing", "the directory has no entry of the mailbox; apply makes one"
        return
    if one.entry.backend and one.entry.backend.lower() != one.backend:
        yield "entry-differs", f"the directory entry says that the mailbox lives on {one.entry.backend}"
    if one.live.display_name and one.entry.display_name != one.live.display_name:
        yield "entry-differs", f"the directory entry calls it {one.entry.display_name}"


def _render(values: Mapping[str, Any], bare_findings: Iterable[BareFinding], one: _Candidate, policy: AdoptionPolicy) -> str:
    """The file. What servers say goes through YAML's own quoting, and into comments without line breaks."""
    text = yaml.dump(
        dict(values), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100_000, default_flow_style=None, indent=2
    )
    place = SYSTEMS[one.backend].shown
    comments = [f"# Adopted from {place} on {policy.today}. Fill in what says {TODO}, and the abbreviations in the address."]
    comments += [f"# {message}" for message in dict.fromkeys(printable(message) for _, message in bare_findings)]
    return "\n".join([f"{HEADER}{policy.schema_reference}", *comments, text])
