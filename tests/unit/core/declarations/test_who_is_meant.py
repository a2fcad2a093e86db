from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.validate import Source, validate
from ansible.module_utils.postroom.core.declarations.who_is_meant import in_words, logins_of, people_in
from ansible.module_utils.postroom.core.model import DirectoryView, Person
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import SCHEMA, spoilt


def person(login: str, name: str, address: str, active: bool = True) -> Person:
    return Person(login, f"uid={login}", frozenset({"staff"}), frozenset({address.lower()}), active, name)


PEOPLE = [
    person("ajanssens", "An Janssens", "An.Janssens@UGent.be"),
    person("bpeeters", "Bárt Peeters", "Bart.Peeters@UGent.be"),
    person("lpeeters", "Lies Peeters", "Lies.Peeters@UGent.be"),
    person("lpeeter2", "Lies Peeters", "Lies.Peeters2@UGent.be"),
    person("pvroeger", "Piet Vroeger", "Piet.Vroeger@UGent.be", active=False),
]
VIEW = DirectoryView({one.login: one for one in PEOPLE}, {})


@pytest.mark.parametrize(
    ("text", "logins"),
    [
        ("An.Janssens@UGent.be", ["ajanssens"]),
        ("an.janssens@ugent.be ", ["ajanssens"]),
        ("an.janssens", ["ajanssens"]),
        ("An Janssens", ["ajanssens"]),
        ("Janssens, An", ["ajanssens"]),
        ("bart peeters", ["bpeeters"]),
        ("Lies Peeters", ["lpeeter2", "lpeeters"]),
        ("Peeters", []),
        ("Piet Vroeger", []),
        ("", []),
        ("@", []),
    ],
)
def test_an_address_or_a_full_name_is_somebodys_login(text: str, logins: list[str]) -> None:
    assert logins_of(text, VIEW) == logins
    assert logins_of(text, None) == []


@given(st.text(max_size=20))
def test_any_text_can_be_looked_up(text: str) -> None:
    assert set(logins_of(text, VIEW)) <= VIEW.people.keys()


def test_several_of_one_name_are_listed_up_to_three() -> None:
    assert in_words(["a", "b"]) == "a or b"
    assert in_words(["a", "b", "c", "d"]) == "a or b or c"


@pytest.mark.parametrize(
    ("text", "parts"), [("a, b", ["a", "b"]), ("a en b; c", ["a", "b", "c"]), ("a b", ["a", "b"]), ("A B & C D", ["A B", "C D"]), ("", [])]
)
def test_people_in_one_text(text: str, parts: list[str]) -> None:
    assert people_in(text) == parts


@pytest.mark.parametrize("with_directory", [True, False])
@pytest.mark.parametrize(
    ("line", "login", "what"),
    [
        ("members: [ajanssens, Bart.Peeters@UGent.be]", "bpeeters", "an e-mail address"),
        ("members: [Bart Peeters]", "bpeeters", "a person's name"),
        ("members: ['Peeters, Bart', ajanssens]", "bpeeters", "a person's name"),
        ("members: [Lies Peeters]", "lpeeter2 or lpeeters", "a person's name"),
        ("requested_by: An Janssens", "ajanssens", "a person's name"),
        ("requested_by: An.Janssens@UGent.be", "ajanssens", "an e-mail address"),
    ],
)
def test_one_message_says_whose_login_was_meant(line: str, login: str, what: str, with_directory: bool) -> None:
    view = VIEW if with_directory else None
    (finding,) = validate([Source("labo.info.yml", spoilt(line).encode())], SCHEMA, view).findings
    assert f"is not a login name but {what}; write " in finding.message
    assert finding.message.endswith(f"write {login}") is with_directory
    assert ("the name that person logs in with" in finding.message) is not with_directory


def test_whom_the_directory_does_not_know_is_said_to_be_unknown() -> None:
    (finding,) = validate([Source("labo.info.yml", spoilt("members: [Jan Nobody]").encode())], SCHEMA, VIEW).findings
    assert finding.message.endswith("(nobody in the directory has that name)")


def test_a_login_that_there_is_not_may_be_the_name_in_an_address() -> None:
    (finding,) = validate([Source("labo.info.yml", spoilt("members: [bart.peeters]").encode())], SCHEMA, VIEW).findings
    assert (finding.rule, finding.message.endswith("write bpeeters")) == ("member-unknown", True)


def test_a_member_who_is_not_known_at_all_may_leave_nobody_who_is_staff() -> None:
    findings = validate([Source("labo.info.yml", spoilt("members: [jnobody]").encode())], SCHEMA, VIEW).findings
    assert {finding.rule for finding in findings} == {"member-unknown", "members-staff"}
