"""Get-MailboxStatistics, Get-MailboxDatabase, Get-OrganizationConfig and Set-ADServerSettings."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

from lab.exchange.cmdlets.call import Call, database_not_found
from lab.exchange.cmdlets.conversion import text
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.identity import is_mailbox, resolve
from lab.exchange.cmdlets.mailbox_shape import moment
from lab.exchange.cmdlets.organization import DATABASE_QUOTAS, DATABASES, SERVER, VERSION, database_name
from lab.exchange.cmdlets.shapes import Shape, Shaped, unlimited_size
from lab.exchange.cmdlets.view import State, legacy_dn
from lab.exchange.pipeline import Output, Record, Warned

_NAMESPACE = uuid.UUID("a3c0c1de-7d3f-4a1a-b1a5-0d9c1f1f2b11")
_STATISTICS = Shape(
    ["Microsoft.Exchange.Management.MapiTasks.Presentation.MailboxStatistics", "Microsoft.Exchange.Data.Mapi.MailboxStatistics"],
    (
        "DisplayName",
        "MailboxGuid",
        "Identity",
        "Database",
        "DatabaseName",
        "ServerName",
        "ItemCount",
        "TotalItemSize",
        "LastLogonTime",
        "LegacyDN",
        "DisconnectReason",
        "DisconnectDate",
        "IsValid",
        "ObjectState",
    ),
)
_DATABASE = Shape(
    ["Microsoft.Exchange.Data.Directory.SystemConfiguration.MailboxDatabase", "Microsoft.Exchange.Data.Directory.ADObject"],
    (
        "Name",
        "Identity",
        "Guid",
        "Server",
        "ServerName",
        *DATABASE_QUOTAS,
        "MailboxRetention",
        "DeletedItemRetention",
        "Mounted",
        "Recovery",
        "IsExcludedFromProvisioning",
        "AdminDisplayVersion",
    ),
)
_ORGANIZATION = Shape(
    ["Microsoft.Exchange.Data.Directory.Management.OrganizationConfig", "Microsoft.Exchange.Data.Directory.ADObject"],
    ("Name", "Identity", "Guid", "AdminDisplayVersion", "IsDehydrated", "PublicFoldersEnabled"),
)


def get_mailbox_statistics(call: Call) -> Iterator[Record]:
    call.refuse("Filter", "IncludeMoveReport", "IncludeMoveHistory", "CopyOnServer")
    if call["Archive"]:
        raise CmdletError("ManagementObjectNotFoundException", f"The user {text(call['Identity'])} doesn't have an archive mailbox.")
    if "Database" in call or "Server" in call:
        yield from _of_database(call)
        return
    view = call.view
    state = resolve(view, call["Identity"], is_mailbox)
    if call.store.contents(state["ExchangeGuid"]) is None:
        yield Warned(
            f"The user hasn't logged on to mailbox '{state['Name']}' ('{state['ExchangeGuid']}'), so there is no data to return. "
            "After the user logs on, this warning will no longer appear."
        )
        return
    yield Output(_connected(call, state))


def _of_database(call: Call) -> Iterator[Record]:
    """All mailboxes of the database, the disconnected ones included."""
    wanted = _databases(call)
    for state in list(call.view.objects.values()):
        if is_mailbox(state) and state["Database"] in wanted and call.store.contents(state["ExchangeGuid"]) is not None:
            yield Output(_connected(call, state))
    for mailbox in call.store.disconnected().values():
        if mailbox["Database"] in wanted and text(call["StoreMailboxIdentity"]).lower() in ("", mailbox["MailboxGuid"]):
            yield Output(_statistics(call, mailbox))


def _databases(call: Call) -> tuple[str, ...]:
    if "Server" in call:
        if text(call["Server"]).partition(".")[0].upper() != SERVER:
            raise CmdletError("ManagementObjectNotFoundException", f'Couldn\'t find server "{text(call["Server"])}".')
        return DATABASES
    name = database_name(call["Database"] or "")
    if name is None:
        raise database_not_found(text(call["Database"]))
    return (name,)


def _connected(call: Call, state: State) -> Shaped:
    return _statistics(
        call,
        {
            "DisplayName": state["DisplayName"],
            "MailboxGuid": state["ExchangeGuid"],
            "Database": state["Database"],
            "LegacyDN": legacy_dn(state),
        },
    )


def _shown(call: Call, time: datetime.datetime | None) -> datetime.datetime | str | None:
    """Online times can be text."""
    return f"{time:%m/%d/%Y %I:%M:%S %p}" if time and call.store.behaviour.is_online else time


def _statistics(call: Call, mailbox: dict[str, Any]) -> Shaped:
    items, size, logon = call.store.contents(mailbox["MailboxGuid"]) or (0, 0, None)
    guid = uuid.UUID(mailbox["MailboxGuid"])
    values = (
        mailbox["DisplayName"],
        guid,
        mailbox["MailboxGuid"],
        mailbox["Database"],
        mailbox["Database"],
        SERVER,
        items,
        unlimited_size(size),
        _shown(call, moment(logon)),
        mailbox["LegacyDN"],
        mailbox.get("DisconnectReason"),
        moment(mailbox.get("DisconnectDate")),
        True,
        "Unchanged",
    )
    return _STATISTICS.make(values, mailbox["MailboxGuid"], mailbox)


def get_mailbox_database(call: Call) -> Iterator[Record]:
    if call["Identity"]:
        name = database_name(text(call["Identity"]))
        if name is None:
            raise database_not_found(text(call["Identity"]))
        names: tuple[str, ...] = (name,)
    else:
        names = _databases(call) if "Server" in call else DATABASES
    days = int(call.store.setting("mailbox_retention_days", 30))
    for name in names:
        mounted = True if call["Status"] else None
        values = (
            name,
            name,
            uuid.uuid5(_NAMESPACE, name),
            SERVER,
            SERVER,
            *(unlimited_size(size) for size in DATABASE_QUOTAS.values()),
            f"{days}.00:00:00",
            "14.00:00:00",
            mounted,
            False,
            False,
            VERSION,
        )
        yield Output(_DATABASE.make(values, name, {"Name": name}))


def get_organization_config(call: Call) -> Iterator[Record]:
    name = "Practice"
    yield Output(_ORGANIZATION.make((name, name, uuid.uuid5(_NAMESPACE, call.store.domain), VERSION, False, "Local"), name))


def connect_exchange_online(call: Call) -> Iterator[Record]:
    """On a management host this is what makes the other commands; here they are there already."""
    yield from ()


def set_ad_server_settings(call: Call) -> Iterator[Record]:
    """Settings of a session, and this seam knows no sessions: only what changes nothing here is taken."""
    call.refuse(
        "PreferredServer", "ConfigurationDomainController", "PreferredGlobalCatalog", "SetPreferredDomainControllers", "RecipientViewRoot"
    )
    yield from ()
