"""What was read from Exchange, brought together: mailboxes by the names that declarations use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...wire.exchange_objects import AccountRecord, CasRecord, EntryRecord, MailboxRecord, RecipientRecord
from .collisions import Holder
from .permissions import PermissionEntry
from .plan import ExchangeMailbox, ExchangeObservation, UnmarkedMailbox
from .policy import SHORTENED, ExchangePolicy
from .principals import Principals, in_domain


@dataclass(slots=True)
class ExchangeReads:
    """The answers of one observation. Entries, IMAP settings and mailboxes belong together by ``identity``. ``domains`` are the DNS
    domains of NetBIOS names, both in lower case."""

    mailboxes: list[MailboxRecord] = field(default_factory=list)
    full_access: list[EntryRecord] = field(default_factory=list)
    send_as: list[EntryRecord] = field(default_factory=list)
    client_access: list[CasRecord] = field(default_factory=list)
    accounts: list[AccountRecord] = field(default_factory=list)
    recipients: list[RecipientRecord] = field(default_factory=list)
    domains: dict[str, str] = field(default_factory=dict)


def identities(mailboxes: Iterable[MailboxRecord]) -> dict[str, str]:
    """The Identity of each mailbox by what cmdlets call it, in lower case: mostly that Identity; online also the distinguished name, or
    the name where only one has it."""
    mailboxes = list(mailboxes)
    names = Counter(str(record.settings.get("Name") or "").lower() for record in mailboxes)
    by_name = {name: record.identity for record in mailboxes if names[name := str(record.settings.get("Name") or "").lower()] == 1}
    by_place = {record.distinguished_name.lower(): record.identity for record in mailboxes}
    return {**by_name, **by_place, **{record.identity.lower(): record.identity for record in mailboxes}}


def marked_names(mailboxes: Iterable[MailboxRecord], policy: ExchangePolicy) -> dict[str, list[MailboxRecord]]:
    """The shared mailboxes that are ours, by name: by their mark, or by what a killed run called them. More than one bears the
    same mark when somebody copied it."""
    found: dict[str, list[MailboxRecord]] = {}
    for mailbox in mailboxes:
        if name := name_of(mailbox, policy):
            found.setdefault(name, []).append(mailbox)
    return found


def name_of(mailbox: MailboxRecord, policy: ExchangePolicy) -> str:
    """What declarations call a mailbox of ours; empty when it is not ours. One that a killed run left without the mark bears a name that
    says so or, where Exchange makes up the name, a display name; its alias is the whole name."""
    if mailbox.mark.startswith(policy.mark_of("")):
        return mailbox.mark.removeprefix(policy.mark_of(""))
    for shown in (str(mailbox.settings.get(key) or "") for key in ("Name", "DisplayName")):
        if shown.startswith(policy.unfinished_name("")):
            name = shown.removeprefix(policy.unfinished_name(""))
            return str(mailbox.settings.get("Alias") or "").lower() if SHORTENED in name else name
    return ""


def observation(reads: ExchangeReads, policy: ExchangePolicy) -> ExchangeObservation:
    accounts: dict[str, tuple[str, ...]] = {}
    for account in in_domain(reads.accounts, policy.account_domain):
        user = account.user_principal_name or account.distinguished_name
        accounts[account.login] = (*accounts.get(account.login, ()), user)
    in_use = holders(reads, policy)
    mailboxes: dict[str, ExchangeMailbox] = {}
    by_identity: dict[str, ExchangeMailbox] = {}
    known = identities(reads.mailboxes)
    for name, records in marked_names(reads.mailboxes, policy).items():
        if len(records) > 1:
            several = "; ".join(one.distinguished_name for one in records)
            in_use[name] = Holder(f"several mailboxes that carry its mark ({several})")
            continue
        record = records[0]
        mailboxes[name] = by_identity[record.identity] = ExchangeMailbox(
            record.distinguished_name, dict(record.settings), record.addresses, record.on_hold
        )
    principals = Principals.known(reads.accounts, reads.domains, policy.account_domain)
    for entries, kind in ((reads.full_access, "full_access"), (reads.send_as, "send_as")):
        for entry in entries:
            if live := by_identity.get(known.get(entry.identity.lower(), "")):
                login = principals.login_of(entry.user, entry.sid)
                getattr(live, kind).append(PermissionEntry(entry.user, login, entry.rights, entry.deny, entry.inheritance))
    for access in reads.client_access:
        if live := by_identity.get(known.get(access.identity.lower(), "")):
            live.settings["ImapEnabled"] = access.imap_enabled
    return ExchangeObservation(mailboxes, accounts, in_use, _unmarked(reads.mailboxes, policy))


def _unmarked(mailboxes: Iterable[MailboxRecord], policy: ExchangePolicy) -> dict[str, UnmarkedMailbox]:
    """Those that bear neither our mark nor the name of an unfinished one, by their primary address."""
    return {
        str(record.settings.get("PrimarySmtpAddress") or "").lower(): UnmarkedMailbox(record.distinguished_name, record.mark)
        for record in mailboxes
        if not name_of(record, policy)
    }


def holders(reads: ExchangeReads, policy: ExchangePolicy) -> dict[str, Holder]:
    """Who has an address, an alias or a login name. The addresses and aliases of our own mailboxes are theirs."""
    in_use: dict[str, Holder] = {}
    for account in reads.accounts:
        in_use[account.login] = Holder(f"the account {account.user_principal_name or account.distinguished_name}")
    for recipient in reads.recipients:
        ours = recipient.mark.removeprefix(policy.mark_of("")) if recipient.mark.startswith(policy.mark_of("")) else ""
        holder = Holder(f"the {recipient.kind} {recipient.name}", ours, recipient.primary, recipient.kind)
        in_use |= dict.fromkeys((recipient.alias, *recipient.addresses, ours), holder)
    for mailbox in reads.mailboxes:
        primary = str(mailbox.settings.get("PrimarySmtpAddress") or "").lower()
        holder = Holder(f"the shared mailbox {mailbox.distinguished_name}", name_of(mailbox, policy), primary, "SharedMailbox")
        in_use |= dict.fromkeys((str(mailbox.settings.get("Alias") or "").lower(), *mailbox.addresses), holder)
    in_use.pop("", None)
    return in_use
