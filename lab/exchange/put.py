"""Puts into the practice organisation what none of its commands makes: accounts of another domain, groups, contacts, and what is left
of a mailbox that was moved online. Tests do; all of it goes with ``remove_put``."""

from __future__ import annotations

import uuid
from typing import Any

from lab.exchange.cmdlets.view import State
from lab.exchange.store import Store

PUT = "Put"


def put_account(store: Store, login: str, netbios: str = "STUDENT", domain: str = "student.ugent.be") -> None:
    """An account of another domain of the forest."""
    place = ",".join(f"DC={label}" for label in domain.split("."))
    _put(store, login, f"CN=Users,{place}", "User", UserPrincipalName=f"{login}@{domain}", Netbios=netbios)


def put_recipient(store: Store, kind: str, name: str, *addresses: str, mark: str = "") -> None:
    """``kind`` is a RecipientTypeDetails, such as MailContact or MailUniversalDistributionGroup; the first address is the primary one."""
    proxies = [f"{'smtp' if number else 'SMTP'}:{address}" for number, address in enumerate(addresses)]
    own: dict[str, Any] = {"EmailAddresses": proxies, "Alias": name, "CustomAttribute1": mark} if proxies else {}
    _put(store, name, f"OU=SharedMailboxes,{store.base_dn}", kind, **own)


def move_online(store: Store, name: str) -> None:
    """What Exchange leaves of a shared mailbox: its addresses and attributes, and no mailbox."""
    with store.write(store.domain_controllers[0]) as write:
        (state,) = write.view.find("name", name)
        kept = {key: value for key, value in state.items() if key not in ("ExchangeGuid", "Database")}
        write.put({**kept, "RecipientTypeDetails": "RemoteSharedMailbox", PUT: True}, everywhere=True)


def remove_put(store: Store) -> None:
    with store.write(store.domain_controllers[0]) as write:
        for state in [state for state in write.view.objects.values() if PUT in state]:
            write.delete(state["Guid"])


def _put(store: Store, name: str, place: str, kind: str, **own: Any) -> None:
    with store.write(store.domain_controllers[0]) as write:
        guid, sid = str(uuid.uuid4()), write.new_sid()
        base: State = {"Guid": guid, "Sid": sid, "Name": name, "OU": place, "DisplayName": name, "SamAccountName": name, PUT: True}
        write.put({**base, "UserPrincipalName": "", "RecipientTypeDetails": kind, **own}, everywhere=True)
