from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.directory.plan import (
    DirectoryObservation,
    DirectoryPolicy,
    due_for_directory,
    plan_directory,
    without_staff,
)
from ansible.module_utils.postroom.core.model import Mailbox, Person
from ansible.module_utils.postroom.wire.ldap import Add, AddValue, DeleteValue, DirectoryOperation, Entry, Modify
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import mailbox

POLICY = DirectoryPolicy("ou=mailboxes,dc=ugent,dc=be")
PEOPLE = {login: Person(login, f"uid={login},ou=people", frozenset({"staff"})) for login in ("ajanssens", "bpeeters", "cdevos")}
DN = "uid=labo.info,ou=mailboxes,dc=ugent,dc=be"


def observed(entry: Entry | None = None, in_use: dict[str, str] | None = None) -> DirectoryObservation:
    return DirectoryObservation({"labo.info": entry} if entry else {}, PEOPLE, in_use or {})


def carried_out(entry: Entry, operation: DirectoryOperation) -> Entry:
    """The entry after it, on a server whose password policy takes one password at a time."""
    if isinstance(operation, Add):
        assert len(operation.attributes.get("userPassword", ())) <= 1
        return Entry(operation.dn, operation.attributes)
    assert operation.dn == entry.dn
    if isinstance(operation, Modify):
        assert "userPassword" not in operation.replacements
        return Entry(entry.dn, {**entry.attributes, **operation.replacements})
    values = entry.values(operation.attribute)
    if isinstance(operation, AddValue):
        assert operation.value not in values
        return Entry(entry.dn, {**entry.attributes, operation.attribute: (*values, operation.value)})
    assert operation.value is None or operation.value in values
    kept = () if operation.value is None else tuple(value for value in values if value != operation.value)
    return Entry(entry.dn, {**entry.attributes, operation.attribute: kept})


def planned_entry(**changes: tuple[str, ...]) -> Entry:
    """The entry that planning makes from nothing, with some attributes changed."""
    entry = Entry("", {})
    for stage in plan_directory([mailbox()], observed(), POLICY).changes[0].stages:
        for operation in stage:
            entry = carried_out(entry, operation)
    return Entry(entry.dn, {**entry.attributes, **changes})


def stages(entry: Entry, **declared: object) -> tuple[tuple[DirectoryOperation, ...], ...]:
    return plan_directory([mailbox(**declared)], observed(entry), POLICY).changes[0].stages


def test_a_new_entry_has_a_value_for_each_member() -> None:
    entry = planned_entry()
    assert entry.dn == DN
    assert entry.values("userPassword") == ("{SASL}ajanssens", "{SASL}bpeeters")
    assert entry.values("owner") == ("uid=ajanssens,ou=people", "uid=bpeeters,ou=people")


def test_an_entry_of_a_mailbox_on_exchange_has_owners_and_no_login() -> None:
    operation = plan_directory([mailbox(backend="exchange")], observed(), POLICY).changes[0].stages[0][0]
    assert isinstance(operation, Add)
    assert "userPassword" not in operation.attributes
    assert operation.attributes["sharedMailboxBackend"] == ("exchange",)
    assert operation.attributes["owner"] == ("uid=ajanssens,ou=people", "uid=bpeeters,ou=people")
    assert operation.attributes["mail"] == ("Labo.Info@UGent.be",)


def test_an_entry_from_before_the_backend_was_in_it_gets_it() -> None:
    change = plan_directory([mailbox()], observed(planned_entry(sharedMailboxBackend=())), POLICY).changes[0]
    operation = change.stages[0][0]
    assert isinstance(operation, Modify)
    assert (change.action, operation.replacements) == ("update", {"sharedMailboxBackend": ("cyrus",)})
    assert [(detail.field, detail.before, detail.after) for detail in change.details] == [("backend", None, "cyrus")]


@pytest.mark.parametrize("hold_back", [["labo.info"], ["*"]])
@pytest.mark.parametrize(("lives", "declared"), [("cyrus", "exchange"), ("exchange", "cyrus")])
def test_mail_goes_on_to_where_a_mailbox_lives_that_was_not_made_elsewhere(lives: str, declared: str, hold_back: list[str]) -> None:
    entry = planned_entry(sharedMailboxBackend=(lives.capitalize(),))
    moving = mailbox(backend=declared, members=["ajanssens"])
    (due,) = due_for_directory([moving], observed(entry), hold_back)
    assert (due.backend, due.members) == (lives, ("ajanssens",))
    assert due_for_directory([moving], observed(entry), []) == [moving]


