"""The shared mailboxes of an Exchange server in the terms of declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...wire.exchange import RIGHTS_OF_NOTHING
from ...wire.exchange_objects import EntryRecord, MailboxRecord, StatisticsRecord
from ..live import Grant, GrantKind, LiveMailbox
from .observation import ExchangeReads, identities, name_of
from .policy import ExchangePolicy
from .principals import Principals, in_domain

KIB = 1024


@dataclass(slots=True)
class ExchangeSurvey:
    """The answers of a look at all shared mailboxes. ``statistics`` belong to a mailbox by ``guid``; ``unread`` says why there are none
    of some mailboxes, in Exchange's words."""

    reads: ExchangeReads = field(default_factory=ExchangeReads)
    statistics: list[StatisticsRecord] = field(default_factory=list)
    unread: tuple[str, ...] = ()


def live_on_exchange(survey: ExchangeSurvey, policy: ExchangePolicy) -> list[LiveMailbox]:
    """All shared mailboxes, sorted by name: that in the mark of ownership; of one that is not ours, the local part of its address."""
    reads = survey.reads
    principals = Principals.known(reads.accounts, reads.domains, policy.account_domain)
    statistics = {record.guid: record for record in survey.statistics}
    people = {account.identity: account.login for account in in_domain(reads.accounts, policy.account_domain)}
    known = identities(reads.mailboxes)
    imap = {known.get(record.identity.lower()): record.imap_enabled for record in reads.client_access}
    grants: dict[str, list[Grant]] = {record.identity: list(_on_behalf(record, people)) for record in reads.mailboxes}
    kinds: tuple[tuple[GrantKind, list[EntryRecord]], ...] = (("full access", reads.full_access), ("send as", reads.send_as))
    for kind, entries in kinds:
        for entry in entries:
            if identity := known.get(entry.identity.lower()):
                grants[identity].append(_grant(kind, entry, principals))
    found = [
        _live(record, grants[record.identity], statistics.get(record.guid), imap.get(record.identity), policy) for record in reads.mailboxes
    ]
    return sorted(found, key=lambda mailbox: mailbox.name)


def _grant(kind: GrantKind, entry: EntryRecord, principals: Principals) -> Grant:
    """Without the rights that give nothing, unless there is no other."""
    rights = [right for right in entry.rights if right not in RIGHTS_OF_NOTHING] or entry.rights
    return Grant(kind, entry.user, principals.login_of(entry.user, entry.sid), ", ".join(rights), deny=entry.deny)


def _on_behalf(record: MailboxRecord, logins: Mapping[str, str]) -> Iterator[Grant]:
    """Get-Mailbox names those by where they are in the directory: ``ugent.be/Users/An Janssens``."""
    value = record.settings.get("GrantSendOnBehalfTo")
    for identifier in value if isinstance(value, tuple) else ():
        yield Grant("send on behalf", identifier, logins.get(identifier, ""))


def _live(
    record: MailboxRecord,
    grants: Iterable[Grant],
    statistics: StatisticsRecord | None,
    imap: bool | None,
    policy: ExchangePolicy,
) -> LiveMailbox:
    settings = {
        **record.settings,
        "EmailAddresses": tuple(sorted(record.addresses)),
        "ImapEnabled": imap,
        "LitigationHoldEnabled": record.on_hold,
    }
    address = str(settings.get("PrimarySmtpAddress") or "")
    name = name_of(record, policy)
    return LiveMailbox(
        name=name or (address.partition("@")[0] or str(settings.get("Alias") or settings.get("Name"))).lower(),
        system="exchange",
        address=address,
        display_name=str(settings.get("DisplayName") or ""),
        mark=record.mark or None,
        is_managed=bool(name),
        grants=tuple(sorted(grants)),
        quota_kib=_kib(str(settings.get("ProhibitSendReceiveQuota") or "")),
        used_kib=statistics.used_bytes // KIB if statistics and statistics.used_bytes is not None else None,
        last_login=statistics.last_logon if statistics else None,
        settings={key: ", ".join(value) if isinstance(value, tuple) else value for key, value in settings.items()},
    )


def _kib(quota: str) -> int | None:
    """What is kept as ``5120MB`` or as ``1024B``; None for ``unlimited``."""
    for unit, size in (("MB", KIB * KIB), ("B", 1)):
        if quota.endswith(unit) and quota.removesuffix(unit).isdigit():
            return int(quota.removesuffix(unit)) * size // KIB
    return None
