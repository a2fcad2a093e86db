"""The people of the practice directory, for the accounts of the practice organisation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ldap

from lab.exchange.authentication import connect
from lab.exchange.store import Person

AFFILIATIONS = ("staff", "student", "alum")


@dataclass(slots=True)
class PeopleInDirectory:
    """Callable: the people, the same list again while the directory has not changed or cannot be asked."""

    uri: str
    ca_file: str
    base: str
    bind_dn: str
    password: str = field(repr=False)
    _last: list[Person] = field(default_factory=list)

    def __call__(self) -> list[Person]:
        try:
            connection = connect(self.uri, self.ca_file)
            connection.simple_bind_s(self.bind_dn, self.password)
            entries = connection.search_s(self.base, ldap.SCOPE_ONELEVEL, "(uid=*)")
            connection.unbind_s()
        except ldap.LDAPError:
            return self._last
        people = [_person(attributes) for _, attributes in entries]
        if people != self._last:
            self._last = people
        return self._last


def _person(attributes: dict[str, list[bytes]]) -> Person:
    def first(name: str) -> str:
        return attributes.get(name, [b""])[0].decode()

    affiliations: list[Any] = [value.decode() for value in attributes.get("eduPersonAffiliation", [])]
    affiliation = next((one for one in AFFILIATIONS if one in affiliations), "guest")
    return Person(first("uid").lower(), first("cn"), first("givenName"), first("sn"), first("mail"), affiliation)