def test_an_entry_without_a_backend_is_of_a_mailbox_on_cyrus() -> None:
    entry = planned_entry(sharedMailboxBackend=())
    assert due_for_directory([mailbox(backend="exchange")], observed(entry), ["*"])[0].backend == "cyrus"


def test_no_entry_is_made_for_a_mailbox_that_was_not_made() -> None:
    other = mailbox(address="Vragen@UGent.be")
    assert due_for_directory([mailbox(backend="exchange"), other], observed(), ["labo.info"]) == [other]


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
    (operation,) = (operation for stage in change.stages for operation in stage)
    assert not isinstance(operation, Add)
    touched = operation.replacements.keys() if isinstance(operation, Modify) else {operation.attribute}
    assert ([detail.field for detail in change.details], set(touched)) == ([field], {attribute})


def test_who_is_taken_out_is_out_before_anything_else_is_tried() -> None:
    live = planned_entry(userPassword=("{SASL}ajanssens", "{SASL}cdevos", "{SASL}emaes"), owner=("uid=cdevos,ou=people",), cn=("x",))
    first, second = stages(live)
    owners = ("uid=ajanssens,ou=people", "uid=bpeeters,ou=people")
    assert first == (
        DeleteValue(DN, "userPassword", "{SASL}cdevos"), DeleteValue(DN, "userPassword", "{SASL}emaes"), Modify(DN, {"owner": owners})
    )  # fmt: skip
    assert second == (Modify(DN, {"cn": ("Labo Informatica",)}), AddValue(DN, "userPassword", "{SASL}bpeeters"))


def test_somebody_with_a_realm_is_taken_out_too() -> None:
    live = planned_entry(userPassword=("{SASL}ajanssens", "{SASL}bpeeters", "{sasl}cdevos@UGENT.BE"))
    assert stages(live) == ((DeleteValue(DN, "userPassword", "{sasl}cdevos@UGENT.BE"),),)


def test_entries_name_their_policy_subentry_where_there_is_one() -> None:
    policy = DirectoryPolicy("ou=mailboxes,dc=ugent,dc=be", policy_subentry="cn=shared mailboxes,ou=policies")
    created = plan_directory([mailbox()], observed(), policy).changes[0].stages[0][0]
    assert isinstance(created, Add)
    assert created.attributes["pwdPolicySubentry"] == ("cn=shared mailboxes,ou=policies",)
    live = planned_entry(pwdPolicySubentry=("CN=Shared mailboxes, ou=policies",))
    assert plan_directory([mailbox()], observed(live), policy).changes == []
    update = plan_directory([mailbox()], observed(planned_entry()), policy).changes[0]
    assert update.stages == ((Modify(DN, {"pwdPolicySubentry": ("cn=shared mailboxes,ou=policies",)}),),)


@pytest.mark.parametrize(
    ("attributes", "subjects"),
    [
        (
            {"userPassword": ("{SASL}Ajanssens", "{SASL}zvos", "{SASL}xvos")},
            {("bpeeters", "login", "begins"), ("xvos", "login", "ends"), ("zvos", "login", "ends")},
        ),
        ({"userPassword": ("{SASL}ajanssens", "{SASL}bpeeters", "{SSHA}c2VjcmV0")}, {("********", "login", "ends")}),
        (
            {"owner": ("UID=ajanssens, OU=people", "uid=cdevos,ou=people", "cn=gone,ou=people")},
            {("bpeeters", "owner", "begins"), ("cdevos", "owner", "ends"), ("cn=gone,ou=people", "owner", "ends")},
        ),
        ({"description": ("other",)}, set()),
    ],
)
def test_each_who_gains_or_loses_is_a_subject(attributes: dict[str, tuple[str, ...]], subjects: set[tuple[str, str, str]]) -> None:
    (detail,) = plan_directory([mailbox()], observed(planned_entry(**attributes)), POLICY).changes[0].details
    assert {(subject.who, subject.right, subject.effect) for subject in detail.subjects} == subjects
    assert len(detail.subjects) == len(subjects)


def test_a_foreign_password_is_taken_away_and_never_shown() -> None:
    change = plan_directory([mailbox()], observed(planned_entry(userPassword=("{SSHA}c2VjcmV0",))), POLICY).changes[0]
    assert change.details[0].before == "********"
    assert change.stages[0] == (DeleteValue(DN, "userPassword"),)
    assert "c2VjcmV0" not in str(change)


def test_a_retired_mailbox_loses_logins_and_owners_and_keeps_its_entry() -> None:
    change = plan_directory([mailbox(state="retired")], observed(planned_entry()), POLICY).changes[0]
    assert change.action == "retire"
    assert change.stages == ((DeleteValue(DN, "userPassword"), Modify(DN, {"owner": (), "sharedMailboxStatus": ("retired",)})),)


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


