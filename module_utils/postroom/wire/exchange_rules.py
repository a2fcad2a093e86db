"""What Get-Mailbox and Get-InboxRule say about mail that is passed on, as dataclasses (see exchange_objects)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .exchange_objects import MailboxRecord, is_true, mailbox_record, text, texts

ACTIONS = {"ForwardTo": "forward", "RedirectTo": "redirect", "ForwardAsAttachmentTo": "forward as attachment"}
"""The properties of a rule that pass mail on, and what each does."""


@dataclass(frozen=True, slots=True)
class ForwardingRecord:
    """Get-Mailbox, with what rules call the mailbox itself (LegacyExchangeDN)."""

    mailbox: MailboxRecord
    legacy_dn: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """Get-InboxRule. ``targets`` are pairs of an action and a recipient, the latter as Exchange shows it: ``"Name" [EX:legacy DN]``
    within the organization, ``"address" [SMTP:address]`` outside. ``properties`` is all that was shown, for a copy."""

    name: str
    identity: str
    is_enabled: bool
    is_hidden: bool
    targets: tuple[tuple[str, str], ...]
    properties: dict[str, str | bool | int | list[str] | None]


def forwarding_record(value: Any, mark_attribute: str) -> ForwardingRecord:
    return ForwardingRecord(mailbox_record(value, mark_attribute), text(getattr(value, "LegacyExchangeDN", None)))


def rule_record(value: Any) -> RuleRecord:
    """Hidden rules are those that the cmdlets do not change (SupportedByTask)."""
    targets = [(action, target) for name, action in ACTIONS.items() for target in texts(getattr(value, name, None))]
    number = text(getattr(value, "RuleIdentity", None)) or text(value.Identity).rpartition("\\")[2]
    return RuleRecord(
        name=text(value.Name),
        identity=number,
        is_enabled=is_true(value.Enabled),
        is_hidden=not is_true(getattr(value, "SupportedByTask", True)),
        targets=tuple(targets),
        properties=_properties(value),
    )


def _properties(value: Any) -> dict[str, str | bool | int | list[str] | None]:
    described = value.PSObject
    names = [one.name for one in (*described.adapted_properties, *described.extended_properties)]
    return {name: _plain(getattr(value, name, None)) for name in names}


def _plain(value: Any) -> str | bool | int | list[str] | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    return list(texts(value)) if isinstance(value, list | tuple) else text(value)
