"""Get-CASMailbox and Set-CASMailbox: the protocols by which a mailbox can be reached."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lab.exchange.cmdlets.call import Call, listing
from lab.exchange.cmdlets.identity import is_mailbox, resolve
from lab.exchange.cmdlets.mailbox_shape import FILTERABLE, IDENTITY, primary_address
from lab.exchange.cmdlets.opath import Getter
from lab.exchange.cmdlets.shapes import Addresses, Shape, Shaped
from lab.exchange.cmdlets.view import State, View
from lab.exchange.pipeline import Record

PROPERTY = "ClientAccess"
DEFAULTS: dict[str, bool | None] = {
    "ActiveSyncEnabled": True,
    "ECPEnabled": True,
    "EwsEnabled": None,
    "ImapEnabled": True,
    "ImapUseProtocolDefaults": True,
    "ImapSuppressReadReceipt": False,
    "MAPIEnabled": True,
    "MAPIBlockOutlookExternalConnectivity": False,
    "MAPIBlockOutlookNonCachedMode": False,
    "MAPIBlockOutlookRpcHttp": False,
    "MapiHttpEnabled": None,
    "OWAEnabled": True,
    "OWAforDevicesEnabled": True,
    "PopEnabled": True,
    "PopUseProtocolDefaults": True,
    "PopSuppressReadReceipt": False,
    "PublicFolderClientAccess": False,
    "ShowGalAsDefaultView": True,
}


def _setting(name: str) -> Getter:
    default = DEFAULTS[name]
    return lambda state, view: state.get(PROPERTY, {}).get(name, default)


_GETTERS: dict[str, Getter] = {
    **IDENTITY,
    "PrimarySmtpAddress": lambda state, view: primary_address(state),
    "EmailAddresses": lambda state, view: Addresses(state["EmailAddresses"]),
    **{name: _setting(name) for name in DEFAULTS},
}
_SHAPE = Shape(
    ["Microsoft.Exchange.Data.Directory.Management.CASMailbox", "Microsoft.Exchange.Data.Directory.ADObject",
     "Microsoft.Exchange.Data.ConfigurableObject"], tuple(_GETTERS),
)  # fmt: skip
_FILTERABLE: dict[str, Getter] = {**FILTERABLE, **{name.lower(): _setting(name) for name in DEFAULTS}}
_COMMON = {"Identity", "DomainController", "Confirm", "WhatIf", "IgnoreDefaultScope"}


def _object(state: State, view: View) -> Shaped:
    return _SHAPE.make([getter(state, view) for getter in _GETTERS.values()], state["Name"], state)


def get_cas_mailbox(call: Call) -> Iterator[Record]:
    call.refuse("ProtocolSettings", "RecalculateHasActiveSyncDevicePartnership")
    if call["Monitoring"]:
        return
    yield from listing(call, is_mailbox, _object, _FILTERABLE)


def set_cas_mailbox(call: Call) -> Iterator[Record]:
    own = [name for name in call.values if name not in _COMMON and call.cmdlet.parameters[name].type in ("Boolean", "String")]
    call.refuse(*(name for name in own if name not in DEFAULTS and not name.endswith("Variable")), "EmailAddresses", "PrimarySmtpAddress",
                "ActiveSyncMailboxPolicy", "OwaMailboxPolicy", "EwsApplicationAccessPolicy", "EwsAllowList", "EwsBlockList")  # fmt: skip
    with call.store.write(call.dc) as write:
        state = resolve(write.view, call["Identity"], is_mailbox)
        changed = {name: call[name] for name in own if name in DEFAULTS}
        if call.approved(f'Setting the client access settings of mailbox "{state["Name"]}"'):
            write.put({**state, PROPERTY: {**state.get(PROPERTY, {}), **changed}, "WhenChanged": time.time()})
    yield from ()
