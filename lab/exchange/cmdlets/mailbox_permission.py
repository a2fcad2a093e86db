"""Get-, Add- and Remove-MailboxPermission."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lab.exchange.cmdlets import acl
from lab.exchange.cmdlets.acl import Entry
from lab.exchange.cmdlets.call import Call, limited
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.identity import is_mailbox, resolve, resolve_principal
from lab.exchange.cmdlets.mailbox_shape import identity
from lab.exchange.cmdlets.organization import (
    ADMINISTRATOR,
    DOMAIN_ADMINS,
    ENTERPRISE_ADMINS,
    EXCHANGE_SERVERS,
    EXCHANGE_TRUSTED_SUBSYSTEM,
    ORGANIZATION_MANAGEMENT,
    SELF,
    SYSTEM,
)
from lab.exchange.cmdlets.shapes import MailboxRights, Shape, Shaped, switch
from lab.exchange.cmdlets.view import State, View, distinguished_name
from lab.exchange.pipeline import Output, Record, Warned

PROPERTY = "MailboxPermissions"
SENDERS = "ADPermissions"
"""Where the right to send is kept."""
_EVERYTHING = ("FullAccess", "DeleteItem", "ReadPermission", "ChangePermission", "ChangeOwner")
DIRECT = (Entry(SELF, ("FullAccess", "ReadPermission")),)
INHERITED = (
    *(
        Entry(sid, ("FullAccess",), deny=True, inherited=True)
        for sid in (ADMINISTRATOR, DOMAIN_ADMINS, ENTERPRISE_ADMINS, ORGANIZATION_MANAGEMENT)
    ),
    Entry(SYSTEM, ("FullAccess",), inherited=True),
    Entry(EXCHANGE_SERVERS, ("FullAccess", "ReadPermission"), inherited=True),
    Entry(EXCHANGE_TRUSTED_SUBSYSTEM, _EVERYTHING, inherited=True),
)
_TASKS = "Microsoft.Exchange.Management.RecipientTasks"
_SHAPE = Shape(
    [f"{_TASKS}.MailboxAcePresentationObject", f"{_TASKS}.AcePresentationObject", "Microsoft.Exchange.Data.ConfigurableObject"],
    ("AccessRights", "Deny", "InheritanceType", "User", "Identity", "IsInherited", "IsValid", "ObjectState"),
)
_OWNER = Shape([f"{_TASKS}.OwnerPresentationObject"], ("Identity", "Owner"))


_ONLINE_SHAPE = Shape(_SHAPE.type_names[:-1], (*_SHAPE.names, "UserSid"))


def _rights(state: State, view: View, entry: Entry) -> MailboxRights:
    """Online whoever may send has that right among these too, and all of them can be one element."""
    sends = (other for other in state.get(SENDERS, ()) if other["sid"] == entry.sid and "Send-As" in other["extended"])
    rights = (*entry.rights, *(("SendAs",) if view.behaviour.is_online and any(sends) else ()))
    return MailboxRights([", ".join(rights)] if view.behaviour.joined_rights else rights)


def _object(state: State, shown_identity: str, view: View, entry: Entry) -> Shaped:
    is_online = view.behaviour.is_online
    values = (
        _rights(state, view, entry),
        str(entry.deny) if is_online else switch(entry.deny),
        entry.inheritance,
        acl.principal_name(view, entry.sid),
        shown_identity,
        str(entry.inherited) if is_online else entry.inherited,
        True,
        "Unchanged",
        *((entry.sid,) if is_online else ()),
    )
    return (_ONLINE_SHAPE if is_online else _SHAPE).make(values, shown_identity, {"Guid": state["Guid"], "Entry": entry})


def get_mailbox_permission(call: Call) -> Iterator[Record]:
    view = call.view
    state = resolve(view, call["Identity"], is_mailbox)
    name = identity(state)
    if call["Owner"]:
        yield Output(_OWNER.make((name, view.account(state)), name))
        return
    user = resolve_principal(view, call["User"]) if call["User"] else None
    chosen = list(acl.shown(user, [*acl.entries(state, PROPERTY, DIRECT), *INHERITED]))
    yield from limited(call, (_object(state, name, view, entry) for entry in chosen), len(chosen))


def add_mailbox_permission(call: Call) -> Iterator[Record]:
    call.refuse("Owner", "Instance")
    with call.store.write(call.dc) as write:
        view = write.view
        state = resolve(view, call["Identity"], is_mailbox)
        new = _entry(call, view)
        after = acl.added(acl.entries(state, PROPERTY, DIRECT), new)
        if after is not None and len(after) > acl.MAXIMUM:
            raise CmdletError(
                "InvalidOperationException",
                f"The mailbox {state['ExchangeGuid']} has reached the limit of maximum allowed access control entries of {acl.MAXIMUM}. "
                "Clean existing entries and rearrange them leveraging groups for assigning the same permissions to multiple users.",
                "InvalidOperation",
            )
        if not call.approved(f'Adding mailbox permission for "{acl.principal_name(view, new.sid)}" on mailbox "{state["Name"]}"'):
            return
        if after is not None:
            state = {**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()}
            write.put(state)
    if after is None:
        # Nothing is written, so AutoMapping stays as it was too.
        yield already_there(call, distinguished_name(state["Name"], state["OU"]), acl.principal_name(view, new.sid))
    kept = next(entry for entry in acl.entries(state, PROPERTY, DIRECT) if entry.same_place(new))
    yield Output(_object(state, identity(state), view, kept))


def _entry(call: Call, view: View) -> Entry:
    sid = resolve_principal(view, call["User"])
    rights = tuple(dict.fromkeys(call["AccessRights"]))
    auto = call.values.get("AutoMapping", True) and "FullAccess" in rights and not call["Deny"] and not acl.is_group(sid)
    return Entry(sid, rights, bool(call["Deny"]), call["InheritanceType"] or "All", auto_mapping=auto)


def already_there(call: Call, dn: str, account: str) -> Record:
    """A warning in some versions, an error in others [seen in issues]: setting ``existing_permission``, `warning` or `error`."""
    message = f'The appropriate access control entry is already present on the object "{dn}" for account "{account}".'
    if call.store.setting("existing_permission", "warning") == "error":
        raise CmdletError("InvalidOperationException", message, "InvalidOperation")
    return Warned(message)


def remove_mailbox_permission(call: Call) -> Iterator[Record]:
    call.refuse("Owner", "ClearAutoMapping", "ResetDefault")
    with call.store.write(call.dc) as write:
        view = write.view
        state, gone = _to_remove(call, view)
        account, dn = acl.principal_name(view, gone.sid), distinguished_name(state["Name"], state["OU"])
        after = acl.removed(acl.entries(state, PROPERTY, DIRECT), gone)
        if not call.approved(
            f'Removing mailbox permission "{state["Name"]}" for user "{account}" with access rights: "{", ".join(gone.rights)}".'
        ):
            return
        if after is not None:
            write.put({**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()})
    if after is None:
        yield Warned(missing_warning(dn, account, gone, INHERITED))


def missing_warning(dn: str, account: str, gone: Entry, inherited: tuple[Entry, ...]) -> str:
    """What Exchange says when there was nothing to remove: the entry is inherited, or there is none."""
    if any((entry.sid, entry.deny) == (gone.sid, gone.deny) and set(entry.rights) & set(gone.rights) for entry in inherited):
        rights = f"Rights: {', '.join(gone.rights)}, ControlType: {'Deny' if gone.deny else 'Allow'}"
        return f'An inherited access control entry has been specified: [{rights}] and was ignored on object "{dn}".'
    place = f'on the object "{dn}" for account "{account}"'
    return f"Can't remove the access control entry {place} because the ACE doesn't exist on the object."


def _to_remove(call: Call, view: View) -> tuple[State, Entry]:
    instance = call["Instance"]
    if instance is not None:
        return resolve(view, instance, is_mailbox), instance.source["Entry"]
    state = resolve(view, call["Identity"], is_mailbox)
    sid = resolve_principal(view, call["User"])
    return state, Entry(sid, tuple(call["AccessRights"]), bool(call["Deny"]), call["InheritanceType"] or "All")
