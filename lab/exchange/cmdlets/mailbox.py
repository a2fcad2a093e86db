"""Get-Mailbox and New-Mailbox."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Iterator
from typing import Any

from lab.exchange.cmdlets.call import Call, database_not_found, listing, unit_not_found
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.identity import is_mailbox
from lab.exchange.cmdlets.mailbox_rules import check_account_name, check_alias, check_lengths, check_unique, policy_address
from lab.exchange.cmdlets.mailbox_shape import FILTERABLE, mailbox_object
from lab.exchange.cmdlets.organization import DATABASES, database_name, unit_dn
from lab.exchange.cmdlets.view import State
from lab.exchange.pipeline import Output, Record

# Kinds of mailbox that this organisation has none of: Get-Mailbox with one of these switches finds nothing.
_OTHER_KINDS = (
    "Arbitration",
    "Archive",
    "AuditLog",
    "AuxAuditLog",
    "GroupMailbox",
    "Migration",
    "Monitoring",
    "PublicFolder",
    "RemoteArchive",
    "SupervisoryReviewPolicy",
)
_NEW_KINDS = {"Shared": "SharedMailbox", "Room": "RoomMailbox", "Equipment": "EquipmentMailbox"}
_NEW_HANDLED = {
    *_NEW_KINDS,
    *("Name", "DisplayName", "Alias", "PrimarySmtpAddress", "OrganizationalUnit", "Database", "UserPrincipalName", "SamAccountName"),
    *("FirstName", "LastName", "Password", "ResetPasswordOnNextLogon", "Force", "DomainController", "Confirm", "WhatIf"),
}
# A logon name that Active Directory takes without quoting; otherwise New-Mailbox makes one up
# [documented: "shared or resource mailbox UPN and SamAccountName contain a GUID"].
_SIMPLE = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]|\.(?!\.))*(?<!\.)")


def get_mailbox(call: Call) -> Iterator[Record]:
    if any(call[name] for name in _OTHER_KINDS):
        return
    database = database_name(call["Database"]) if call["Database"] else None
    if call["Database"] and database is None:
        raise database_not_found(call["Database"])

    def accepts(state: State) -> bool:
        return is_mailbox(state) and (database is None or state["Database"] == database)

    yield from listing(call, accepts, mailbox_object, FILTERABLE)


def new_mailbox(call: Call) -> Iterator[Record]:
    call.refuse_all_but(_NEW_HANDLED)
    kind = next((details for name, details in _NEW_KINDS.items() if call[name]), "UserMailbox")
    state = _requested(call, kind)
    dc = call.dc
    with call.store.write(dc) as write:
        check_unique(write.view, state)
        if not call.approved(f'Creating mailbox "{state["Name"]}"'):
            return
        state["Sid"] = write.new_sid()
        write.put(state)
    view = call.view
    yield Output(mailbox_object(view.objects[state["Guid"]], view))


def _requested(call: Call, kind: str) -> State:
    name = (call["Name"] or "").strip()
    parent = unit_dn(call["OrganizationalUnit"], call.store) if call["OrganizationalUnit"] else f"CN=Users,{call.store.base_dn}"
    if parent is None:
        raise unit_not_found(call["OrganizationalUnit"])
    database = database_name(call["Database"]) if call["Database"] else DATABASES[0]
    if database is None:
        raise database_not_found(call["Database"])
    alias = call["Alias"] if call["Alias"] else _alias_from(name)
    check_alias(alias)
    guid = uuid.uuid4()
    sam, upn = _account_names(call, kind, alias, guid)
    address = call["PrimarySmtpAddress"]
    now = time.time()
    state: dict[str, Any] = {
        "Guid": str(guid),
        "Name": name,
        "OU": parent,
        "DisplayName": call["DisplayName"] or name,
        "Alias": alias,
        "SamAccountName": sam,
        "UserPrincipalName": upn,
        "FirstName": call["FirstName"] or "",
        "LastName": call["LastName"] or "",
        "EmailAddresses": [f"SMTP:{address}" if address else f"SMTP:{policy_address(alias, call.store.domain)}"],
        "EmailAddressPolicyEnabled": not address,
        "ExchangeGuid": str(uuid.uuid4()),
        "Database": database,
        "RecipientTypeDetails": kind,
        "AccountDisabled": kind != "UserMailbox",
        "WhenCreated": now,
        "WhenChanged": now,
    }
    if call.store.behaviour.is_online:
        state |= {"Name": str(uuid.uuid4()), "UsableAt": now + call.store.behaviour.new_object_delay}
    check_lengths(state)
    return state


def _alias_from(name: str) -> str:
    """An alias from the name, as New-Mailbox makes one: what is not allowed becomes `?`, which then is not allowed either, so it is left
    out; nothing left means that an alias must be given."""
    alias = re.sub(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]", "", name)[:64].strip(".")
    return re.sub(r"\.{2,}", ".", alias)


def _account_names(call: Call, kind: str, alias: str, guid: uuid.UUID) -> tuple[str, str]:
    plain = _SIMPLE.fullmatch(alias) is not None and len(alias) <= 63
    sam = call["SamAccountName"]
    if not sam:
        sam = alias if plain and len(alias) <= 20 else f"SM_{secrets.token_hex(8)}"
    check_account_name(sam)
    upn = call["UserPrincipalName"]
    if not upn:
        upn = f"{alias if plain else guid}@{call.store.domain}"
    local, at, domain = upn.rpartition("@")
    if not at or not local or not domain or " " in upn:
        message = f'The user principal name "{upn}" isn\'t valid. It must have the form user@domain.'
        raise CmdletError("DataValidationException", message, "InvalidData")
    return sam, upn
