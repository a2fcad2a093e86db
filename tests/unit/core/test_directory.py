from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.directory import DirectoryObservation, DirectoryPolicy, plan_directory
from ansible.module_utils.postroom.core.model import Person
from ansible.module_utils.postroom.wire.ldap import Add, Entry, Modify

from ..declaration import mailbox

POLICY = DirectoryPolicy("ou=mailboxes,dc=ugent,dc=be")
PEOPLE = {login: Person(login, f"uid={login},ou=people", frozenset({"staff"})) for login in ("ajanssens", "bpeeters", "cdevos")}
DN = "uid=labo.info,ou=mailboxes,dc=ugent,dc=be"


def observed(entry: Entry | None = None, in_use: dict[str, str] | None = None) -> DirectoryObservation:
    return DirectoryObservation({"labo.info": entry} if entry else {}, PEOPLE, in_use or {})


def planned_entry(**changes: tuple[str, ...]) -> Entry:
    """The entry that planning makes from nothing, with some attributes changed."""
    operation = plan_directory([mailbox()], observed(), POLICY).changes[0].stages[0][0]
    assert isinstance(operation, Add)
    return Entry(operation.dn, {**operation.attributes, **changes})


def test_a_new_entry_has_a_value_for_each_member() -> None:
    entry = planned_entry()
    assert entry.dn == DN
    assert entry.values("userPassword") == ("{SASL}ajanssens", "{SASL}bpeeters")
    assert entry.values("owner") == ("uid=ajanssens,ou=people", "uid=bpeeters,ou=people")


def test_an_entry_as_planned_needs_nothing() -> None:
    entry = planned_entry(owner=("UID=bpeeters, OU=people", "uid=ajanssens,ou=people"))
    assert plan_directory([mailbox()], observed(entry), POLICY).changes == []


@pytest.mark.parametrize(
    ("attribute", "values", "field"),
    [
        ("userPassword", ("{SASL}ajanssens", "{SASL}bpeeters", "{SASL}cdevos"), "login"),
        ("owner", (), "owner"),
        ("mail", ("labo.info@UGent.be",), "mail"),
        ("description", ("other",), "description"),
    ],
)
def test_a_difference_is_replaced_and_nothing_else(attribute: str, values: tuple[str, ...], field: str) -> None:
    change = plan_directory([mailbox()], observed(planned_entry(**{attribute: values})), POLICY).changes[0]
    operation = change.stages[0][0]
    assert isinstance(operation, Modify)
    assert ([detail.field for detail in change.details], set(operation.replacements)) == ([field], {attribute})


def test_a_foreign_password_is_taken_away_and_never_shown() -> None:
    change = plan_directory([mailbox()], observed(planned_entry(userPassword=("{SSHA}c2VjcmV0",))), POLICY).changes[0]
    assert change.details[0].before == "********"
    assert "c2VjcmV0" not in str(change)


def test_a_retired_mailbox_loses_logins_and_owners_and_keeps_its_entry() -> None:
    change = plan_directory([mailbox(state="retired")], observed(planned_entry()), POLICY).changes[0]
    operation = change.stages[0][0]
    assert isinstance(operation, Modify)
    assert change.action == "retire"
    assert operation.replacements == {"owner": (), "userPassword": (), "sharedMailboxStatus": ("retired",)}


@pytest.mark.parametrize(
    ("observation", "words"),
    [
        (observed(Entry(DN, {"uid": ("labo.info",)})), f"collides with {DN}"),
        (observed(in_use={"labo.info@ugent.be": "uid=someone"}), "collides with uid=someone"),
        (observed(in_use={"labo.info": "uid=labo.info,ou=people"}), "collides with uid=labo.info,ou=people"),
        (DirectoryObservation({}, {}, {}), "members who are not in the directory: ajanssens, bpeeters"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(observation: DirectoryObservation, words: str) -> None:
    plan = plan_directory([mailbox()], observation, POLICY)
    assert plan.changes == []
    assert words in plan.refusals[0].message
