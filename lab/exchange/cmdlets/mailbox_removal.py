"""Disable-Mailbox, Remove-Mailbox and Connect-Mailbox: the account, and the disconnected mailbox that stays in the database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lab.exchange.cmdlets.call import Call, database_not_found
from lab.exchange.cmdlets.conversion import text
from lab.exchange.cmdlets.errors import CmdletError, not_found
from lab.exchange.cmdlets.identity import is_mailbox, resolve
from lab.exchange.cmdlets.mailbox_rules import check_alias, check_unique, policy_address
from lab.exchange.cmdlets.mailbox_shape import mailbox_object
from lab.exchange.cmdlets.organization import database_name
from lab.exchange.cmdlets.shapes import Shaped
from lab.exchange.cmdlets.view import State, legacy_dn
from lab.exchange.pipeline import Output, Record

if TYPE_CHECKING:
    from lab.exchange.store import Write

_ACCOUNT = (
    "Guid",
    "Sid",
    "Name",
    "OU",
    "SamAccountName",
    "UserPrincipalName",
    "FirstName",
    "LastName",
    "DisplayName",
    "AccountDisabled",
    "WhenCreated",
    "Login",
    "Affiliation",
    "ADPermissions",
)
_CONNECTED_KINDS = {"Shared": "SharedMailbox", "Room": "RoomMailbox", "Equipment": "EquipmentMailbox"}
_CONNECT_HANDLED = {*_CONNECTED_KINDS, "Identity", "Database", "User", "Alias", "Force", "DomainController", "Confirm", "WhatIf"}
_OTHER_MAILBOXES = (
    "Archive",
    "Arbitration",
    "PublicFolder",
    "RemoteArchive",
    "AuditLog",
    "AuxAuditLog",
    "Migration",
    "SupervisoryReviewPolicy",
)


def disable_mailbox(call: Call) -> Iterator[Record]:
    """The account stays, without mailbox."""
    call.refuse(*_OTHER_MAILBOXES)
    with call.store.write(call.dc) as write:
        state = resolve(write.view, call["Identity"], is_mailbox)
        _refuse_hold(call, state)
        if not call.approved(
            f'Disabling mailbox Identity:"{state["Name"]}" will remove the Exchange properties from the Active Directory user object.'
        ):
            return
        _disconnect(write, state, "Disabled")
        account = {name: state[name] for name in _ACCOUNT if name in state}
        details = "DisabledUser" if state.get("AccountDisabled") else "User"
        write.put({**account, "RecipientTypeDetails": details, "MailboxDisabled": True, "WhenChanged": time.time()})
    yield from ()


def remove_mailbox(call: Call) -> Iterator[Record]:
    """The account goes too; with -Permanent $true the mailbox goes at once, with all that is in it."""
    call.refuse(*_OTHER_MAILBOXES)
    if "StoreMailboxIdentity" in call:
        _purge_disconnected(call)
        return
    with call.store.write(call.dc) as write:
        state = resolve(write.view, call["Identity"], is_mailbox)
        _refuse_hold(call, state)
        if not call.approved(
            f'Removing mailbox Identity:"{state["Name"]}" will remove the Active Directory user object and mark the mailbox for removal.'
        ):
            return
        _disconnect(write, state, "Disabled")
        if call["Permanent"]:
            call.store.purge(state["ExchangeGuid"])
        write.delete(state["Guid"])
    yield from ()


def _refuse_hold(call: Call, state: State) -> None:
    if state.get("LitigationHoldEnabled") and not call["IgnoreLegalHold"]:
        raise CmdletError(
            "RecipientTaskException",
            f'The mailbox "{state["Name"]}" is on litigation hold and can\'t be disabled or removed. '
            "To do so anyway, use the IgnoreLegalHold switch.",
            "InvalidOperation",
        )


def _disconnect(write: Write, state: State, reason: str) -> None:
    write.store.disconnect(
        state["ExchangeGuid"],
        {
            "MailboxGuid": state["ExchangeGuid"],
            "Database": state["Database"],
            "DisplayName": state["DisplayName"],
            "LegacyDN": legacy_dn(state),
            "DisconnectReason": reason,
            "DisconnectDate": time.time(),
        },
    )


def _purge_disconnected(call: Call) -> None:
    database = _database(call)
    mailbox = _disconnected(call, call["StoreMailboxIdentity"], database)
    if call.approved(f'Removing the disconnected mailbox "{mailbox["DisplayName"]}" permanently'):
        call.store.purge(mailbox["MailboxGuid"])


def _database(call: Call) -> str:
    name = database_name(call["Database"] or "")
    if name is None:
        raise database_not_found(text(call["Database"]))
    return name


def _disconnected(call: Call, identity: Any, database: str) -> dict[str, Any]:
    wanted = (str(identity["MailboxGuid"]) if isinstance(identity, Shaped) else text(identity)).lower()
    found = [
        mailbox
        for mailbox in call.store.disconnected().values()
        if mailbox["Database"] == database
        and wanted in (mailbox["MailboxGuid"], mailbox["DisplayName"].lower(), mailbox["LegacyDN"].lower())
    ]
    if not found:
        raise not_found(wanted, database)
    if len(found) > 1:
        raise CmdletError("ManagementObjectAmbiguousException", f"The mailbox '{wanted}' isn't unique in database '{database}'.")
    return found[0]


def connect_mailbox(call: Call) -> Iterator[Record]:
    """A disconnected mailbox gets an account again, which must have none. Grants, quotas and other settings were the account's: they do
    not come back."""
    call.refuse_all_but(_CONNECT_HANDLED)
    database = _database(call)
    with call.store.write(call.dc) as write:
        mailbox = _disconnected(call, call["Identity"], database)
        if not call["User"]:
            raise CmdletError(
                "RecipientTaskException", "Couldn't find a matching user for the mailbox. Specify one with -User.", "InvalidArgument"
            )
        account = resolve(write.view, call["User"])
        if is_mailbox(account):
            raise CmdletError("RecipientTaskException", f'The user "{account["Name"]}" already has a mailbox.', "InvalidArgument")
        state = _connected(call, account, mailbox, database)
        check_unique(write.view, state)
        if not call.approved(f'Connecting mailbox "{mailbox["DisplayName"]}" to user "{account["Name"]}"'):
            return
        call.store.disconnect(mailbox["MailboxGuid"], None)
        write.put(state)
    view = call.view
    yield Output(mailbox_object(view.objects[state["Guid"]], view))


def _connected(call: Call, account: State, mailbox: dict[str, Any], database: str) -> State:
    kind = next((details for name, details in _CONNECTED_KINDS.items() if call[name]), "UserMailbox")
    disabled = bool(account.get("AccountDisabled"))
    if (kind == "UserMailbox") is disabled:
        state = "disabled" if disabled else "enabled"
        raise CmdletError(
            "RecipientTaskException", f'The user account "{account["Name"]}" is {state}: it can\'t have a {kind}.', "InvalidArgument"
        )
    alias = call["Alias"] or account["SamAccountName"]
    check_alias(alias)
    left = {name: value for name, value in account.items() if name != "MailboxDisabled"}
    return {
        **left,
        "Alias": alias,
        "EmailAddresses": [f"SMTP:{policy_address(alias, call.store.domain)}"],
        "EmailAddressPolicyEnabled": True,
        "ExchangeGuid": str(uuid.UUID(mailbox["MailboxGuid"])),
        "Database": database,
        "RecipientTypeDetails": kind,
        "WhenChanged": time.time(),
    }
