"""Get-, Add- and Remove-RecipientPermission: the right to send as a mailbox, on Exchange Online."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lab.exchange.cmdlets import acl
from lab.exchange.cmdlets.acl import Entry
from lab.exchange.cmdlets.ad_permission import DIRECT, PROPERTY
from lab.exchange.cmdlets.call import Call, limited
from lab.exchange.cmdlets.identity import is_mailbox, resolve, resolve_principal
from lab.exchange.cmdlets.mailbox_permission import already_there, missing_warning
from lab.exchange.cmdlets.mailbox_shape import identity
from lab.exchange.cmdlets.shapes import Collection, Shape, Shaped
from lab.exchange.cmdlets.view import State, View, distinguished_name
from lab.exchange.pipeline import Output, Record, Warned

SEND_AS = "Send-As"
_SHAPE = Shape(
    ["Microsoft.Exchange.Management.RecipientTasks.RecipientPermission", "Microsoft.Exchange.Data.ConfigurableObject"],
    ("Identity", "Trustee", "TrusteeSidString", "AccessControlType", "AccessRights", "InheritanceType"),
)
"""IsInherited can be missing, and is here."""


def _object(state: State, view: View, entry: Entry) -> Shaped:
    control = "Deny" if entry.deny else "Allow"
    values = (identity(state), acl.principal_name(view, entry.sid), entry.sid, control, Collection(["SendAs"]), "None")
    return _SHAPE.make(values, identity(state), {"Guid": state["Guid"], "Entry": entry})


def get_recipient_permission(call: Call) -> Iterator[Record]:
    view = call.view
    state = resolve(view, call["Identity"], is_mailbox)
    trustee = resolve_principal(view, call["Trustee"]) if call["Trustee"] else None
    chosen = [entry for entry in acl.shown(trustee, acl.entries(state, PROPERTY, DIRECT)) if SEND_AS in entry.extended]
    yield from limited(call, (_object(state, view, entry) for entry in chosen), len(chosen))


def add_recipient_permission(call: Call) -> Iterator[Record]:
    with call.store.write(call.dc) as write:
        state, new = _named(call, write.view)
        after = acl.added(acl.entries(state, PROPERTY, DIRECT), new)
        account = acl.principal_name(write.view, new.sid)
        if not call.approved(f'Adding recipient permission for "{account}" on "{state["Name"]}"'):
            return
        if after is not None:
            state = {**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()}
            write.put(state)
    if after is None:
        yield already_there(call, distinguished_name(state["Name"], state["OU"]), account)
    yield Output(_object(state, call.view, new))


def remove_recipient_permission(call: Call) -> Iterator[Record]:
    with call.store.write(call.dc) as write:
        state, gone = _named(call, write.view)
        after = acl.removed(acl.entries(state, PROPERTY, DIRECT), gone)
        account = acl.principal_name(write.view, gone.sid)
        if not call.approved(f'Removing recipient permission of "{account}" on "{state["Name"]}"'):
            return
        if after is not None:
            write.put({**state, PROPERTY: acl.stored(after), "WhenChanged": time.time()})
    if after is None:
        yield Warned(missing_warning(distinguished_name(state["Name"], state["OU"]), account, gone, ()))


def _named(call: Call, view: View) -> tuple[State, Entry]:
    """The mailbox and the entry that a command is about; there is no InheritanceType to give."""
    state = resolve(view, call["Identity"], is_mailbox)
    sid = resolve_principal(view, call["Trustee"])
    deny = bool(call["Deny"])
    return state, Entry(sid, ("ExtendedRight",), deny, "None", (SEND_AS,))
