"""The mailboxes of a Cyrus server in the terms of declarations."""

from __future__ import annotations

from collections.abc import Iterator

from ..live import Grant, LiveMailbox
from .plan import SPECIAL_IDENTIFIERS, CyrusMailbox, CyrusObservation, CyrusPolicy, effective


def live_on_cyrus(observed: CyrusObservation, policy: CyrusPolicy) -> list[LiveMailbox]:
    """All mailboxes, sorted by name; people's own are among them. The administrators' ACL entries are left out.

    A Cyrus server does not tell when somebody last logged in; ``last_mail`` is when INBOX last changed, be it by a message that came or
    by somebody who read one.
    """
    return [_live(name, mailbox, policy) for name, mailbox in sorted(observed.mailboxes.items())]


def _live(name: str, mailbox: CyrusMailbox, policy: CyrusPolicy) -> LiveMailbox:
    return LiveMailbox(
        name=name,
        system="cyrus",
        mark=mailbox.mark,
        is_managed=mailbox.mark == policy.mark or mailbox.unfinished,
        grants=tuple(sorted(_grants(name, mailbox, policy))),
        quota_kib=mailbox.quota_kib,
        used_kib=mailbox.used_kib,
        last_mail=mailbox.last_update,
    )


def _grants(name: str, mailbox: CyrusMailbox, policy: CyrusPolicy) -> Iterator[Grant]:
    for folder, live in mailbox.folders.items():
        for entry, rights in live.acl.items():
            identifier = entry.removeprefix("-")
            if identifier not in policy.administrators:
                yield Grant("rights", identifier, _login(identifier, name), effective(rights), folder, deny=entry.startswith("-"))


def _login(identifier: str, owner: str) -> str:
    """The account behind an ACL identifier: none for everybody, for a group, and for the mailbox's own login."""
    is_account = identifier not in SPECIAL_IDENTIFIERS and not identifier.startswith("group:") and identifier != owner
    return identifier.lower() if is_account else ""
