"""Whose login name somebody meant who wrote an e-mail address or a full name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ...text import shown
from ..model import DirectoryView

_BETWEEN_NAMES = re.compile(r"\s*[;,&/]\s*|\s+(?:en|and)\s+")
_FULL_NAME = re.compile(r"[^\W\d_]+([ ,.'\u2019-]+[^\W\d_]+)+\.?")
_SHORT = 4
"""A text of so few characters is hardly a name."""
_NAMESAKES = 3
"""So many people of one name are listed, and no more."""
MANY = 50
"""So many members of a file are looked up; more than any mailbox can have."""


def logins_of(text: str, view: DirectoryView | None) -> list[str]:
    """The login names of active people who have this e-mail address, its part before the @, or this full name (letter case, accents and
    the order of the names make no difference); none without ``view``."""
    if view is None or not text.strip():
        return []
    written, name = text.strip().lower(), _name(text)
    found = {
        person.login
        for person in view.people.values()
        if person.active
        and (
            written in person.addresses
            or any(written == address.partition("@")[0] for address in person.addresses)
            or bool(name and name == _name(person.name))
        )
    }
    return sorted(found)


def in_words(logins: Iterable[str]) -> str:
    """``ajanssens``, or ``ajanssens or ajanssen2`` where several have the name."""
    return " or ".join([*logins][:_NAMESAKES])


def people_in(text: str) -> list[str]:
    """The parts of a text that names several people: at commas, semicolons and words for "and"; else at blanks."""
    parts = [part for part in _BETWEEN_NAMES.split(text) if part]
    return parts if len(parts) > 1 else text.split()


def not_a_login(value: str, view: DirectoryView | None) -> str:
    """What to write instead of a text that cannot be a login name; empty when it is not plain that a person is meant."""
    if "@" in value:
        what, whom = f"{shown(value)} is not a login name but an e-mail address", "has that address"
    elif _FULL_NAME.fullmatch(value) and len(value) > _SHORT:
        what, whom = f"{shown(value)} is not a login name but a person's name", "has that name"
    else:
        return ""
    if logins := logins_of(value, view):
        return f"{what}; write {in_words(logins)}"
    nobody = "" if view is None else f" (nobody in the directory {whom})"
    return f"{what}; write the name that person logs in with, such as ajanssens{nobody}"


def _name(text: str) -> tuple[str, ...]:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return tuple(sorted(re.findall(r"\w+", plain.casefold())))
