"""What one domain controller knows, in memory: objects by GUID, and an index over the forms of identity."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from lab.exchange.behaviour import Behaviour

# A directory object: Exchange's property names, only what differs from the defaults. Always there: Guid, Sid, Name, OU (distinguished name
# of its parent), SamAccountName, UserPrincipalName, DisplayName, RecipientTypeDetails. ACLs: MailboxPermissions, ADPermissions.
State = dict[str, Any]

DOMAIN_SID = "S-1-5-21-1275210071-1547161642-839522115"
_ESCAPED = str.maketrans({character: f"\\{character}" for character in ',+"\\<>;='})


def distinguished_name(name: str, parent: str) -> str:
    """RFC 4514, as Active Directory writes it."""
    escaped = name.translate(_ESCAPED)
    if escaped.startswith(("#", " ")):
        escaped = "\\" + escaped
    return f"CN={escaped},{parent}"


def canonical_name(dn_of_parent: str, name: str = "") -> str:
    """``ugent.be/SharedMailboxes/name`` for ``OU=SharedMailboxes,DC=ugent,DC=be`` and ``name``."""
    parts = [part.partition("=") for part in dn_of_parent.split(",")]
    domain = ".".join(value for key, _, value in parts if key.upper() == "DC")
    folders = [value for key, _, value in reversed(parts) if key.upper() != "DC"]
    return "/".join([domain, *folders, *([name.replace("/", "\\/")] if name else [])])


def legacy_dn(state: State) -> str:
    return f"/o=Practice/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={state['Guid'].replace('-', '')}"


class View:
    """Objects as a domain controller sees them. Kept up to date by ``refresh``; to be used under the store's lock or only to read."""

    def __init__(self, dc: str, domain: str, netbios: str) -> None:
        self.dc = dc
        self.domain = domain
        self.netbios = netbios
        self.behaviour = Behaviour()
        self.objects: dict[str, State] = {}
        self._index: dict[str, tuple[str, ...]] = {}
        self._applied: dict[str, int] = {}
        self._cursor = 0
        self._pending: set[int] = set()

    def refresh(self, database: sqlite3.Connection) -> None:
        """Take in the versions that were written, or became visible here, since the last time."""
        start = min(self._pending) - 1 if self._pending else self._cursor
        rows = database.execute("SELECT seq, guid, dc, visible_at, state FROM versions WHERE seq > ? ORDER BY seq", (start,)).fetchall()
        now, previous, waiting = time.time(), self._cursor, set()
        for seq, guid, dc, visible_at, state in rows:
            if seq <= previous and seq not in self._pending:
                continue
            if dc == self.dc or visible_at <= now:
                self._apply(seq, guid, state)
            else:
                waiting.add(seq)
            self._cursor = max(self._cursor, seq)
        self._pending = waiting

    def _apply(self, seq: int, guid: str, state: str | None) -> None:
        if self._applied.get(guid, 0) >= seq:
            return
        self._applied[guid] = seq
        old, new = self.objects.get(guid), None if state is None else json.loads(state)
        before, after = (set(self._keys(version)) if version else set() for version in (old, new))
        # In this order, because other threads may be reading: what the index names is always there.
        if new is not None:
            self.objects[guid] = new
        for key in after - before:
            self._index[key] = (*self._index.get(key, ()), guid)
        for key in before - after:
            left = tuple(other for other in self._index[key] if other != guid)
            if left:
                self._index[key] = left
            else:
                del self._index[key]
        if new is None:
            self.objects.pop(guid, None)

    def _keys(self, state: State) -> list[str]:
        keys = [
            "guid:" + state["Guid"],
            "sid:" + state["Sid"],
            "dn:" + distinguished_name(state["Name"], state["OU"]),
            "canonical:" + canonical_name(state["OU"], state["Name"]),
            "name:" + state["Name"],
            "display:" + state["DisplayName"],
            "upn:" + state["UserPrincipalName"],
            "sam:" + state["SamAccountName"],
        ]
        if "ExchangeGuid" in state:
            keys += ["xguid:" + state["ExchangeGuid"], "legacy:" + legacy_dn(state)]
        if "Alias" in state:
            keys.append("alias:" + state["Alias"])
        keys += ["proxy:" + address for address in state.get("EmailAddresses", ())]
        return [key.lower() for key in keys]

    def find(self, form: str, value: str) -> list[State]:
        """The objects of which this form of identity has this value: guid, xguid, sid, dn, canonical, alias, proxy, upn, sam, name,
        display or legacy. A proxy has its prefix (``smtp:``). Case is ignored."""
        found = (self.objects.get(guid) for guid in self._index.get(f"{form}:{value}".lower(), ()))
        return [state for state in found if state is not None]

    def by_guid(self, guid: str) -> State | None:
        return self.objects.get(guid)

    def account(self, state: State) -> str:
        """``DOMAIN\\sAMAccountName``"""
        return f"{self.netbios_of(state)}\\{state['SamAccountName']}"

    def netbios_of(self, state: State) -> str:
        """The domain of an account: this one, or another of the forest."""
        return str(state.get("Netbios", self.netbios))
