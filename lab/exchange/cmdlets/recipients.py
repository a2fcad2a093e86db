"""Get-Recipient and Get-User."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from lab.exchange.cmdlets.call import Call, listing
from lab.exchange.cmdlets.identity import is_account, is_mailbox, is_recipient
from lab.exchange.cmdlets.mailbox_shape import CUSTOM_ATTRIBUTES, FILTERABLE, IDENTITY, primary_address
from lab.exchange.cmdlets.opath import Getter
from lab.exchange.cmdlets.organization import database_name
from lab.exchange.cmdlets.shapes import Addresses, Shape, Shaped
from lab.exchange.cmdlets.view import State, View
from lab.exchange.pipeline import Record

NOBODYS_GUID = "00000000-0000-0000-0000-000000000000"
_DIRECTORY = "Microsoft.Exchange.Data.Directory"


def _text(name: str) -> Getter:
    return lambda state, view: state.get(name, "")


_RECIPIENT: dict[str, Getter] = {
    **IDENTITY,
    "Alias": _text("Alias"),
    "FirstName": _text("FirstName"),
    "LastName": _text("LastName"),
    "PrimarySmtpAddress": lambda state, view: primary_address(state),
    "EmailAddresses": lambda state, view: Addresses(state.get("EmailAddresses", ())),
    "ExchangeGuid": lambda state, view: uuid.UUID(state.get("ExchangeGuid", NOBODYS_GUID)),
    "Database": lambda state, view: state.get("Database"),
    "HiddenFromAddressListsEnabled": lambda state, view: state.get("HiddenFromAddressListsEnabled", False),
    "EmailAddressPolicyEnabled": lambda state, view: state.get("EmailAddressPolicyEnabled", True),
    **{name: _text(name) for name in CUSTOM_ATTRIBUTES},
}
_USER: dict[str, Getter] = {
    **IDENTITY,
    "FirstName": _text("FirstName"),
    "LastName": _text("LastName"),
    "Sid": lambda state, view: state["Sid"],
    "WindowsEmailAddress": lambda state, view: primary_address(state) or state.get("WindowsEmailAddress", ""),
    "AccountDisabled": lambda state, view: bool(state.get("AccountDisabled")),
    "UserAccountControl": lambda state, view: "AccountDisabled, NormalAccount" if state.get("AccountDisabled") else "NormalAccount",
    "IsSecurityPrincipal": lambda state, view: True,
}
_RECIPIENT_SHAPE = Shape(
    [f"{_DIRECTORY}.Management.ReducedRecipient", f"{_DIRECTORY}.ADObject", "Microsoft.Exchange.Data.ConfigurableObject"], tuple(_RECIPIENT)
)
_USER_SHAPE = Shape(
    [f"{_DIRECTORY}.Management.User", f"{_DIRECTORY}.Management.OrgPersonPresentationObject", f"{_DIRECTORY}.ADObject",
     "Microsoft.Exchange.Data.ConfigurableObject"], tuple(_USER),
)  # fmt: skip
_RECIPIENT_GETTERS = tuple(_RECIPIENT.values())
_USER_GETTERS = tuple(_USER.values())
_USER_FILTERABLE: dict[str, Getter] = {
    **{name.lower(): getter for name, getter in _USER.items()},
    "guid": FILTERABLE["guid"],
    "identity": IDENTITY["DistinguishedName"],
}


def _recipient(state: State, view: View) -> Shaped:
    return _RECIPIENT_SHAPE.make([getter(state, view) for getter in _RECIPIENT_GETTERS], state["Name"], state)


def _user(state: State, view: View) -> Shaped:
    return _USER_SHAPE.make([getter(state, view) for getter in _USER_GETTERS], state["Name"], state)


def get_recipient(call: Call) -> Iterator[Record]:
    """What has an address: mailboxes, what is left of those that were moved online, groups, contacts. Not the accounts without one."""
    call.refuse("RecipientPreviewFilter", "BookmarkDisplayName", "IncludeBookmarkObject")
    types = call["RecipientType"]
    if types and "UserMailbox" not in types:
        return
    accepts = is_mailbox if types or call["Database"] else is_recipient
    database = database_name(call["Database"]) if call["Database"] else None
    yield from listing(call, lambda state: accepts(state) and database in (None, state.get("Database")), _recipient, FILTERABLE)


def get_user(call: Call) -> Iterator[Record]:
    if call["Arbitration"] or call["AuditLog"] or call["PublicFolder"]:
        return
    sees_all = call.store.behaviour.views_entire_forest
    yield from listing(call, lambda state: is_account(state) and (sees_all or "Netbios" not in state), _user, _USER_FILTERABLE)
