"""What Exchange's cmdlets put out, as dataclasses. Objects are as wire.clixml reads them, or psrpcore: properties are
attributes, enumerations and Exchange's own types have their text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .clixml import ClixmlObject
from .powershell import ParameterValue

SELF_SID = "S-1-5-10"
"""The mailbox's own account, which has a direct entry on every mailbox."""
SELF_IN_ENGLISH = "NT AUTHORITY\\SELF"
"""Its name on a server in English, and online always; elsewhere it is in the language of the server's Windows."""
MB = 1024 * 1024

QUOTAS = ("IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")
FLAGS = (
    "EmailAddressPolicyEnabled", "UseDatabaseQuotaDefaults", "MessageCopyForSentAsEnabled", "MessageCopyForSendOnBehalfEnabled",
    "DeliverToMailboxAndForward", "HiddenFromAddressListsEnabled", "RequireSenderAuthenticationEnabled",
)  # fmt: skip
TEXTS = ("Name", "DisplayName", "Alias", "UserPrincipalName", "PrimarySmtpAddress", "ForwardingAddress", "ForwardingSmtpAddress")
HOLDS = ("LitigationHoldEnabled", "ComplianceTagHoldApplied", "DelayHoldApplied", "DelayReleaseHoldApplied")
FULL_ACCESS_PROPERTIES = ("Identity", "User", "UserSid", "AccessRights", "IsInherited", "Deny", "AccessControlType", "InheritanceType")
CAS_PROPERTIES = ("Identity", "ImapEnabled")
ACCOUNT_PROPERTIES = ("Identity", "DistinguishedName", "SamAccountName", "UserPrincipalName", "Sid")
STATISTICS_PROPERTIES = ("MailboxGuid", "TotalItemSize", "LastLogonTime")
RECIPIENT_PROPERTIES = ("RecipientTypeDetails", "Name", "Alias", "EmailAddresses", "PrimarySmtpAddress")
"""What the records below are made of, besides the attribute of the mark."""


def mailbox_properties(mark_attribute: str) -> tuple[str, ...]:
    """What a MailboxRecord is made of."""
    others = ("Identity", "DistinguishedName", "ExchangeGuid", "EmailAddresses", "GrantSendOnBehalfTo", "InPlaceHolds")
    return (*others, *HOLDS, *TEXTS, *FLAGS, *QUOTAS, mark_attribute)


def send_as_properties(*, is_online: bool) -> tuple[str, ...]:
    """What the record of an entry about sending is made of: online it has no User, on premises no Trustee."""
    principal = ("Trustee", "TrusteeSidString") if is_online else ("User", "UserSid", "ExtendedRights")
    return ("Identity", *principal, "AccessRights", "IsInherited", "Deny", "AccessControlType", "InheritanceType")


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """Get-Mailbox. ``settings`` by parameter of Set-Mailbox: quotas as ``5120MB`` or ``unlimited``, what is empty as None."""

    identity: str
    distinguished_name: str
    settings: dict[str, ParameterValue]
    addresses: frozenset[str]
    mark: str
    on_hold: bool
    guid: str = ""


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A direct entry of Get-MailboxPermission, Get-ADPermission or Get-RecipientPermission. ``sid`` is empty where the server shows none;
    ``inheritance`` is the entry's InheritanceType, which a removal must name."""

    identity: str
    user: str
    rights: tuple[str, ...]
    deny: bool
    sid: str = ""
    inheritance: str = "All"


@dataclass(frozen=True, slots=True)
class CasRecord:
    """Get-CASMailbox."""

    identity: str
    imap_enabled: bool


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """Get-User. ``login`` is in lower case. ``domain`` is the DNS domain, in lower case: on premises that of Active Directory, online that
    of the user principal name."""

    login: str
    user_principal_name: str
    distinguished_name: str
    identity: str = ""
    sid: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class StatisticsRecord:
    """Get-MailboxStatistics, of the mailbox whose ExchangeGuid is ``guid``. ``last_logon`` is ISO 8601 in UTC."""

    guid: str
    used_bytes: int | None
    last_logon: str | None


@dataclass(frozen=True, slots=True)
class RecipientRecord:
    """Get-Recipient. ``addresses`` are in lower case, without their type, ``primary`` is one of them."""

    kind: str
    name: str
    alias: str
    addresses: frozenset[str] = field(default_factory=frozenset)
    primary: str = ""
    mark: str = ""


