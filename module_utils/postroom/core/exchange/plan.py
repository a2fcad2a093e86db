"""What a shared mailbox must be on Exchange, and what is missing from that."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...wire.powershell import ParameterValue, Pipeline, pipeline
from ..model import Mailbox
from ..plan import ADVICE_TO_ADOPT, MARK, Action, Change, Detail, Refusal, Subject, SystemPlan, lives_elsewhere
from .collisions import Holder, held
from .creation import creation, shown
from .permissions import Kind, PermissionDifference, PermissionEntry, Permissions
from .policy import ExchangePolicy, wanted_settings

CAS_SETTINGS = frozenset({"ImapEnabled"})
"""Settings that belong to Set-CASMailbox; the others are Set-Mailbox's."""


@dataclass(slots=True)
class ExchangeMailbox:
    """A live shared mailbox: ``settings`` by parameter name, in the form in which they are compared; ``addresses`` in lower case."""

    distinguished_name: str
    settings: dict[str, ParameterValue]
    addresses: frozenset[str] = frozenset()
    on_hold: bool = False
    full_access: list[PermissionEntry] = field(default_factory=list)
    send_as: list[PermissionEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnmarkedMailbox:
    """A live shared mailbox that is not ours; ``mark`` is what the mark's attribute holds, if anything."""

    distinguished_name: str
    mark: str = ""


@dataclass(slots=True)
class ExchangeObservation:
    """``mailboxes`` by name: those with our mark, and those that a killed run left without. ``accounts``: user principal names by
    login; more than one when domains share a login name. ``in_use`` says who has an address, an alias or a login name. ``unmarked`` are
    the others by their primary address, in lower case."""

    mailboxes: dict[str, ExchangeMailbox] = field(default_factory=dict)
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_use: Mapping[str, Holder] = field(default_factory=dict)
    unmarked: Mapping[str, UnmarkedMailbox] = field(default_factory=dict)


def plan_exchange(
    mailboxes: Iterable[Mailbox], observed: ExchangeObservation, policy: ExchangePolicy, adopt: Container[str] = ()
) -> SystemPlan[Pipeline]:
    """Compare each declared mailbox with what Exchange holds. Mailboxes without the mark are never touched; those of ``adopt`` get it
    where they have none, and nothing else."""
    plan = SystemPlan[Pipeline]([], [])
    for mailbox in mailboxes:
        live = observed.mailboxes.get(mailbox.name)
        adopted = mailbox.name in adopt
        unmarked = observed.unmarked.get(mailbox.address.lower()) if live is None else None
        refusal = _refusal_to_adopt(mailbox, live, unmarked, policy) if adopted else _refusal(mailbox, live, observed, policy)
        if refusal:
            plan.refusals.append(Refusal(mailbox.name, refusal))
        elif adopted:
            plan.changes += [_adoption(mailbox, unmarked, policy)] if unmarked else []
        elif mailbox.backend == "exchange":
            change, withheld = _change(mailbox, live, observed, policy)
            plan.changes += [change] if change else []
            plan.refusals += [Refusal(mailbox.name, withheld)] if withheld else []
    return plan


def _refusal(mailbox: Mailbox, live: ExchangeMailbox | None, observed: ExchangeObservation, policy: ExchangePolicy) -> str:
    if mailbox.backend != "exchange" and live:
        return lives_elsewhere(mailbox, "exchange")
    unmarked = observed.unmarked.get(mailbox.address.lower())
    can_be_adopted = mailbox.backend == "exchange" and unmarked is not None and not unmarked.mark
    advice = ADVICE_TO_ADOPT.format(name=mailbox.name) if can_be_adopted else "choose another address"
    own = live.addresses if live else ()
    collision = held(mailbox, own, observed.in_use, advice, lives=live is not None)
    if collision or mailbox.backend != "exchange":
        return collision
    if live is None and mailbox.state == "present" and _is_too_large(mailbox, policy):
        return _too_large(mailbox, policy)
    return _without_account(mailbox, observed)


def _is_too_large(mailbox: Mailbox, policy: ExchangePolicy) -> bool:
    return 0 < policy.largest_quota_gb < mailbox.quota_gb


def _too_large(mailbox: Mailbox, policy: ExchangePolicy) -> str:
    return (
        f"{mailbox.file} asks for quota_gb: {mailbox.quota_gb}, and the licence of the mailbox allows {policy.largest_quota_gb}: write "
        f"quota_gb: {policy.largest_quota_gb} or less, or have a licence assigned and largest_quota_gb raised (exchange_mailboxes__server)"
    )


def _without_account(mailbox: Mailbox, observed: ExchangeObservation) -> str:
    if unknown := [login for login in mailbox.entitled if not observed.accounts.get(login)]:
        return f"{mailbox.file} has members without an account that Exchange knows: {', '.join(unknown)}; check their login names"
    if shared := [login for login in mailbox.entitled if len(observed.accounts[login]) > 1]:
        who = "; ".join(f"{login}: {', '.join(observed.accounts[login])}" for login in shared)
        return f"{mailbox.file} has members whose login name belongs to several accounts ({who}); only one of them can be meant"
    return ""


def _refusal_to_adopt(mailbox: Mailbox, live: ExchangeMailbox | None, unmarked: UnmarkedMailbox | None, policy: ExchangePolicy) -> str:
    if mailbox.backend != "exchange":
        return lives_elsewhere(mailbox, "exchange") if live or unmarked else ""
    if unmarked and unmarked.mark:
        return (
            f"{mailbox.file}: {unmarked.distinguished_name} has {unmarked.mark!r} in {policy.mark_attribute}, where the mark of ownership "
            "goes: it is left alone. Empty that attribute, or use another one for the mark (mark_attribute of exchange_mailboxes__server)"
        )
    return ""


def _adoption(mailbox: Mailbox, unmarked: UnmarkedMailbox, policy: ExchangePolicy) -> Change[Pipeline]:
    mark = policy.mark_of(mailbox.name)
    command = pipeline(policy.commands.set_mailbox(unmarked.distinguished_name, {policy.mark_attribute: mark}))
    return Change(mailbox.name, "exchange", "adopt", (Detail(MARK, None, mark),), ((command,),))


def _setting_detail(name: str, before: ParameterValue, after: ParameterValue) -> Detail:
    """Nobody is ever given the right to send on behalf, so who has it loses it."""
    people = before if name == "GrantSendOnBehalfTo" and isinstance(before, tuple) else ()
    return Detail(name, shown(before), shown(after), tuple(Subject(who.lower(), "send on behalf", "ends") for who in people))


def _change(
    mailbox: Mailbox, live: ExchangeMailbox | None, observed: ExchangeObservation, policy: ExchangePolicy
) -> tuple[Change[Pipeline] | None, str]:
    """The change, if any, and what is withheld from it, if anything."""
    if live is None:
        return (creation(mailbox, observed.accounts, policy) if mailbox.state == "present" else None), ""
    settings, withheld = _setting_differences(mailbox, live, policy)
    grants = list(_permission_differences(mailbox, live, observed, policy))
    if live.on_hold:
        withheld += [grant.detail.field for grant in grants if grant.takes_away]
        grants = [grant for grant in grants if not grant.takes_away]
    refusal = _hold(mailbox, withheld) if withheld else ""
    if _is_too_large(mailbox, policy) and (raised := settings.keys() & QUOTAS):
        settings = {name: value for name, value in settings.items() if name not in raised}
        refusal = "; ".join(filter(None, (refusal, _too_large(mailbox, policy))))
    if not settings and not grants:
        return None, refusal
    takes_away = any(grant.takes_away for grant in grants) or "RequireSenderAuthenticationEnabled" in settings
    action: Action = "retire" if mailbox.state == "retired" and takes_away else "update"
    details = [_setting_detail(name, live.settings[name], value) for name, value in settings.items()]
    commands = (*(grant.command for grant in grants), *_setting_commands(live, settings, policy))
    change = Change(mailbox.name, "exchange", action, (*(grant.detail for grant in grants), *details), (commands,))
    return change, refusal


def _permission_differences(
    mailbox: Mailbox, live: ExchangeMailbox, observed: ExchangeObservation, policy: ExchangePolicy
) -> Iterator[PermissionDifference]:
    kinds: tuple[tuple[Kind, list[PermissionEntry]], ...] = (("full access", live.full_access), ("send as", live.send_as))
    for kind, entries in kinds:
        yield from Permissions(kind, live.distinguished_name, observed.accounts, policy.commands).differences(mailbox, entries)


def _hold(mailbox: Mailbox, withheld: list[str]) -> str:
    return (
        f"{mailbox.file}: the mailbox is on litigation hold, so nothing is taken away from it; kept: {', '.join(sorted(withheld))}. "
        "Ask who set the hold, or undo this change of the file until it has ended"
    )


QUOTAS = frozenset({"IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota"})


def _setting_differences(mailbox: Mailbox, live: ExchangeMailbox, policy: ExchangePolicy) -> tuple[dict[str, ParameterValue], list[str]]:
    """Settings that differ, and those that a hold withholds: mail that would be refused from now on."""
    wanted = wanted_settings(mailbox, policy)
    if live.settings.get("Name") == policy.unfinished_name(mailbox.name):
        wanted = {"Name": mailbox.name, **wanted}
    differing = {name: value for name, value in wanted.items() if name in live.settings and live.settings[name] != value}
    if not live.on_hold:
        return differing, []
    withheld = {name for name in differing.keys() & QUOTAS if _size(live.settings[name]) > _size(differing[name])}
    withheld |= {name for name in differing if name == "RequireSenderAuthenticationEnabled" and differing[name]}
    return {name: value for name, value in differing.items() if name not in withheld}, sorted(withheld)


def _size(quota: ParameterValue) -> float:
    text = str(quota)
    return float(text.removesuffix("MB")) if text.endswith("MB") else float("inf")


def _setting_commands(live: ExchangeMailbox, settings: Mapping[str, ParameterValue], policy: ExchangePolicy) -> Iterator[Pipeline]:
    """Set-Mailbox comes last: it may change the name, and with it the distinguished name that the others go by."""
    access = {name: value for name, value in settings.items() if name in CAS_SETTINGS}
    if access:
        yield pipeline(policy.commands.set_cas_mailbox(live.distinguished_name, access))
    ordinary = {name: value for name, value in settings.items() if name not in CAS_SETTINGS}
    if ordinary:
        yield pipeline(policy.commands.set_mailbox(live.distinguished_name, ordinary))
