"""Whether each declared mailbox is there, once, and ours; and what is there that no file declares."""

from __future__ import annotations

from collections.abc import Iterator

from ...text import mailbox_of
from ..live import LiveMailbox
from ..model import Mailbox
from ..systems import BACKENDS, SYSTEMS, Backend, System, systems_of
from .evidence import AuditFinding, Evidence


def unavailable(evidence: Evidence) -> Iterator[AuditFinding]:
    for answer in evidence.answers:
        if not answer.answered:
            message = f"{SYSTEMS[answer.system].shown} gave no answer, so nothing is known of what it holds: {answer.message}"
            yield evidence.finding("server-unavailable", "", answer.system, message)
        for message in answer.unread:
            yield evidence.finding("not-read", "", answer.system, message)
        if answer.login_caches:
            found = ", ".join(answer.login_caches)
            message = f"saslauthd on the host keeps passwords that were right in {found}: who is taken out still gets in for up to 8 hours"
            yield evidence.finding("login-cache", "", answer.system, message, found=found)
    asked = {answer.system for answer in evidence.answers}
    for backend in sorted({mailbox.backend for mailbox in evidence.mailboxes} - asked):
        message = f"mailboxes are declared for {SYSTEMS[backend].shown}, but the inventory has no such server"
        yield evidence.finding("server-unavailable", "", backend, message)


def invalid(evidence: Evidence) -> Iterator[AuditFinding]:
    for finding in evidence.invalid:
        name = mailbox_of(finding.file)
        if not evidence.only or name in evidence.only:
            message = f"{finding.rule}: {finding.message}"
            yield evidence.finding("declaration-invalid", name, "repository", message, file=finding.file, line=finding.line)


def existence(evidence: Evidence) -> Iterator[AuditFinding]:
    holders, further = _holders(evidence), _further_addresses(evidence)
    for mailbox in evidence.mailboxes:
        yield from _on_both(mailbox, evidence)
        yield from _taken(mailbox, evidence, further.get(mailbox.address.lower(), []))
        if mailbox.name in evidence.holders:
            system, shown = evidence.holders[mailbox.name]
            message = f"{shown} {SYSTEMS[system].place} has the address {mailbox.address}"
            yield evidence.finding("collides", mailbox, system, message, declared=mailbox.address, found=shown, key=("address",))
        for system in systems_of(mailbox.backend):
            if evidence.answered(system):
                yield from _there(mailbox, system, evidence, holders)


def _there(mailbox: Mailbox, system: System, evidence: Evidence, holders: dict[str, str]) -> Iterator[AuditFinding]:
    several = evidence.found[system].get(mailbox.name, [])
    if not several:
        yield from _not_there(mailbox, system, evidence, holders)
    for live in several[1:] if several and several[0].is_managed else several:
        mark = f"carries the mark {live.mark}" if live.mark else "carries no mark of ownership"
        message = f"{_shown(live)} has the declared name and {mark}: it is left alone"
        found = live.address or live.name
        yield evidence.finding("collides", mailbox, system, message, declared=mailbox.address, found=found, key=("address",))


def _taken(mailbox: Mailbox, evidence: Evidence, holders: list[LiveMailbox]) -> Iterator[AuditFinding]:
    """Another mailbox takes the mail of this one. What is not ours is told with what is not there, where the mailbox is not."""
    is_there = evidence.one(mailbox.backend, mailbox.name) is not None
    for live in holders:
        if live.name != mailbox.name and (live.is_managed or is_there):
            message = f"{_shown(live)} has the address {mailbox.address} as a further one"
            yield evidence.finding(
                "collides", mailbox, live.system, message, declared=mailbox.address, found=_shown(live), key=("address",)
            )


def _further_addresses(evidence: Evidence) -> dict[str, list[LiveMailbox]]:
    """Whose addresses, but for the primary ones, by address."""
    found: dict[str, list[LiveMailbox]] = {}
    for live in (live for by_name in evidence.found.values() for several in by_name.values() for live in several):
        for address in _addresses(live) - {live.address.lower()}:
            found.setdefault(address, []).append(live)
    return found


def _addresses(live: LiveMailbox) -> set[str]:
    return {address.lower() for address in str((live.settings or {}).get("EmailAddresses") or "").split(", ") if address}


def _not_there(mailbox: Mailbox, system: System, evidence: Evidence, holders: dict[str, str]) -> Iterator[AuditFinding]:
    if holder := holders.get(mailbox.address.lower()):
        message = f"{holder} has the address {mailbox.address} already"
        yield evidence.finding("collides", mailbox, system, message, declared=mailbox.address, found=holder, key=("address",))
    elif mailbox.state == "present":
        if SYSTEMS[system].holds_mail:
            elsewhere = " and ".join(SYSTEMS[backend].place for backend in _elsewhere(mailbox, evidence))
            message = f"it is not {SYSTEMS[system].place}{f': it lives {elsewhere}' if elsewhere else ''}"
        else:
            message = f"there is no entry of it {SYSTEMS[system].place}, so no mail arrives"
        yield evidence.finding("missing", mailbox, system, message, declared=mailbox.address)


def _holders(evidence: Evidence) -> dict[str, str]:
    """Who else has an address, in words: people, and live mailboxes that are not ours."""
    found = {address.lower(): f"the person {one.login}" for one in (evidence.people or {}).values() for address in one.addresses}
    for live in (live for by_name in evidence.found.values() for several in by_name.values() for live in several):
        if not live.is_managed:
            found.update(dict.fromkeys((live.address.lower(), *_addresses(live)), _shown(live)))
    found.pop("", None)
    return found


def _shown(live: LiveMailbox) -> str:
    kind = SYSTEMS[live.system]
    return f"the {'mailbox' if kind.holds_mail else 'entry'} {live.name} {kind.place}"


def _elsewhere(mailbox: Mailbox, evidence: Evidence) -> list[Backend]:
    return [backend for backend in BACKENDS if backend != mailbox.backend and evidence.one(backend, mailbox.name)]


def _on_both(mailbox: Mailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    for other in _elsewhere(mailbox, evidence) if evidence.one(mailbox.backend, mailbox.name) else []:
        message = f"it lives {SYSTEMS[mailbox.backend].place}, as declared, and {SYSTEMS[other].place} as well"
        found = " and ".join(backend for backend in BACKENDS if backend in (mailbox.backend, other))
        yield evidence.finding("on-both-systems", mailbox, other, message, declared=mailbox.backend, found=found, key=("backend",))


def undeclared(evidence: Evidence) -> Iterator[AuditFinding]:
    """What no file declares. A mailbox whose file is invalid is declared all the same, and one that has a declared address collides."""
    known = evidence.declared.keys() | {mailbox_of(finding.file) for finding in evidence.invalid}
    addresses = {mailbox.address.lower() for mailbox in evidence.mailboxes}
    for system, by_name in evidence.found.items():
        for name, several in sorted(by_name.items()):
            for live in several if name not in known else []:
                found = live.address or name
                if live.is_managed:
                    message = f"{_shown(live)} carries the mark of ownership, but no file declares it"
                    yield evidence.finding("marked-but-undeclared", name, system, message, found=found)
                elif live.address.lower() not in addresses:
                    yield evidence.finding("unmanaged", name, system, f"{_shown(live)} is declared nowhere", found=found)
