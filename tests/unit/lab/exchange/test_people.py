"""Entries of the directory as the store's people."""

from __future__ import annotations

import pytest

from lab.exchange.people import person
from lab.exchange.store import Person


@pytest.mark.parametrize(
    ("values", "affiliation"), [(["member", "staff"], "staff"), (["student"], "student"), (["alum"], "alum"), ([], "guest")]
)
def test_an_entry_becomes_a_person(values: list[str], affiliation: str) -> None:
    entry = {"uid": [b"zoe"], "cn": ["Zoë Maes".encode()], "givenName": ["Zoë".encode()], "sn": [b"Maes"], "mail": [b"zoe@ugent.be"]}
    found = person({**entry, "eduPersonAffiliation": [value.encode() for value in values]})
    assert found == Person("zoe", "Zoë Maes", "Zoë", "Maes", "zoe@ugent.be", affiliation)


def test_missing_attributes_are_empty() -> None:
    assert person({"uid": [b"x"]}) == Person("x", "", "", "", "", "guest")
