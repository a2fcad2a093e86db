"""Get-, New-, Enable-, Disable- and Remove-InboxRule. Rules are in the mailbox, not in the directory: no replication delay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lab.exchange.cmdlets.call import Call
from lab.exchange.cmdlets.conversion import text
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.identity import is_mailbox, matches, resolve
from lab.exchange.cmdlets.mailbox_shape import identity
from lab.exchange.cmdlets.shapes import Collection, Shape, Shaped
from lab.exchange.cmdlets.view import State, View, legacy_dn
from lab.exchange.pipeline import Output, Record, Warned

_RECIPIENTS = ("From", "SentTo", "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo")
_WORDS = ("SubjectContainsWords", "BodyContainsWords", "SubjectOrBodyContainsWords")
_FLAGS = ("DeleteMessage", "MarkAsRead", "StopProcessingRules")
_SHAPE = Shape(
    ["Microsoft.Exchange.Management.Common.InboxRule", "Microsoft.Exchange.Data.ConfigurableObject"],
    (
        "Identity",
        "RuleIdentity",
        "Name",
        "Enabled",
        "Priority",
        "Description",
        "MailboxOwnerId",
        "InError",
        "SupportedByTask",
        *_RECIPIENTS,
        *_WORDS,
        *_FLAGS,
        "IsValid",
        "ObjectState",
    ),
)
_OUTLOOK_WARNING = (
    "When the Inbox rules are changed through this command, any rules that were created in Outlook and are client-side will be deleted."
)
# A rule's number in a message store has 64 bits; this makes ours look like one.
_OFFSET = 2**62


def _object(state: State, view: View, number: int, rule: dict[str, Any], priority: int) -> Shaped:
    owner = identity(state)
    lists = [Collection(_recipient(view, item) for item in rule.get(name, ())) or None for name in _RECIPIENTS]
    words = [Collection(rule[name]) if rule.get(name) else None for name in _WORDS]
    values = (
        f"{owner}\\{number + _OFFSET}",
        number + _OFFSET,
        rule.get("Name", ""),
        rule.get("Enabled", True),
        rule.get("Priority", priority),
        rule.get("Description", ""),
        owner,
        False,
        not rule.get("Hidden", False),
        *lists,
        *words,
        *(rule.get(name, False) for name in _FLAGS),
        True,
        "Unchanged",
    )
    return _SHAPE.make(values, str(rule.get("Name", "")), {"Guid": state["Guid"], "Number": number})


def _recipient(view: View, address: str) -> str:
    """As rules show recipients: ``"Name" [EX:legacy DN]`` within the organisation, ``"address" [SMTP:address]`` outside."""
    found = matches(view, address, is_mailbox)
    if len(found) == 1:
        return f'"{found[0]["DisplayName"]}" [EX:{legacy_dn(found[0])}]'
    return f'"{address}" [SMTP:{address}]'


def _rules(call: Call, state: State, *, hidden: bool) -> list[tuple[int, dict[str, Any]]]:
    return [(number, rule) for number, rule in call.store.inbox_rules(state["ExchangeGuid"]) if hidden or not rule.get("Hidden")]


def _target(call: Call) -> tuple[State, str | None]:
    """The mailbox, and the rule's name or number if one is meant."""
    view, given = call.view, call["Identity"]
    if isinstance(given, Shaped):
        state = resolve(view, given, is_mailbox)
        number = given.source.get("Number") if isinstance(given.source, dict) else None
        return state, None if number is None else str(number + _OFFSET)
    mailbox, rule = call["Mailbox"], text(given)
    if "\\" in rule and not mailbox:
        mailbox, _, rule = rule.rpartition("\\")
    return resolve(view, mailbox or _own_mailbox(call), is_mailbox), rule or None


def _own_mailbox(call: Call) -> str:
    raise CmdletError("RecipientTaskException", "The mailbox must be specified: the calling account has none.", "InvalidArgument")


def _chosen(call: Call, state: State, rule: str | None, *, hidden: bool) -> list[tuple[int, dict[str, Any]]]:
    rules = _rules(call, state, hidden=hidden)
    if rule is None:
        return rules
    found = [
        (number, kept)
        for number, kept in rules
        if rule in (str(number + _OFFSET), kept.get("Name")) or rule.lower() == str(kept.get("Name")).lower()
    ]
    if not found:
        raise CmdletError("ManagementObjectNotFoundException", f"The Inbox rule '{rule}' wasn't found in mailbox '{identity(state)}'.")
    if len(found) > 1:
        raise CmdletError(
            "ManagementObjectAmbiguousException", f"There are several Inbox rules named '{rule}' in mailbox '{identity(state)}'."
        )
    return found


def get_inbox_rule(call: Call) -> Iterator[Record]:
    call.refuse("SweepRules")
    state, rule = _target(call)
    view = call.view
    for priority, (number, kept) in enumerate(_chosen(call, state, rule, hidden=bool(call["IncludeHidden"])), 1):
        yield Output(_object(state, view, number, kept, priority))


def new_inbox_rule(call: Call) -> Iterator[Record]:
    view = call.view
    state = resolve(view, call["Mailbox"] or _own_mailbox(call), is_mailbox)
    rule: dict[str, Any] = {"Name": call["Name"], "Enabled": True}
    rule |= {name: [_address(view, item) for item in call[name]] for name in _RECIPIENTS if call[name]}
    rule |= {name: list(call[name].values or ()) for name in _WORDS if call[name]}
    rule |= {name: call[name] for name in (*_FLAGS, "Priority") if name in call}
    if not any(rule.get(name) for name in ("ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "DeleteMessage", "MarkAsRead")):
        raise CmdletError("RecipientTaskException", "The Inbox rule has no action. At least one must be specified.", "InvalidArgument")
    if not call.approved(f'Creating Inbox rule "{rule["Name"]}" for mailbox "{state["Name"]}"'):
        return
    number = call.store.add_inbox_rule(state["ExchangeGuid"], rule)
    if not call["AlwaysDeleteOutlookRulesBlob"]:
        yield Warned(_OUTLOOK_WARNING)
    yield Output(_object(state, view, number, rule, len(_rules(call, state, hidden=False))))


def _address(view: View, recipient: str) -> str:
    """What the rule keeps: a recipient by its legacy name, anyone else by the SMTP address."""
    if matches(view, recipient, is_mailbox):
        return recipient
    address = recipient.removeprefix("smtp:").removeprefix("SMTP:")
    if "@" not in address:
        raise CmdletError("ManagementObjectNotFoundException", f'Couldn\'t find recipient "{recipient}".')
    return address


def _change(call: Call, verb: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Iterator[Record]:
    state, rule = _target(call)
    if rule is None:
        raise CmdletError("RecipientTaskException", "The Inbox rule must be specified.", "InvalidArgument")
    [(number, kept)] = _chosen(call, state, rule, hidden=False)
    if call.approved(f'{verb} Inbox rule "{kept.get("Name")}" of mailbox "{state["Name"]}".'):
        call.store.change_inbox_rule(number, change(kept))
        if not call["AlwaysDeleteOutlookRulesBlob"]:
            yield Warned(_OUTLOOK_WARNING)


def enable_inbox_rule(call: Call) -> Iterator[Record]:
    return _change(call, "Enabling", lambda rule: {**rule, "Enabled": True})


def disable_inbox_rule(call: Call) -> Iterator[Record]:
    return _change(call, "Disabling", lambda rule: {**rule, "Enabled": False})


def remove_inbox_rule(call: Call) -> Iterator[Record]:
    return _change(call, "Removing", lambda rule: None)
