"""Mail that mailboxes on Exchange pass on: by their properties, and by inbox rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ...wire.exchange_rules import ForwardingRecord, RuleRecord
from ...wire.powershell import Pipeline, pipeline
from ..forwarding import Copy, Forwarding
from ..model import Mailbox
from ..plan import Change, Detail, Refusal, SystemPlan
from .policy import ExchangePolicy

EVERY = "*"


@dataclass(slots=True)
class RuledMailbox:
    """A shared mailbox under the name that declarations go by, with its rules."""

    name: str
    is_marked: bool
    record: ForwardingRecord
    rules: list[RuleRecord] = field(default_factory=list)

    @property
    def identity(self) -> str:
        return self.record.mailbox.distinguished_name


def chosen(
    records: Iterable[ForwardingRecord], mailboxes: Sequence[Mailbox], others: Collection[str], policy: ExchangePolicy
) -> list[RuledMailbox]:
    """The mailboxes to look at: those with the mark or the address of a declared one, and the ``others``, by name."""
    wanted = {mailbox.name for mailbox in mailboxes} | set(others)
    addresses = {mailbox.address.lower(): mailbox.name for mailbox in mailboxes}
    found = []
    for record in records:
        mark = record.mailbox.mark
        is_marked = mark.startswith(policy.mark_of(""))
        name = mark.removeprefix(policy.mark_of("")) if is_marked else _name(record, addresses)
        if name in wanted or EVERY in others:
            found.append(RuledMailbox(name, is_marked, record))
    return sorted(found, key=lambda one: (one.name, one.identity))


def _name(record: ForwardingRecord, declared: dict[str, str]) -> str:
    for address in sorted(record.mailbox.addresses):
        if address in declared:
            return declared[address]
    return str(record.mailbox.settings.get("PrimarySmtpAddress") or record.mailbox.settings.get("Alias")).partition("@")[0].lower()


def exchange_forwarding(mailbox: RuledMailbox) -> list[Forwarding]:
    """What one mailbox passes on, but for what comes back to it."""
    return sorted({*_by_properties(mailbox), *_by_rules(mailbox)})


def _by_properties(mailbox: RuledMailbox) -> Iterator[Forwarding]:
    settings = mailbox.record.mailbox.settings
    note = "a copy stays in the mailbox" if settings.get("DeliverToMailboxAndForward") else "nothing stays in the mailbox"
    recipient = str(settings.get("ForwardingAddress") or "")
    if recipient and recipient.lower() not in {mailbox.record.mailbox.identity.lower(), mailbox.identity.lower()}:
        yield Forwarding(mailbox.name, "property", "ForwardingAddress", "forward", recipient, True, note)
    address = str(settings.get("ForwardingSmtpAddress") or "")
    address = address[5:] if address.lower().startswith("smtp:") else address
    if address and address.lower() not in mailbox.record.mailbox.addresses:
        note = "not in effect beside ForwardingAddress" if recipient else note
        yield Forwarding(mailbox.name, "property", "ForwardingSmtpAddress", "forward", address, not recipient, note)


def _by_rules(mailbox: RuledMailbox) -> Iterator[Forwarding]:
    for rule in mailbox.rules:
        for action, target in _targets(mailbox, rule):
            note = "a hidden rule, which Outlook does not show" if rule.is_hidden else ""
            yield Forwarding(mailbox.name, "inbox-rule", rule.name, action, target, rule.is_enabled, note)


def _targets(mailbox: RuledMailbox, rule: RuleRecord) -> Iterator[tuple[str, str]]:
    """Where a rule passes mail on to, but for the mailbox itself."""
    own = {f"[smtp:{address}]" for address in mailbox.record.mailbox.addresses}
    own |= {f"[ex:{mailbox.record.legacy_dn}]".lower()} if mailbox.record.legacy_dn else set()
    yield from ((action, target) for action, target in rule.targets if not target.lower().endswith(tuple(own)))


def plan_rule_removal(
    found: Iterable[RuledMailbox], mailboxes: Iterable[Mailbox], policy: ExchangePolicy
) -> tuple[SystemPlan[Pipeline], list[Copy]]:
    """Take away the rules in effect that pass mail on, of the declared mailboxes that carry the mark, and what is to be kept of them.

    The properties are not planned here: exchange_mailboxes keeps them empty, whatever the operator says about forwarding.
    """
    declared = {mailbox.name for mailbox in mailboxes if mailbox.backend == "exchange"}
    plan = SystemPlan[Pipeline]([], [])
    copies: list[Copy] = []
    for mailbox in found:
        rules = [(rule, targets) for rule in mailbox.rules if rule.is_enabled and (targets := list(_targets(mailbox, rule)))]
        if mailbox.name not in declared or not rules:
            continue
        if not mailbox.is_marked:
            plan.refusals.append(Refusal(mailbox.name, "its forwarding is left: the mailbox carries no mark of ownership"))
            continue
        plan.refusals += [Refusal(mailbox.name, _hidden(rule)) for rule, _ in rules if rule.is_hidden]
        shown = [(rule, targets) for rule, targets in rules if not rule.is_hidden]
        if shown:
            plan.changes.append(_removal(mailbox, shown, policy))
            copies += [Copy(mailbox.name, "exchange", rule.name, _content(mailbox, rule)) for rule, _ in shown]
    return plan, copies


def _removal(mailbox: RuledMailbox, rules: Sequence[tuple[RuleRecord, list[tuple[str, str]]]], policy: ExchangePolicy) -> Change[Pipeline]:
    details = tuple(
        Detail(f"forwarding by inbox rule {rule.name}", "; ".join(f"{action} to {target}" for action, target in targets), None)
        for rule, targets in rules
    )
    commands = tuple(pipeline(policy.commands.remove_inbox_rule(mailbox.identity, rule.identity)) for rule, _ in rules)
    return Change(mailbox.name, "exchange", "update", details, (commands,))


def _hidden(rule: RuleRecord) -> str:
    return f"the hidden inbox rule {rule.name} passes mail on, and Exchange's cmdlets do not remove hidden rules: do it with MFCMAPI"


def _content(mailbox: RuledMailbox, rule: RuleRecord) -> bytes:
    kept = {"mailbox": mailbox.identity, "rule": rule.properties}
    return (json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
