"""A mailbox as Get-Mailbox returns it: properties, their defaults, and how they are shown."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from lab.exchange.cmdlets.opath import Getter
from lab.exchange.cmdlets.organization import SERVER
from lab.exchange.cmdlets.shapes import UNLIMITED, Addresses, Collection, Shape, Shaped, size_text, unlimited_number, unlimited_size
from lab.exchange.cmdlets.view import State, View, canonical_name, distinguished_name, legacy_dn

KIB, GIB = 2**10, 2**30
CUSTOM_ATTRIBUTES = tuple(f"CustomAttribute{number}" for number in range(1, 16))

# What a mailbox has until someone sets it [documented defaults].
BOOLEANS = {
    "DeliverToMailboxAndForward": False,
    "MessageCopyForSentAsEnabled": False,
    "MessageCopyForSendOnBehalfEnabled": False,
    "HiddenFromAddressListsEnabled": False,
    "RequireSenderAuthenticationEnabled": False,
    "LitigationHoldEnabled": False,
    "RetentionHoldEnabled": False,
    "SingleItemRecoveryEnabled": False,
    "UseDatabaseQuotaDefaults": True,
    "UseDatabaseRetentionDefaults": True,
    "EmailAddressPolicyEnabled": True,
    "ModerationEnabled": False,
    "AuditEnabled": False,
    "AntispamBypassEnabled": False,
    "CalendarVersionStoreDisabled": False,
}
SIZES: dict[str, int | str] = {
    "IssueWarningQuota": UNLIMITED,
    "ProhibitSendQuota": UNLIMITED,
    "ProhibitSendReceiveQuota": UNLIMITED,
    "RecoverableItemsQuota": 30 * GIB,
    "RecoverableItemsWarningQuota": 20 * GIB,
    "CalendarLoggingQuota": 6 * GIB,
    "ArchiveQuota": 100 * GIB,
    "ArchiveWarningQuota": 90 * GIB,
    "MaxSendSize": UNLIMITED,
    "MaxReceiveSize": UNLIMITED,
}
RECIPIENT_LISTS = (
    "GrantSendOnBehalfTo",
    "AcceptMessagesOnlyFrom",
    "AcceptMessagesOnlyFromDLMembers",
    "AcceptMessagesOnlyFromSendersOrMembers",
    "RejectMessagesFrom",
    "RejectMessagesFromDLMembers",
    "RejectMessagesFromSendersOrMembers",
    "ModeratedBy",
    "BypassModerationFromSendersOrMembers",
)
STRINGS = (*CUSTOM_ATTRIBUTES, "SimpleDisplayName", "Office", "MailTip", "RetentionComment", "RetentionUrl", "LitigationHoldOwner")
LISTS = (*(f"ExtensionCustomAttribute{number}" for number in range(1, 6)), "InPlaceHolds")
POLICIES = ("RetentionPolicy", "AddressBookPolicy", "SharingPolicy", "RoleAssignmentPolicy", "ThrottlingPolicy")
DATES = ("LitigationHoldDate", "StartDateForRetentionHold", "EndDateForRetentionHold")


def primary_address(state: State) -> str:
    return next((address[5:] for address in state.get("EmailAddresses", ()) if address.startswith("SMTP:")), "")


def identity(state: State) -> str:
    """The canonical name, which is what an object's Identity is over remoting."""
    return canonical_name(state["OU"], state["Name"])


def references(state: State, view: View, name: str) -> list[str]:
    """Canonical names of the objects a property links to; a link to what is gone is gone."""
    found = (view.by_guid(guid) for guid in state.get(name, ()))
    return Collection(identity(other) for other in found if other is not None)


def moment(stamp: float | None) -> datetime.datetime | None:
    return None if stamp is None else datetime.datetime.fromtimestamp(int(stamp), tz=datetime.UTC)


def _forwarding(state: State, view: View) -> str | None:
    target = view.by_guid(state.get("ForwardingAddress") or "")
    return identity(target) if target else None


def _duration(state: State, _: View) -> Shaped:
    seconds = state.get("LitigationHoldDuration", UNLIMITED)
    return unlimited_number(seconds if isinstance(seconds, str) else f"{seconds // 86400}.00:00:00")


def _plain(name: str, default: Any) -> Getter:
    return lambda state, view: state.get(name, default)


def _sizes(name: str, default: int | str) -> Getter:
    return lambda state, view: unlimited_size(state.get(name, default))


def _reference_list(name: str) -> Getter:
    return lambda state, view: references(state, view, name)


def _date(name: str) -> Getter:
    return lambda state, view: moment(state.get(name))