ATTRIBUTE = st.sampled_from(["cn", "mail", "description", "owner", "userPassword", "sharedMailboxStatus", "sharedMailboxBackend", "uid"])
WORDS = st.sampled_from(["a", "{SASL}cdevos", "{SSHA}x", "uid=cdevos,ou=people", "active", "exchange", "labo.info"])
VALUES = st.lists(WORDS, max_size=3, unique=True)
DECLARED = st.builds(
    lambda members, state, purpose, backend: mailbox(members=sorted(members), state=state, purpose=purpose, backend=backend),
    st.sets(st.sampled_from(sorted(PEOPLE)), min_size=1), st.sampled_from(["present", "retired"]), st.sampled_from(["a", "Chloé", "x; y"]),
    st.sampled_from(["cyrus", "exchange"]),
)  # fmt: skip


@given(st.dictionaries(ATTRIBUTE, VALUES.map(tuple)), DECLARED)
def test_after_the_planned_operations_nothing_is_left_to_plan(live: dict[str, tuple[str, ...]], declared: Mailbox) -> None:
    entry = Entry(DN, {"sharedMailboxManagedBy": ("postroom",), **live})
    for change in plan_directory([declared], observed(entry), POLICY).changes:
        for operation in (operation for stage in change.stages for operation in stage):
            entry = carried_out(entry, operation)
    assert plan_directory([declared], observed(entry), POLICY).changes == []


@given(st.dictionaries(ATTRIBUTE, VALUES.map(tuple)), DECLARED, st.sampled_from([(), ("other",), ("Postroom",)]))
def test_an_entry_without_our_mark_is_never_in_the_changes(
    live: dict[str, tuple[str, ...]], declared: Mailbox, mark: tuple[str, ...]
) -> None:
    entry = Entry(DN, {**live, "sharedMailboxManagedBy": mark})
    plan = plan_directory([declared], observed(entry), POLICY)
    assert (plan.changes, [refusal.mailbox for refusal in plan.refusals]) == ([], ["labo.info"])


def test_a_retired_mailbox_without_an_entry_gets_none() -> None:
    assert plan_directory([mailbox(state="retired")], observed(), POLICY).changes == []


def test_a_retired_mailbox_needs_nobody_in_the_directory() -> None:
    plan = plan_directory([mailbox(state="retired")], DirectoryObservation({"labo.info": planned_entry()}, {}, {}), POLICY)
    assert ([change.action for change in plan.changes], plan.refusals) == (["retire"], [])


def test_a_refusal_does_not_hold_up_the_others() -> None:
    plan = plan_directory([mailbox(), mailbox(address="Vragen@UGent.be")], observed(in_use={"labo.info": "uid=x"}), POLICY)
    assert ([change.mailbox for change in plan.changes], [refusal.mailbox for refusal in plan.refusals]) == (["vragen"], ["labo.info"])


def test_a_name_with_syntax_stays_within_its_dn() -> None:
    change = plan_directory([mailbox(address="a,ou=x@UGent.be")], observed(), POLICY).changes[0]
    operation = change.stages[0][0]
    assert isinstance(operation, Add)
    assert operation.dn == "uid=a\\,ou\\=x,ou=mailboxes,dc=ugent,dc=be"


@pytest.mark.parametrize(
    ("declared", "without"),
    [
        ({}, False),
        ({"members": ("student",)}, True),
        ({"members": ("gone", "unknown")}, True),
        ({"members": ("ajanssens", "student")}, False),
        ({"state": "retired"}, True),
    ],
)
def test_mailboxes_without_staff(declared: dict[str, object], without: bool) -> None:
    student = Person("student", "uid=student", frozenset({"student"}))
    gone = Person("gone", "uid=gone", frozenset({"staff"}), active=False)
    people = {**PEOPLE, "student": student, "gone": gone}
    assert without_staff([mailbox(**declared)], people) == (["labo.info"] if without else [])


@pytest.mark.parametrize("order", [("maria", "maria.v"), ("maria.v", "maria")])
def test_an_owner_with_several_logins_is_known_by_the_first_in_every_run(order: tuple[str, str]) -> None:
    """A plan has to be the same when it is made again after its review."""
    maria = Person("maria", "uid=maria,ou=people", frozenset({"staff"}), other_logins=frozenset({"maria.v"}))
    found = DirectoryObservation({}, dict.fromkeys(order, maria), {})
    (change,) = plan_directory([mailbox(members=["maria.v"])], found, POLICY).changes
    assert {subject.who for detail in change.details if detail.field == "owner" for subject in detail.subjects} == {"maria"}
