"""What was read of a directory, in our terms: who is a person, whose account is active, which names and addresses are taken."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from ...wire.ldap import Entry
from ..model import DirectoryView, Person
from .plan import DirectoryObservation, DirectoryPolicy

LEFT = frozenset({"alum"})
"""Affiliations (eduPerson, section 2.2.1) that nobody has an account by."""


def observation(entries: Iterable[Entry], people: Iterable[Entry], ended: Container[str], policy: DirectoryPolicy) -> DirectoryObservation:
    """``entries`` are those below the mailboxes' base, ``people`` those below the people's, which may hold the other: an entry of ours is
    no person then, and takes no name. ``ended`` are the DNs of people whose account has ended."""
    by_name = {uid.lower(): entry for entry in entries for uid in entry.values("uid")}
    ours = {entry.dn.lower() for entry in by_name.values() if entry.value("sharedMailboxManagedBy") == policy.mark}
    observed = DirectoryObservation(by_name, found := {}, in_use := {})
    for entry in people:
        person = person_of(entry, entry.dn in ended)
        if person and entry.dn.lower() not in ours:
            found.update(dict.fromkeys(person.logins, person))
            in_use.update(dict.fromkeys((*person.logins, *person.addresses), entry.dn))
    return observed


def person_of(entry: Entry, has_ended: bool) -> Person | None:
    """None for an entry without a login name. Each value of uid is one. An account is active while it has not ended and its owner has an
    affiliation to the university beside having studied there."""
    logins = [value.lower() for value in entry.values("uid")]
    if not logins:
        return None
    affiliations = frozenset(value.lower() for value in entry.values("eduPersonAffiliation"))
    return Person(
        login=logins[0],
        dn=entry.dn,
        affiliations=affiliations,
        addresses=frozenset(value.lower() for value in entry.values("mail")),
        active=bool(affiliations - LEFT) and not has_ended,
        name=entry.value("cn") or "",
        other_logins=frozenset(logins[1:]),
    )


def view(observed: DirectoryObservation, policy: DirectoryPolicy, is_adopted: Callable[[str], bool]) -> DirectoryView:
    """All people, and who has which address, for the rules that need the directory. Entries that are to be adopted count as ours: those
    without a mark whose name ``is_adopted``."""
    addresses = {taken: dn for taken, dn in observed.in_use.items() if "@" in taken}
    for name, entry in observed.entries.items():
        ours = {policy.mark, None} if is_adopted(name) else {policy.mark}
        if entry.value("sharedMailboxManagedBy") not in ours:
            addresses.update((address.lower(), entry.dn) for address in entry.values("mail"))
    return DirectoryView(observed.people, addresses, frozenset(observed.entries))
