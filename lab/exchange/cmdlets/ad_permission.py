"""Get-, Add- and Remove-ADPermission: among other things the right to send as a mailbox."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lab.exchange.cmdlets import acl
from lab.exchange.cmdlets.acl import Entry
from lab.exchange.cmdlets.call import Call
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.identity import resolve, resolve_ad_object, resolve_principal
from lab.exchange.cmdlets.mailbox_permission import already_there, missing_warning
from lab.exchange.cmdlets.mailbox_shape import identity
from lab.exchange.cmdlets.organization import DOMAIN_ADMINS, EXCHANGE_SERVERS, EXCHANGE_TRUSTED_SUBSYSTEM, SELF, SYSTEM
from lab.exchange.cmdlets.shapes import DirectoryRights, ExtendedRights, Shape, Shaped, switch
from lab.exchange.cmdlets.view import State, View, distinguished_name
from lab.exchange.pipeline import Output, Record, Warned

PROPERTY = "ADPermissions"
# Extended rights by display name; Get-ADPermission shows the names with hyphens, Add-ADPermission takes both.
EXTENDED_RIGHTS = (
    "Send-As",
    "Receive-As",
    "Send-To",
    "User-Change-Password",
    "User-Force-Change-Password",
    "View-Information-Store-Status",
    "Administer-Information-Store",
    "Allowed-To-Authenticate",
)
DIRECT = (
    Entry(SELF, ("ExtendedRight",), inheritance="None", extended=("Send-As",)),
    Entry(SELF, ("ExtendedRight",), inheritance="None", extended=("Receive-As",)),
    Entry(SELF, ("GenericRead",), inheritance="None"),
    Entry(SYSTEM, ("GenericAll",), inheritance="None"),
    Entry(DOMAIN_ADMINS, ("GenericAll",), inheritance="None"),
)
INHERITED = (
    Entry(EXCHANGE_SERVERS, ("ReadProperty",), inherited=True),
    Entry(EXCHANGE_TRUSTED_SUBSYSTEM, ("GenericAll",), inherited=True),
)
_TASKS = "Microsoft.Exchange.Management.RecipientTasks"
_SHAPE = Shape(
    [f"{_TASKS}.ADAcePresentationObject", f"{_TASKS}.AcePresentationObject", "Microsoft.Exchange.Data.ConfigurableObject"],
    (
        "AccessRights",
        "ExtendedRights",
        "Properties",
        "ChildObjectTypes",
        "InheritedObjectType",
        "Deny",
        "InheritanceType",
        "User",
        "Identity",
        "IsInherited",
        "IsValid",
        "ObjectState",
    ),
)
_OWNER = Shape([f"{_TASKS}.OwnerPresentationObject"], ("Identity", "Owner"))


def _object(state: State, shown_identity: str, view: View, entry: Entry) -> Shaped:
    values = (
        DirectoryRights(entry.rights),
        ExtendedRights(entry.extended) if entry.extended else None,
        None,
        None,
        None,
        switch(entry.deny),
        entry.inheritance,
        acl.principal_name(view, entry.sid),
        shown_identity,
        entry.inherited,
        True,
        "Unchanged",
    )
    return _SHAPE.make(values, shown_identity, {"Guid": state["Guid"], "Entry": entry})


def get_ad_permission(call: Call) -> Iterator[Record]:
    view = call.view
    state = resolve_ad_object(view, call["Identity"])
    name = identity(state)
    if call["Owner"]:
        yield Output(_OWNER.make((name, f"{view.netbios}\\Domain Admins"), name))
        return
    user = resolve_principal(view, call["User"]) if call["User"] else None
    for entry in acl.shown(user, [*acl.entries(state, PROPERTY, DIRECT), *INHERITED]):
        yield Output(_object(state, name, view, entry))


def add_ad_permission(call: Call) -> Iterator[Record]:
    call.refuse("Owner", "Instance", "ChildObjectTypes", "InheritedObjectType", "Properties")
    with call.store.write(call.dc) as write:
        view = write.view
        state = resolve_ad_object(view, call["Identity"])
        new = _entry(call, view)
        after = acl.added(acl.entries(state, PROPERTY, DIRECT), new)
        account, dn = acl.principal_name(view, new.sid), distinguished_name(state["Name"], state["OU"])
        if not call.approved(f'Adding Active Directory permission for "{account}" on object "{state["Name"]}"'):
            return
        if after is not None:
            state = {**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()}
            write.put(state)
    if after is None:
        yield already_there(call, dn, account)
    for entry in acl.entries(state, PROPERTY, DIRECT):
        if entry.same_place(new) and set(entry.rights) & set(new.rights):
            yield Output(_object(state, identity(state), view, entry))


def remove_ad_permission(call: Call) -> Iterator[Record]:
    call.refuse("ChildObjectTypes", "InheritedObjectType", "Properties")
    with call.store.write(call.dc) as write:
        view = write.view
        if call["Instance"] is not None:
            state, gone = resolve(view, call["Instance"]), call["Instance"].source["Entry"]
        else:
            state, gone = resolve_ad_object(view, call["Identity"]), _entry(call, view)
        account, dn = acl.principal_name(view, gone.sid), distinguished_name(state["Name"], state["OU"])
        after = acl.removed(acl.entries(state, PROPERTY, DIRECT), gone)
        rights = ", ".join(gone.extended or gone.rights)
        if not call.approved(f'Removing Active Directory permission "{state["Name"]}" for user "{account}" with access rights "{rights}".'):
            return
        if after is not None:
            write.put({**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()})
    if after is None:
        yield Warned(missing_warning(dn, account, gone, INHERITED))


def _entry(call: Call, view: View) -> Entry:
    extended = tuple(dict.fromkeys(_extended_right(text) for text in call["ExtendedRights"] or ()))
    rights = tuple(dict.fromkeys([*(call["AccessRights"] or ()), *(["ExtendedRight"] if extended else [])]))
    if not rights:
        raise CmdletError("RecipientTaskException", "You must specify AccessRights, ExtendedRights or Properties.", "InvalidArgument")
    if "ExtendedRight" in rights and not extended:
        raise CmdletError("RecipientTaskException", "The right ExtendedRight needs ExtendedRights.", "InvalidArgument")
    sid = resolve_principal(view, call["User"])
    return Entry(sid, rights, bool(call["Deny"]), call["InheritanceType"] or "All", extended)


def _extended_right(text: str) -> str:
    wanted = text.strip().replace(" ", "-").lower()
    found = next((right for right in EXTENDED_RIGHTS if right.lower() == wanted), None)
    if found is None:
        raise CmdletError(
            "ManagementObjectNotFoundException",
            f"Extended right \"{text}\" wasn't found. Please make sure you've typed it correctly.",
            "InvalidArgument",
        )
    return found
