"""Mail that mailboxes on Cyrus pass on by Sieve scripts, and the plan to take that away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...wire import managesieve
from ...wire.sieve import Sending, SieveScript, parse_script, script_of
from ...wire.sieve_listing import parse_listing
from ..forwarding import Copy, Forwarding
from ..plan import Change, Detail, Refusal, SystemPlan

UNREADABLE = "unknown"
INCLUDE_GLOBAL = "include :global"


@dataclass(frozen=True, slots=True)
class StoredScript:
    """A Sieve script on the server. At most one of a mailbox is active. ``listing`` is what ``sieved`` prints of the compiled script,
    where it could be asked."""

    name: str
    text: bytes
    is_active: bool
    listing: bytes | None = None


def sieve_forwarding(mailbox: str, own: Collection[str], scripts: Sequence[StoredScript]) -> list[Forwarding]:
    """What a mailbox's scripts pass on. ``own`` are the mailbox's own addresses in lower case, to which a redirect is no forwarding."""
    parsed = {script.name: read(script) for script in scripts}
    reached = _in_effect([script.name for script in scripts if script.is_active], parsed)
    found = {
        Forwarding(mailbox, "sieve", name, one.action, one.target, not one.is_off and name in reached, "; ".join(filter(None, notes)))
        for name, script in parsed.items()
        for one in _passed_on(script, own)
        for notes in [(*one.notes, reached.get(name, ""))]
    }
    return sorted(found)


def sieve_forwardings(scripts: Mapping[str, Sequence[StoredScript]], declared: Mapping[str, str]) -> list[Forwarding]:
    """The same for all mailboxes. ``declared`` are addresses by mailbox; of others the own address is not known."""
    return [
        one
        for mailbox, ours in sorted(scripts.items())
        for one in sieve_forwarding(mailbox, {declared[mailbox].lower()} if mailbox in declared else set(), ours)
    ]


def read(script: StoredScript) -> SieveScript:
    """What a script does: what the server compiled where that is known, else what its text says; both where it is known in part."""
    listed = parse_listing(script.listing) if script.listing is not None else None
    if listed is None:
        return parse_script(script.text)
    if not listed.doubt:
        return listed
    text = parse_script(script.text)
    return script_of([*listed.sendings, *text.sendings], [*listed.includes, *text.includes], listed.doubt)


def _in_effect(active: Iterable[str], parsed: Mapping[str, SieveScript]) -> dict[str, str]:
    """The active script, and those of the mailbox that it includes, however deep, with a note where that is not certain: an include of
    which the name is made up when mail arrives may be of any."""
    reached: set[str] = set()
    waiting = list(active)
    while waiting:
        name = waiting.pop()
        if name in parsed and name not in reached:
            reached.add(name)
            waiting += [include.name for include in parsed[name].includes if not include.is_global and not include.is_off]
    made_up = [
        name for name in reached for one in parsed[name].includes if not (one.is_global or one.is_off or one.is_known)
    ]  # fmt: skip
    possible = {name: f"script {min(made_up)} may include it, by a name that is made up when mail arrives" for name in parsed if made_up}
    return possible | dict.fromkeys(reached, "")


@dataclass(frozen=True, slots=True)
class _PassedOn:
    action: str
    target: str
    notes: tuple[str, ...]
    is_off: bool = False


def _passed_on(script: SieveScript, own: Collection[str]) -> Iterator[_PassedOn]:
    if script.error:
        yield _PassedOn(UNREADABLE, "", (f"the script cannot be read, so look at it: {script.error}",))
    if script.doubt:
        yield _PassedOn(UNREADABLE, "", (f"the script may send more than is known here, so look at it: {script.doubt}",))
    for sending in script.sendings:
        if not _is_own(sending, own):
            yield _PassedOn(sending.action, sending.target, tuple(_notes(sending)), sending.is_off)
    for include in script.includes:
        if include.is_global:
            yield _PassedOn(INCLUDE_GLOBAL, include.name, ("the server administrator's script, which is not looked at",), include.is_off)


def _is_own(sending: Sending, own: Collection[str]) -> bool:
    address = sending.target.strip().lower()
    return (
        sending.is_known
        and sending.target.isascii()
        and (address.removeprefix("mailto:") if sending.action == "notify" else address) in own
    )


def _notes(sending: Sending) -> Iterator[str]:
    if not sending.is_known:
        yield "the address is made up when mail arrives"
    if sending.action == "notify":
        yield "a notice about the mail, not the mail itself"
    if sending.is_off:
        yield "in a rule that is switched off"
    elif sending.is_conditional:
        yield "for some mail only"


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
