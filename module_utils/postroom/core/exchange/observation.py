"""What was read from Exchange, brought together: mailboxes by the names that declarations use."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from ...wire.exchange_objects import AccountRecord, CasRecord, EntryRecord, MailboxRecord, RecipientRecord
from .permissions import PermissionEntry
from .plan import ExchangeMailbox, ExchangeObservation, ExchangePolicy, UnmarkedMailbox


@dataclass(slots=True)
class ExchangeReads:
    """The answers of one observation. Entries, IMAP settings and mailboxes belong together by ``identity``."""

    mailboxes: list[MailboxRecord] = field(default_factory=list)
    full_access: list[EntryRecord] = field(default_factory=list)
    send_as: list[EntryRecord] = field(default_factory=list)
    client_access: list[CasRecord] = field(default_factory=list)
    accounts: list[AccountRecord] = field(default_factory=list)
    recipients: list[RecipientRecord] = field(default_factory=list)


def marked_names(mailboxes: Iterable[MailboxRecord], policy: ExchangePolicy) -> dict[str, list[MailboxRecord]]:
    """The shared mailboxes that are ours, by name: by their mark, or by what a killed run called them. More than one bears the
    same mark when somebody copied it."""
    found: dict[str, list[MailboxRecord]] = {}
    for mailbox in mailboxes:
        for value, ours in ((mailbox.mark, policy.mark_of("")), (str(mailbox.settings.get("Name")), policy.unfinished_name(""))):
            if value.startswith(ours):
                found.setdefault(value.removeprefix(ours), []).append(mailbox)
                break
    return found


def observation(reads: ExchangeReads, policy: ExchangePolicy) -> ExchangeObservation:
    accounts: dict[str, tuple[str, ...]] = {}
    logins = logins_by_principal_name(reads.accounts)
    for account in reads.accounts:
        user = account.user_principal_name or account.distinguished_name
        accounts[account.login] = (*accounts.get(account.login, ()), user)
    in_use = _in_use(reads)
    mailboxes: dict[str, ExchangeMailbox] = {}
    by_identity: dict[str, ExchangeMailbox] = {}
    for name, records in marked_names(reads.mailboxes, policy).items():
        if len(records) > 1:
            in_use[name] = "several mailboxes that carry its mark (" + "; ".join(one.distinguished_name for one in records) + ")"
            continue
        record = records[0]
        mailboxes[name] = by_identity[record.identity] = ExchangeMailbox(
            record.distinguished_name, dict(record.settings), record.addresses, record.on_hold
        )
    for entries, kind in ((reads.full_access, "full_access"), (reads.send_as, "send_as")):
        for entry in entries:
            if live := by_identity.get(entry.identity):
                login = login_of(entry.user, accounts.keys(), logins)
                getattr(live, kind).append(PermissionEntry(entry.user, login, entry.rights, entry.deny))
    for access in reads.client_access:
        if live := by_identity.get(access.identity):
            live.settings["ImapEnabled"] = access.imap_enabled
    return ExchangeObservation(mailboxes, accounts, in_use, _unmarked(reads.mailboxes, policy))


def _unmarked(mailboxes: Iterable[MailboxRecord], policy: ExchangePolicy) -> dict[str, UnmarkedMailbox]:
    """Those that bear neither our mark nor the name of an unfinished one, by their primary address."""
    mailboxes = list(mailboxes)
    ours = {id(record) for records in marked_names(mailboxes, policy).values() for record in records}
    return {
        str(record.settings.get("PrimarySmtpAddress") or "").lower(): UnmarkedMailbox(record.distinguished_name, record.mark)
        for record in mailboxes
        if id(record) not in ours
    }


def logins_by_principal_name(accounts: Iterable[AccountRecord]) -> dict[str, str]:
    return {account.user_principal_name.lower(): account.login for account in accounts}


def login_of(user: str, logins: Container[str], by_principal_name: Mapping[str, str]) -> str:
    """Whose entry this is: ``DOMAIN\\login`` on premises, a user principal name online. Empty for anybody else."""
    domain, _, login = user.lower().rpartition("\\")
    if domain:
        return login if login in logins else ""
    return by_principal_name.get(login, "")


def _in_use(reads: ExchangeReads) -> dict[str, str]:
    """Who has an address, an alias or a login name, in words."""
    in_use: dict[str, str] = {}
    for account in reads.accounts:
        in_use[account.login] = f"the account {account.user_principal_name or account.distinguished_name}"
    for recipient in reads.recipients:
        for taken in (recipient.alias, *recipient.addresses):
            in_use[taken] = f"the {recipient.kind} {recipient.name}"
    for mailbox in reads.mailboxes:
        for taken in (str(mailbox.settings.get("Alias") or "").lower(), *mailbox.addresses):
            in_use[taken] = f"the shared mailbox {mailbox.distinguished_name}"
    in_use.pop("", None)
    return in_use
