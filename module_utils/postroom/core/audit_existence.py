"""Whether each declared mailbox is there, once, and ours; and what is there that no file declares."""

from __future__ import annotations

from collections.abc import Iterator

from .audit_evidence import SHOWN, AuditFinding, Evidence
from .finding import mailbox_of
from .live import LiveMailbox
from .model import Mailbox

BACKENDS = ("cyrus", "exchange")


def unavailable(evidence: Evidence) -> Iterator[AuditFinding]:
    for answer in evidence.answers:
        if not answer.answered:
            message = f"{SHOWN[answer.system]} gave no answer, so nothing is known of what it holds: {answer.message}"
            yield evidence.finding("server-unavailable", "", answer.system, message)
        for message in answer.unread:
            yield evidence.finding("not-read", "", answer.system, message)
        if answer.login_caches:
            found = ", ".join(answer.login_caches)
            message = f"saslauthd on the host keeps passwords that were right in {found}: who is taken out still gets in for up to 8 hours"
            yield evidence.finding("login-cache", "", answer.system, message, found=found)
    asked = {answer.system for answer in evidence.answers}
    for backend in sorted({mailbox.backend for mailbox in evidence.mailboxes} - asked):
        message = f"mailboxes are declared for {SHOWN[backend]}, but the inventory has no such server"
        yield evidence.finding("server-unavailable", "", backend, message)


def invalid(evidence: Evidence) -> Iterator[AuditFinding]:
    for fault in evidence.invalid:
        name = mailbox_of(fault.file)
        if not evidence.only or name in evidence.only:
            message = f"{fault.rule}: {fault.message}"
            yield evidence.finding("declaration-invalid", name, "repository", message, file=fault.file, line=fault.line)


def existence(evidence: Evidence) -> Iterator[AuditFinding]:
    holders = _holders(evidence)
    for mailbox in evidence.mailboxes:
        yield from _on_both(mailbox, evidence)
        for system in (mailbox.backend, "directory"):
            if evidence.answered(system):
                yield from _there(mailbox, system, evidence, holders)


def _there(mailbox: Mailbox, system: str, evidence: Evidence, holders: dict[str, str]) -> Iterator[AuditFinding]:
    several = evidence.found[system].get(mailbox.name, [])
    if not several:
        yield from _not_there(mailbox, system, evidence, holders)
    for live in several[1:] if several and several[0].is_managed else several:
        mark = f"carries the mark {live.mark}" if live.mark else "carries no mark of ownership"
        message = f"{_shown(live)} has the declared name and {mark}: it is left alone"
        found = live.address or live.name
        yield evidence.finding("collides", mailbox, system, message, declared=mailbox.address, found=found, key=("address",))


def _not_there(mailbox: Mailbox, system: str, evidence: Evidence, holders: dict[str, str]) -> Iterator[AuditFinding]:
    if holder := holders.get(mailbox.address.lower()):
        message = f"{holder} has the address {mailbox.address} already"
        yield evidence.finding("collides", mailbox, system, message, declared=mailbox.address, found=holder, key=("address",))
    elif mailbox.state == "present":
        elsewhere = [SHOWN[backend] for backend in BACKENDS if backend != mailbox.backend and evidence.one(backend, mailbox.name)]
        if system == "directory":
            message = "there is no entry of it in the directory, so no mail arrives"
        elif elsewhere:
            message = f"it is not on {SHOWN[system]}: it lives on {elsewhere[0]}"
        else:
            message = f"it is not on {SHOWN[system]}"
        yield evidence.finding("missing", mailbox, system, message, declared=mailbox.address)


def _holders(evidence: Evidence) -> dict[str, str]:
    """Who else has an address, in words: people, and live mailboxes that are not ours."""
    found = {address.lower(): f"the person {one.login}" for one in (evidence.people or {}).values() for address in one.addresses}
    for live in (live for by_name in evidence.found.values() for several in by_name.values() for live in several):
        if not live.is_managed:
            others = str((live.settings or {}).get("EmailAddresses") or "").split(", ")
            found.update(dict.fromkeys((live.address.lower(), *others), _shown(live)))
    found.pop("", None)
    return found


def _shown(live: LiveMailbox) -> str:
    what = "the entry" if live.system == "directory" else "the mailbox"
    return f"{what} {live.name} {'in' if live.system == 'directory' else 'on'} {SHOWN[live.system]}"


def _on_both(mailbox: Mailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    if all(evidence.one(backend, mailbox.name) for backend in BACKENDS):
        (other,) = (backend for backend in BACKENDS if backend != mailbox.backend)
        message = f"it lives on {SHOWN[mailbox.backend]}, as declared, and on {SHOWN[other]} as well"
        yield evidence.finding(
            "on-both-systems", mailbox, other, message, declared=mailbox.backend, found="cyrus and exchange", key=("backend",)
        )


def undeclared(evidence: Evidence) -> Iterator[AuditFinding]:
    """What no file declares. A mailbox whose file is invalid is declared all the same, and one that has a declared address collides."""
    known = evidence.declared.keys() | {mailbox_of(fault.file) for fault in evidence.invalid}
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