def mailbox_record(value: Any, mark_attribute: str) -> MailboxRecord:
    settings: dict[str, ParameterValue] = {name: text(getattr(value, name, None)) or None for name in TEXTS}
    settings |= {name: is_true(flag) for name in FLAGS if (flag := getattr(value, name, None)) is not None}
    settings |= {name: megabytes(text(getattr(value, name, None))) for name in QUOTAS}
    settings["GrantSendOnBehalfTo"] = texts(getattr(value, "GrantSendOnBehalfTo", None)) or None
    mark = text(getattr(value, mark_attribute, None))
    settings[mark_attribute] = mark or None
    return MailboxRecord(
        identity=text(value.Identity),
        distinguished_name=text(value.DistinguishedName),
        settings=settings,
        addresses=addresses_of(value),
        mark=mark,
        on_hold=any(is_true(getattr(value, hold, None)) for hold in HOLDS) or bool(texts(getattr(value, "InPlaceHolds", None))),
        guid=text(getattr(value, "ExchangeGuid", None)).lower(),
    )


@dataclass(slots=True)
class OwnAccount:
    """How the mailbox's own account is told from others: by its SID, else by one of these names, in lower case. ``seen`` says whether it
    was ever met: every mailbox has an entry of it, so when none was, its name is not among these."""

    names: frozenset[str] = frozenset({SELF_IN_ENGLISH.lower()})
    seen: bool = False

    def has(self, user: str, sid: str) -> bool:
        found = sid == SELF_SID if sid else user.lower() in self.names or user.upper() == SELF_SID
        self.seen = self.seen or found
        return found


def full_access_record(value: Any, own: OwnAccount) -> EntryRecord | None:
    """None for an entry that is inherited, the mailbox's own, or about sending only, which other cmdlets tell and change."""
    rights = tuple(right for right in split_rights(value.AccessRights) if not _is_send_as(right))
    return _entry(value, value.User, rights, own)


def send_as_record(value: Any, own: OwnAccount) -> EntryRecord | None:
    """None for an entry that is inherited, the mailbox's own, or about another right. Online the user is called Trustee."""
    is_online = hasattr(value, "Trustee")
    rights = split_rights(value.AccessRights if is_online else getattr(value, "ExtendedRights", None))
    return _entry(value, value.Trustee if is_online else value.User, ("Send As",) if any(map(_is_send_as, rights)) else (), own)


def split_rights(value: Any) -> tuple[str, ...]:
    """One element can hold several names: ``FullAccess, ReadPermission``."""
    return tuple(dict.fromkeys(name.strip() for element in texts(value) for name in element.split(",") if name.strip()))


def _is_send_as(right: str) -> bool:
    return right.replace("-", "").replace(" ", "").lower() == "sendas"


def _entry(value: Any, principal: Any, rights: tuple[str, ...], own: OwnAccount) -> EntryRecord | None:
    """Online there can be no IsInherited: then all are direct."""
    if is_true(getattr(value, "IsInherited", None)) or not rights:
        return None
    user, sid = text(principal), _sid(value, principal)
    if own.has(user, sid):
        return None
    deny = is_true(getattr(value, "Deny", None)) or text(getattr(value, "AccessControlType", None)) == "Deny"
    return EntryRecord(text(value.Identity), user, rights, deny, sid, text(getattr(value, "InheritanceType", None)) or "All")


def _sid(value: Any, principal: Any) -> str:
    """Online a property of the entry, of a fully serialised one (``serializationLevel=Full``) one of its user."""
    shown = (getattr(value, "UserSid", None), getattr(value, "TrusteeSidString", None), getattr(principal, "SecurityIdentifier", None))
    return next((sid for sid in map(text, shown) if sid.upper().startswith("S-1-")), "").upper()


def own_name(value: Any) -> str:
    """Get-SecurityPrincipal: the name of the mailbox's own account, in lower case; empty for any other principal."""
    name = text(getattr(value, "UserFriendlyName", None)) or text(getattr(value, "Name", None))
    return name.lower() if text(getattr(value, "Sid", None)).upper() == SELF_SID else ""


