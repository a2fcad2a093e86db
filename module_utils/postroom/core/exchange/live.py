"""The shared mailboxes of an Exchange server in the terms of declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...wire.exchange_objects import EntryRecord, MailboxRecord, StatisticsRecord
from ..live import Grant, GrantKind, LiveMailbox
from .observation import ExchangeReads, login_of, logins_by_principal_name
from .plan import ExchangePolicy

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
    logins = {account.login for account in reads.accounts}
    by_principal_name = logins_by_principal_name(reads.accounts)
    statistics = {record.guid: record for record in survey.statistics}
    by_identity = {account.identity: account.login for account in reads.accounts}
    imap = {record.identity: record.imap_enabled for record in reads.client_access}
    grants: dict[str, list[Grant]] = {}
    kinds: tuple[tuple[GrantKind, list[EntryRecord]], ...] = (("full access", reads.full_access), ("send as", reads.send_as))
    for kind, entries in kinds:
        for entry in entries:
            login = login_of(entry.user, logins, by_principal_name)
            grants.setdefault(entry.identity, []).append(Grant(kind, entry.user, login, ", ".join(entry.rights), deny=entry.deny))
    found = [
        _live(record, [*grants.get(record.identity, ()), *_on_behalf(record, by_identity)], statistics.get(record.guid), imap, policy)
        for record in reads.mailboxes
    ]
    return sorted(found, key=lambda mailbox: mailbox.name)


def _on_behalf(record: MailboxRecord, logins: Mapping[str, str]) -> Iterator[Grant]:
    """Get-Mailbox names those by where they are in the directory: ``ugent.be/Users/An Janssens``."""
    value = record.settings.get("GrantSendOnBehalfTo")
    for identifier in value if isinstance(value, tuple) else ():
        yield Grant("send on behalf", identifier, logins.get(identifier, ""))


def _live(
    record: MailboxRecord,
    grants: Iterable[Grant],
    statistics: StatisticsRecord | None,
    imap: Mapping[str, bool],
    policy: ExchangePolicy,
) -> LiveMailbox:
    settings = {
        **record.settings,
        "EmailAddresses": tuple(sorted(record.addresses)),
        "ImapEnabled": imap.get(record.identity),
        "LitigationHoldEnabled": record.on_hold,
    }
    address = str(settings.get("PrimarySmtpAddress") or "")
    name = record.mark.removeprefix(policy.mark_of("")) if record.mark.startswith(policy.mark_of("")) else ""
    unfinished = str(settings.get("Name")).startswith(policy.unfinished_name(""))
    if unfinished:
        name = str(settings["Name"]).removeprefix(policy.unfinished_name(""))
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
