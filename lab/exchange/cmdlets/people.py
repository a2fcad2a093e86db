"""The accounts of the people of the practice directory, kept as Active Directory would be by a synchronisation."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lab.exchange.cmdlets.organization import DATABASES
from lab.exchange.cmdlets.view import State

if TYPE_CHECKING:
    from lab.exchange.store import Person, Store, Write

_NAMESPACE = uuid.UUID("5c6f2e7c-5a0b-4c2d-9a52-3f1d6c1e0c11")
GONE = "alum"
WITH_MAILBOX = "staff"
MAILBOX_PROPERTIES = ("Alias", "EmailAddresses", "ExchangeGuid", "Database", "EmailAddressPolicyEnabled")


class PeopleReader:
    """Brings the accounts up to date with the directory; remembers what it last saw."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: object = None
        self._read_at = float("-inf")

    def synchronise(self) -> None:
        """Read the directory if the last time is long enough ago, and write what differs."""
        with self._store.lock:
            if time.monotonic() - self._read_at < self._store.people_lifetime:
                return
            people = self._store.people()
            self._read_at = time.monotonic()
            if people is self._seen:
                return
            _write(self._store, list(people))
            self._seen = people


def _write(store: Store, people: list[Person]) -> None:
    with store.write(store.domain_controllers[0]) as write:
        known = {state["Login"]: state for state in write.view.objects.values() if "Login" in state}
        names = _names(people)
        for person in people:
            old = known.pop(person.login, None)
            state = _account(store, write, person, names[person.login], old)
            if state != old:
                write.put(state, everywhere=True)
        for state in known.values():
            write.delete(state["Guid"])


def _names(people: Iterable[Person]) -> dict[str, str]:
    """Login to Name, which must be unique in the organisational unit: `Surname Given`, with the login where that is taken."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for person in sorted(people, key=lambda person: person.login):
        name = f"{person.surname} {person.given_name}".strip() or person.name
        if name.lower() in taken:
            name = f"{name} ({person.login})"
        taken.add(name.lower())
        names[person.login] = name[:64]
    return names


def _account(store: Store, write: Write, person: Person, name: str, old: State | None) -> State:
    state: State = dict(old) if old else {"Login": person.login, "Guid": str(uuid.uuid5(_NAMESPACE, f"{store.domain}/{person.login}"))}
    if old is None:
        state["Sid"] = write.new_sid()
        state["WhenCreated"] = state["WhenChanged"] = time.time()
    state |= {
        "Name": name,
        "OU": f"OU=People,{store.base_dn}",
        "SamAccountName": person.login,
        "UserPrincipalName": f"{person.login}@{store.domain}",
        "FirstName": person.given_name,
        "LastName": person.surname,
        "WindowsEmailAddress": person.mail,
        "Affiliation": person.affiliation,
        "AccountDisabled": person.affiliation == GONE,
    }
    state.setdefault("DisplayName", person.name)
    if person.affiliation == WITH_MAILBOX and "ExchangeGuid" not in state:
        # Removed with Disable-Mailbox: the directory's affiliation does not bring it back.
        if "MailboxDisabled" not in state:
            state |= _mailbox(store, person)
    elif person.affiliation != WITH_MAILBOX:
        for key in MAILBOX_PROPERTIES:
            state.pop(key, None)
    state["RecipientTypeDetails"] = _type_details(state)
    return state


def _mailbox(store: Store, person: Person) -> State:
    return {
        "Alias": person.login,
        "EmailAddresses": [f"SMTP:{person.mail or f'{person.login}@{store.domain}'}"],
        "ExchangeGuid": str(uuid.uuid5(_NAMESPACE, f"mailbox/{store.domain}/{person.login}")),
        "Database": DATABASES[0],
        "EmailAddressPolicyEnabled": False,
    }


def _type_details(state: State) -> str:
    if "ExchangeGuid" in state:
        kept: str = state["RecipientTypeDetails"] if str(state.get("RecipientTypeDetails", "")).endswith("Mailbox") else "UserMailbox"
        return kept
    return "DisabledUser" if state["AccountDisabled"] else "User"