def cas_record(value: Any) -> CasRecord:
    return CasRecord(text(value.Identity), is_true(value.ImapEnabled))


def account_record(value: Any, *, is_online: bool) -> AccountRecord:
    """Online, SamAccountName is made up; people log in with the local part of their user principal name."""
    principal = text(value.UserPrincipalName)
    login = principal.partition("@")[0] if is_online else text(value.SamAccountName)
    place = text(value.DistinguishedName)
    return AccountRecord(
        login=login.lower(),
        user_principal_name=principal,
        distinguished_name=place,
        identity=text(getattr(value, "Identity", None)),
        sid=text(getattr(value, "Sid", None)).upper(),
        domain=(principal.partition("@")[2] if is_online else domain_of(place)).lower(),
    )


def domain_of(distinguished_name: str) -> str:
    """``ugent.be`` for ``CN=An,OU=People,DC=ugent,DC=be``."""
    return ".".join(re.findall(r"(?:^|,)DC=([^,]+)", distinguished_name, re.IGNORECASE))


def statistics_record(value: Any) -> StatisticsRecord:
    return StatisticsRecord(
        guid=text(value.MailboxGuid).lower(),
        used_bytes=size(text(getattr(value, "TotalItemSize", None))),
        last_logon=iso_time(getattr(value, "LastLogonTime", None)),
    )


def iso_time(moment: Any) -> str | None:
    """A DateTime as ISO 8601 in UTC. One without a zone is taken for UTC: it is at most a day beside the truth. Online it can be text, in
    ISO 8601 or as in the United States; any other text is not told from days and months the other way round, and is none."""
    if not hasattr(moment, "utcoffset"):
        moment = _moment_in(text(moment))
    if moment is None:
        return None
    shift = moment.utcoffset()
    return f"{moment - shift if shift else moment:%Y-%m-%dT%H:%M:%SZ}"


def _moment_in(shown: str) -> datetime | None:
    """Raises nothing: what is no time is None."""
    try:
        return datetime.fromisoformat(shown) if shown[:4].isdigit() else datetime.strptime(shown, "%m/%d/%Y %I:%M:%S %p")
    except ValueError:
        return None


def recipient_record(value: Any, mark_attribute: str) -> RecipientRecord:
    return RecipientRecord(
        kind=text(value.RecipientTypeDetails),
        name=text(value.Name),
        alias=text(getattr(value, "Alias", None)).lower(),
        addresses=addresses_of(value),
        primary=text(getattr(value, "PrimarySmtpAddress", None)).lower(),
        mark=text(getattr(value, mark_attribute, None)),
    )


def addresses_of(value: Any) -> frozenset[str]:
    """All SMTP addresses in lower case, the primary one included."""
    proxies = texts(getattr(value, "EmailAddresses", None))
    found = {proxy.partition(":")[2] for proxy in proxies if proxy.lower().startswith("smtp:")}
    found.add(text(getattr(value, "PrimarySmtpAddress", None)))
    return frozenset(address.lower() for address in found if address)


def size(shown: str) -> int | None:
    """The bytes of ``5 GB (5,368,709,120 bytes)``: the digits between the brackets, whatever the culture puts between them."""
    inner = re.search(r"\(([^)]*)\)", shown)
    return int("".join(re.findall(r"\d", inner[1])) or "0") if inner else None


def megabytes(quota: str) -> str:
    """``5 GB (5,368,709,120 bytes)`` is ``5120MB``."""
    number = size(quota)
    if number is None:
        return quota.lower()
    return f"{number // MB}MB" if number % MB == 0 else f"{number}B"


def text(value: Any) -> str:
    """A property's text: of a string itself, of another object what PowerShell shows for it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, ClixmlObject):
        return value.shown
    extended = getattr(value, "PSObject", None)
    shown = extended.to_string if extended is not None else None
    return shown if shown is not None else str(value)


def is_true(value: Any) -> bool:
    """A flag: a SwitchParameter, such as Deny, arrives as an object of which only the text says what it is."""
    return value if isinstance(value, bool) else text(value).lower() == "true"


def texts(value: Any) -> tuple[str, ...]:
    """A multi-valued property; one value, or none, counts as a list of it."""
    if value is None or (isinstance(value, str) and value == ""):
        return ()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(map(text, value))
    return (text(value),)
