"""The practice directory's people, for the store: read from slapd."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import ldap

from lab.exchange.authentication import Directory
from lab.exchange.store import Person

ATTRIBUTES = ["uid", "cn", "givenName", "sn", "mail", "eduPersonAffiliation"]
AFFILIATIONS = ("staff", "student", "guest", "alum")
log = logging.getLogger(__name__)


class People:
    """Gives the store everybody below ou=people; the same object again while nothing changed or the directory does not answer."""

    def __init__(self, directory: Directory, suffix: str, reader: str, secret_file: Path) -> None:
        self._directory = directory
        self._base = f"ou=people,{suffix}"
        self._reader = reader
        self._secret_file = secret_file
        self._known: tuple[Person, ...] = ()

    def __call__(self) -> tuple[Person, ...]:
        try:
            found = self._read()
        except ldap.LDAPError as error:
            log.warning("the directory does not answer: %s", type(error).__name__)
            return self._known
        if found != self._known:
            self._known = found
        return self._known

    def _read(self) -> tuple[Person, ...]:
        connection = self._directory.connect()
        try:
            connection.simple_bind_s(self._reader, self._secret_file.read_text().strip())
            entries = connection.search_s(self._base, ldap.SCOPE_ONELEVEL, "(objectClass=inetOrgPerson)", ATTRIBUTES)
        finally:
            connection.unbind_s()
        return tuple(sorted((person(attributes) for _, attributes in entries), key=lambda person: person.login))


def person(attributes: Mapping[str, Sequence[bytes]]) -> Person:
    def first(name: str) -> str:
        values = attributes.get(name)
        return values[0].decode() if values else ""

    affiliations = {value.decode() for value in attributes.get("eduPersonAffiliation", ())}
    affiliation = next((known for known in AFFILIATIONS if known in affiliations), "guest")
    return Person(first("uid"), first("cn"), first("givenName"), first("sn"), first("mail"), affiliation)
