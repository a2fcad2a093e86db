"""Who is a person, whose account is active, and what is taken."""

from __future__ import annotations

from functools import partial

import pytest
from ansible.module_utils.postroom.core.adoption.choice import is_chosen
from ansible.module_utils.postroom.core.directory.observation import observation, person_of, view
from ansible.module_utils.postroom.core.directory.plan import DirectoryPolicy
from ansible.module_utils.postroom.wire.ldap import Entry

POLICY = DirectoryPolicy("ou=mailboxes")


def entry(dn: str = "uid=an", **values: tuple[str, ...]) -> Entry:
    return Entry(dn, {"uid": ("An",), **values})


def shared(mark: str | None, *mail: str) -> Entry:
    marks = {"sharedMailboxManagedBy": (mark,)} if mark else {}
    return Entry("uid=labo,ou=mailboxes", {"uid": ("Labo",), "mail": mail, **marks})


@pytest.mark.parametrize(
    ("values", "has_ended", "active"),
    [
        ({"eduPersonAffiliation": ("Staff",)}, False, True),
        ({"eduPersonAffiliation": ("alum", "student")}, False, True),
        ({"eduPersonAffiliation": ("ALUM",)}, False, False),
        ({}, False, False),
        ({"eduPersonAffiliation": ("staff",)}, True, False),
        ({"eduPersonAffiliation": ("staff",), "pwdAccountLockedTime": ("20261127100000Z",)}, False, True),
    ],
)
def test_an_account_is_active_with_an_affiliation_until_it_ends(values: dict[str, tuple[str, ...]], has_ended: bool, active: bool) -> None:
    person = person_of(entry(**values), has_ended)
    assert person and (person.login, person.active) == ("an", active)


def test_each_uid_is_a_login_and_a_taken_name() -> None:
    observed = observation([], [entry(uid=("Maria", "maria.v"))], {"uid=an"}, POLICY)
    assert observed.people["maria.v"] is observed.people["maria"]
    assert not observed.people["maria"].active
    assert observed.in_use == {"maria": "uid=an", "maria.v": "uid=an"}


def test_an_entry_without_a_login_is_nobody() -> None:
    assert person_of(Entry("cn=printer", {"cn": ("printer",)}), False) is None


@pytest.mark.parametrize(("mark", "is_person"), [("postroom", False), ("other", True), (None, True)])
def test_an_entry_of_ours_among_the_people_takes_no_name(mark: str | None, is_person: bool) -> None:
    both = shared(mark, "Labo@UGent.be")
    observed = observation([both], [both, entry(mail=("An@UGent.be",))], (), POLICY)
    assert observed.entries == {"labo": both}
    assert ("labo" in observed.people, "labo@ugent.be" in observed.in_use) == (is_person, is_person)
    assert observed.in_use["an@ugent.be"] == observed.in_use["an"] == "uid=an"


@pytest.mark.parametrize(
    ("mark", "adopt", "taken"),
    [
        ("postroom", (), False),
        ("other", (), True),
        (None, (), True),
        (None, ("labo",), False),
        (None, ("*",), False),
        (None, ("vragen",), True),
        ("other", ("labo",), True),
    ],
)
def test_an_address_is_taken_unless_it_is_ours_or_is_to_be(mark: str | None, adopt: tuple[str, ...], taken: bool) -> None:
    found = view(
        observation([shared(mark, "Labo@UGent.be")], [entry(mail=("An@UGent.be",))], (), POLICY), POLICY, partial(is_chosen, choice=adopt)
    )
    assert ("labo@ugent.be" in found.in_use, found.mailboxes) == (taken, {"labo"})
    assert "an@ugent.be" in found.in_use
    assert "an" not in found.in_use
