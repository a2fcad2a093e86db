"""Mail that mailboxes on Cyrus pass on by Sieve scripts, and the plan to take that away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..wire import managesieve
from ..wire.sieve import Sending, SieveScript, parse_script
from .forwarding import Copy, Forwarding
from .plan import Change, Detail, Refusal, SystemPlan

UNREADABLE = "unknown"
INCLUDE_GLOBAL = "include :global"


@dataclass(frozen=True, slots=True)
class StoredScript:
    """A Sieve script on the server. At most one of a mailbox is active."""

    name: str
    text: bytes
    is_active: bool


def sieve_forwarding(mailbox: str, own: Collection[str], scripts: Sequence[StoredScript]) -> list[Forwarding]:
    """What a mailbox's scripts pass on. ``own`` are the mailbox's own addresses in lower case, to which a redirect is no forwarding."""
    parsed = {script.name: parse_script(script.text) for script in scripts}
    active = _in_effect([script.name for script in scripts if script.is_active], parsed)
    found = {
        Forwarding(mailbox, "sieve", name, action, target, name in active, note)
        for name, script in parsed.items()
        for action, target, note in _passed_on(script, own)
    }
    return sorted(found)


def sieve_forwardings(scripts: Mapping[str, Sequence[StoredScript]], declared: Mapping[str, str]) -> list[Forwarding]:
    """The same for all mailboxes. ``declared`` are addresses by mailbox; of others the own address is not known."""
    return [
        one
        for mailbox, ours in sorted(scripts.items())
        for one in sieve_forwarding(mailbox, {declared[mailbox].lower()} if mailbox in declared else set(), ours)
    ]


def _in_effect(active: Iterable[str], parsed: Mapping[str, SieveScript]) -> set[str]:
    """The active script, and those of the mailbox that it includes, however deep."""
    reached: set[str] = set()
    waiting = list(active)
    while waiting:
        name = waiting.pop()
        if name in parsed and name not in reached:
            reached.add(name)
            waiting += [include.name for include in parsed[name].includes if not include.is_global]
    return reached


def _passed_on(script: SieveScript, own: Collection[str]) -> Iterator[tuple[str, str, str]]:
    if script.error:
        yield UNREADABLE, "", f"the script cannot be read, so look at it: {script.error}"
    for sending in script.sendings:
        if not _is_own(sending, own):
            yield sending.action, sending.target, _note(sending)
    for include in script.includes:
        if include.is_global:
            yield INCLUDE_GLOBAL, include.name, "the server administrator's script, which is not looked at"


def _is_own(sending: Sending, own: Collection[str]) -> bool:
    address = sending.target.strip().lower()
    return (
        sending.is_known
        and sending.target.isascii()
        and (address.removeprefix("mailto:") if sending.action == "notify" else address) in own
    )


def _note(sending: Sending) -> str:
    notes = []
    if not sending.is_known:
        notes.append("the address is made up when mail arrives")
    if sending.action == "notify":
        notes.append("a notice about the mail, not the mail itself")
    if sending.is_conditional:
        notes.append("for some mail only")
    return "; ".join(notes)


@dataclass(frozen=True, slots=True)
class SieveOperation:
    """A ManageSieve command on behalf of a mailbox."""

    owner: str
    command: managesieve.Command

    def __str__(self) -> str:
        return f"as {self.owner}: {self.command}"


def plan_sieve_removal(
    found: Iterable[Forwarding], scripts: Mapping[str, Sequence[StoredScript]], marked: Collection[str]
) -> tuple[SystemPlan[SieveOperation], list[Copy]]:
    """Take away the redirects that are in effect, of the mailboxes that carry the mark; and what is to be kept.

    The active script is deactivated, and then each script that redirects is deleted, as a whole: one without its redirect may do what
    nobody meant, such as discard the mail. Until a member activates another, mail stays in the inbox.
    """
    plan = SystemPlan[SieveOperation]([], [])
    copies: list[Copy] = []
    for mailbox, ours in sorted(_by_mailbox(found).items()):
        if mailbox not in marked:
            plan.refusals.append(Refusal(mailbox, "its forwarding is left: the mailbox carries no mark of ownership"))
            continue
        kept = [Copy(mailbox, "cyrus", script.name, script.text) for script in scripts[mailbox] if script.name in ours]
        first = (SieveOperation(mailbox, managesieve.set_active("")),)
        then = tuple(SieveOperation(mailbox, managesieve.delete_script(copy.name)) for copy in kept)
        details = tuple(Detail(f"forwarding by Sieve script {name}", "; ".join(actions), None) for name, actions in sorted(ours.items()))
        plan.changes.append(Change(mailbox, "cyrus", "update", details, (first, then)))
        copies += kept
    return plan, copies


def redirecting(found: Iterable[Forwarding]) -> list[str]:
    """The mailboxes of which a script redirects mail."""
    return sorted(_by_mailbox(found))


def _by_mailbox(found: Iterable[Forwarding]) -> dict[str, dict[str, list[str]]]:
    """The redirects that are in effect, in words, by mailbox and script."""
    ours: dict[str, dict[str, list[str]]] = {}
    for one in found:
        if one.active and one.action.startswith("redirect"):
            ours.setdefault(one.mailbox, {}).setdefault(one.name, []).append(f"{one.action} to {one.target}")
    return ours
