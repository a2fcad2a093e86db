"""The directory's entries and people in the terms of declarations."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.postroom.core.directory.live import live_in_directory, people_in_directory, person_as_dict, person_from_dict
from ansible.module_utils.postroom.core.directory.plan import DirectoryObservation, DirectoryPolicy
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.core.model import Person
from ansible.module_utils.postroom.wire.ldap import Entry

POLICY = DirectoryPolicy("ou=mailboxes,dc=ugent,dc=be")
DN = "uid=labo.info,ou=mailboxes,dc=ugent,dc=be"
AN = Person("ajanssens", "uid=ajanssens,ou=people,dc=ugent,dc=be", frozenset({"staff", "member"}), frozenset({"an@ugent.be"}), name="An",
            other_logins=frozenset({"an.j"}))  # fmt: skip


def live(**attributes: tuple[str, ...]) -> LiveMailbox:
    observed = DirectoryObservation({"labo.info": Entry(DN, attributes)}, {"ajanssens": AN}, {})
    return live_in_directory(observed, POLICY)[0]


@pytest.mark.parametrize(
    ("value", "grant"),
    [
        ("{SASL}ajanssens", Grant("login", "ajanssens", "ajanssens")),
        ("{sasl}AJanssens", Grant("login", "AJanssens", "ajanssens")),
        ("{SASL}ajanssens@UGENT.BE", Grant("login", "ajanssens@UGENT.BE", "ajanssens")),
        ("geheim", Grant("login", "********")),
        ("{SSHA}c2VjcmV0", Grant("login", "********")),
    ],
)
def test_a_password_that_is_no_pass_through_stays_a_secret(value: str, grant: Grant) -> None:
    assert live(userPassword=(value,)).grants == (grant,)


@pytest.mark.parametrize(
    ("dn", "login"), [("UID=ajanssens, OU=people,dc=ugent,dc=be", "ajanssens"), ("uid=ajanssens,ou=guests,dc=ugent,dc=be", "")]
)
def test_an_owner_is_who_has_that_dn(dn: str, login: str) -> None:
    assert live(owner=(dn,)).grants == (Grant("owner", dn, login),)


@pytest.mark.parametrize(("status", "is_retired"), [(("active",), False), (("retired",), True), (("Retired",), True), ((), None)])
def test_an_entry_says_whether_it_is_retired(status: tuple[str, ...], is_retired: bool | None) -> None:
    assert live(sharedMailboxStatus=status).is_retired is is_retired


@pytest.mark.parametrize(
    ("attributes", "time"),
    [
        ({"pwdLastSuccess": ("20261124042036Z",)}, "2026-11-24T04:20:36Z"),
        ({"authTimestamp": ("20261124042036Z",)}, "2026-11-24T04:20:36Z"),
        ({"pwdLastSuccess": ("yesterday",)}, None),
        ({}, None),
    ],
)
def test_the_last_login_is_told_where_the_directory_keeps_it(attributes: dict[str, tuple[str, ...]], time: str | None) -> None:
    assert live(**attributes).last_login == time


def test_people_are_told_without_the_entries_of_mailboxes() -> None:
    mailbox = Person("labo.info", DN.upper(), frozenset())
    observed = DirectoryObservation({"labo.info": Entry(DN, {})}, {"labo.info": mailbox, "ajanssens": AN, "an.j": AN}, {})
    assert people_in_directory(observed) == [AN]


def test_a_person_travels_as_json() -> None:
    assert person_from_dict(json.loads(json.dumps(person_as_dict(AN)))) == AN