IDENTITY: dict[str, Getter] = {
    "Identity": lambda state, view: identity(state),
    "Id": lambda state, view: identity(state),
    "Name": lambda state, view: state["Name"],
    "DisplayName": lambda state, view: state["DisplayName"],
    "DistinguishedName": lambda state, view: distinguished_name(state["Name"], state["OU"]),
    "Guid": lambda state, view: uuid.UUID(state["Guid"]),
    "SamAccountName": lambda state, view: f"${state['Guid'][:13].upper()}" if view.behaviour.is_online else state["SamAccountName"],
    "UserPrincipalName": lambda state, view: state["UserPrincipalName"],
    "OrganizationalUnit": lambda state, view: canonical_name(state["OU"]),
    "RecipientType": lambda state, view: "UserMailbox" if "ExchangeGuid" in state else "User",
    "RecipientTypeDetails": lambda state, view: state["RecipientTypeDetails"],
    "WhenCreated": _date("WhenCreated"),
    "WhenChanged": _date("WhenChanged"),
    "WhenCreatedUTC": _date("WhenCreated"),
    "WhenChangedUTC": _date("WhenChanged"),
    "OriginatingServer": lambda state, view: view.dc,
    "ExchangeVersion": lambda state, view: "0.20 (15.0.0.0)",
    "ObjectState": lambda state, view: "Unchanged",
    "IsValid": lambda state, view: True,
}
_MAILBOX: dict[str, Getter] = {
    **IDENTITY,
    "Alias": lambda state, view: state["Alias"],
    "PrimarySmtpAddress": lambda state, view: primary_address(state),
    "WindowsEmailAddress": lambda state, view: primary_address(state),
    "EmailAddresses": lambda state, view: Addresses(state["EmailAddresses"]),
    "ExchangeGuid": lambda state, view: uuid.UUID(state["ExchangeGuid"]),
    "LegacyExchangeDN": lambda state, view: legacy_dn(state),
    "Database": lambda state, view: state["Database"],
    "ServerName": lambda state, view: SERVER.lower(),
    "IsMailboxEnabled": lambda state, view: True,
    "IsShared": lambda state, view: state["RecipientTypeDetails"] == "SharedMailbox",
    "IsResource": lambda state, view: state["RecipientTypeDetails"] in ("RoomMailbox", "EquipmentMailbox"),
    "IsLinked": lambda state, view: False,
    "AccountDisabled": lambda state, view: bool(state.get("AccountDisabled")),
    "ForwardingAddress": _forwarding,
    "ForwardingSmtpAddress": _plain("ForwardingSmtpAddress", None),
    "LitigationHoldDuration": _duration,
    "RetainDeletedItemsFor": lambda state, view: datetime.timedelta(seconds=state.get("RetainDeletedItemsFor", 14 * 86400)),
    "RecipientLimits": lambda state, view: unlimited_number(state.get("RecipientLimits", UNLIMITED)),
    "RulesQuota": lambda state, view: size_text(state.get("RulesQuota", 256 * KIB)),
    "ArchiveGuid": lambda state, view: uuid.UUID(int=0),
    "MailboxMoveStatus": lambda state, view: "None",
    **{name: _plain(name, default) for name, default in BOOLEANS.items()},
    **{name: _sizes(name, default) for name, default in SIZES.items()},
    **{name: _reference_list(name) for name in RECIPIENT_LISTS},
    **{name: _plain(name, "") for name in STRINGS},
    **{name: _plain(name, None) for name in POLICIES},
    **{name: _date(name) for name in DATES},
}
for _name in LISTS:
    _MAILBOX[_name] = lambda state, view, name=_name: Collection(state.get(name, ()))  # type: ignore[misc]

_DIRECTORY = "Microsoft.Exchange.Data.Directory"
_CLASSES = [
    *(f"{_DIRECTORY}.Management.{name}" for name in ("Mailbox", "MailEnabledOrgPerson", "MailEnabledRecipient", "ADPresentationObject")),
    f"{_DIRECTORY}.ADObject",
    f"{_DIRECTORY}.ADRawEntry",
    "Microsoft.Exchange.Data.ConfigurableObject",
]
_GETTERS: tuple[Callable[[State, View], Any], ...] = tuple(_MAILBOX.values())
_SHAPE = Shape(_CLASSES, tuple(_MAILBOX))


def mailbox_object(state: State, view: View) -> Shaped:
    return _SHAPE.make([getter(state, view) for getter in _GETTERS], state["Name"], state)


def _filterable_sizes(name: str, default: int | str) -> Getter:
    return lambda state, view: state.get(name, default)


def _linked_names(name: str) -> Getter:
    """Links are compared by distinguished name."""

    def read(state: State, view: View) -> list[str]:
        kept = state.get(name) or ()
        found = (view.by_guid(guid) for guid in ((kept,) if isinstance(kept, str) else kept))
        return [distinguished_name(other["Name"], other["OU"]) for other in found if other is not None]

    return read


# Made up when an object is shown, so that a domain controller cannot search for them.
_NOT_STORED = ("ObjectState", "IsValid", "Id", "Identity", "OriginatingServer", "MailboxMoveStatus", "IsMailboxEnabled", "AccountDisabled",
               "LitigationHoldDuration", "RulesQuota", "RecipientLimits", "WhenCreatedUTC", "WhenChangedUTC")  # fmt: skip
FILTERABLE: dict[str, Getter] = {
    **{name.lower(): getter for name, getter in _MAILBOX.items() if name not in _NOT_STORED},
    **{name.lower(): _linked_names(name) for name in (*RECIPIENT_LISTS, "ForwardingAddress")},
    **{name.lower(): _filterable_sizes(name, default) for name, default in SIZES.items()},
    "identity": IDENTITY["DistinguishedName"],
    "guid": lambda state, view: state["Guid"],
    "exchangeguid": lambda state, view: state.get("ExchangeGuid"),
    "firstname": _plain("FirstName", ""),
    "lastname": _plain("LastName", ""),
}


def quota_conflict(state: State) -> str | None:
    """The quota that is above ProhibitSendReceiveQuota, if there is one; an unlimited one is compared with nothing [believed]."""
    highest = state.get("ProhibitSendReceiveQuota", UNLIMITED)
    for name in ("IssueWarningQuota", "ProhibitSendQuota"):
        value = state.get(name, UNLIMITED)
        if not isinstance(value, str) and not isinstance(highest, str) and value > highest:
            return name
    return None
