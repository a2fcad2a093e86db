"""The directory's entries of shared mailboxes, and its people, in the terms of declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...wire.ldap import LAST_LOGIN, Entry, iso_time, normalise_dn
from ..live import Grant, LiveMailbox
from ..model import Person
from .plan import PASS_THROUGH, DirectoryObservation, DirectoryPolicy, is_pass_through

HIDDEN = "********"
"""Stands for a password that is no pass-through: somebody set it, and it is never shown."""


def live_in_directory(observed: DirectoryObservation, policy: DirectoryPolicy) -> list[LiveMailbox]:
    """All entries below the mailboxes' base that have a login name, sorted by it.

    ``last_login`` is the last time that somebody's password was accepted for the shared address, by whatever server asked. It is None when
    nobody has logged in yet, and where the directory does not keep it.
    """
    logins = {normalise_dn(person.dn): person.login for person in observed.people.values()}
    return [_live(name, entry, logins, policy) for name, entry in sorted(observed.entries.items())]


def _live(name: str, entry: Entry, logins: Mapping[str, str], policy: DirectoryPolicy) -> LiveMailbox:
    mark = entry.value("sharedMailboxManagedBy")
    status = entry.value("sharedMailboxStatus")
    return LiveMailbox(
        name=name,
        system="directory",
        address=entry.value("mail") or "",
        display_name=entry.value("cn") or "",
        mark=mark,
        is_managed=mark == policy.mark,
        grants=tuple(sorted(_grants(entry, logins))),
        last_login=next((time for attribute in LAST_LOGIN for value in entry.values(attribute) if (time := iso_time(value))), None),
        is_retired=None if status is None else status.lower() == "retired",
        backend=entry.value("sharedMailboxBackend"),
        settings={"purpose": entry.value("description"), "dn": entry.dn},
    )


def _grants(entry: Entry, logins: Mapping[str, str]) -> Iterator[Grant]:
    for value in entry.values("userPassword"):
        login = value[len(PASS_THROUGH) :]
        # Of name@realm saslauthd's filter takes the name alone (%U), so that person gets in.
        yield Grant("login", login, login.partition("@")[0].lower()) if is_pass_through(value) else Grant("login", HIDDEN)
    for dn in entry.values("owner"):
        yield Grant("owner", dn, logins.get(normalise_dn(dn), ""))


def people_in_directory(observed: DirectoryObservation) -> list[Person]:
    """All people, each once, sorted by login: where the people's base holds the mailboxes' as well, entries of mailboxes are none."""
    mailboxes = {normalise_dn(entry.dn) for entry in observed.entries.values()}
    people = {person.login: person for person in observed.people.values()}
    return [person for _, person in sorted(people.items()) if normalise_dn(person.dn) not in mailboxes]


def person_as_dict(person: Person) -> dict[str, Any]:
    """A person as the audit takes it."""
    return {
        "login": person.login,
        "dn": person.dn,
        "name": person.name,
        "affiliations": sorted(person.affiliations),
        "addresses": sorted(person.addresses),
        "active": person.active,
        "other_logins": sorted(person.other_logins),
    }


def person_from_dict(value: Mapping[str, Any]) -> Person:
    """The reverse of ``person_as_dict``."""
    sets = {name: frozenset(value.get(name, ())) for name in ("affiliations", "addresses", "other_logins")}
    return Person(**{**value, **sets})
