from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from ansible.module_utils.postroom.core.packed import pack
from ansible.module_utils.postroom.core.plan import (
    UNREVIEWED,
    Action,
    Change,
    ChangeError,
    Detail,
    Effect,
    Refusal,
    Right,
    Subject,
    SystemPlan,
    as_document,
    changes_of,
    digest,
    fingerprint,
    join,
    reviewed_only,
    summary,
)
from hypothesis import given
from hypothesis import strategies as st

from ..declaration import mailbox

CHANGE = st.builds(
    lambda name, system, action: Change(name, system, action, (), ((),)),
    st.sampled_from("abc"), st.sampled_from(["cyrus", "directory"]), st.sampled_from(["create", "update", "retire"]),
)  # fmt: skip


@given(st.lists(CHANGE), st.randoms())
def test_the_digest_does_not_depend_on_the_order(changes: list[Change[str]], random: object) -> None:
    shuffled = list(changes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(shuffled) == digest(changes)


@given(st.lists(CHANGE))
def test_the_summary_counts_each_mailbox_once(changes: list[Change[str]]) -> None:
    assert sum(as_document("abcd", changes)["summary"].values()) == 4


def test_a_system_without_an_answer_and_a_backend_without_a_server_are_failures() -> None:
    results = [{"system": "cyrus", "changes": [], "failures": []}, {"system": "directory", "msg": "unreachable"}]
    changes, failures = join(results, [mailbox(), mailbox(backend="exchange")])
    assert changes == []
    assert [(failure["system"], failure["mailbox"]) for failure in failures] == [("directory", ""), ("exchange", "labo.info")]


@given(st.lists(CHANGE, min_size=1))
def test_the_digest_tells_plans_apart(changes: list[Change[str]]) -> None:
    one_more = [*changes, changes[0]]
    other_command = [replace(changes[0], stages=(("CREATE x",),)), *changes[1:]]
    assert len({digest(changes), digest(one_more), digest(other_command)}) == 3


@given(st.lists(CHANGE))
def test_a_document_is_sorted_by_mailbox_and_system(changes: list[Change[str]]) -> None:
    ordered = as_document("abc", changes)["changes"]
    places = [(change["mailbox"], change["system"]) for change in ordered]
    assert places == sorted(places)
    assert len(ordered) == len(changes)


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["update"], "update"),
        (["update", "retire"], "retire"),
        (["retire", "create"], "create"),
        (["update", "create", "update"], "create"),
    ],
)
def test_a_mailbox_counts_under_its_weightiest_action(actions: list[Action], action: str) -> None:
    counts = summary(["a"], [Change("a", "cyrus", one, (), ()) for one in actions])
    assert counts == {"create": 0, "update": 0, "retire": 0, "unchanged": 0, action: 1}


def test_what_failed_is_not_called_unchanged() -> None:
    assert summary(["a", "b"], [], ["a"])["unchanged"] == 1


def test_nothing_is_called_unchanged_when_a_system_gave_no_plan() -> None:
    assert summary(["a", "b"], [], [""])["unchanged"] == 0


def test_a_change_is_plain_data_with_the_commands_of_all_stages() -> None:
    change = Change("x", "cyrus", "create", (Detail("quota_kib", None, 1),), (("A", "B"), ("C",)))
    assert change.as_dict() == {
        "mailbox": "x", "system": "cyrus", "action": "create",
        "details": [{"field": "quota_kib", "before": None, "after": 1, "subjects": []}], "commands": ["A", "B", "C"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"system": "cyrus", "msg": "no", "server": "imap:143"}, ("cyrus", "imap:143", "no")),
        ({"system": "cyrus"}, ("cyrus", "", "gave no answer")),
        ({}, ("unknown", "", "gave no answer")),
    ],
)
def test_a_result_without_changes_is_a_failure(result: dict[str, str], expected: tuple[str, str, str]) -> None:
    _, failures = join([result], [])
    assert [(failure["system"], failure["server"], failure["message"]) for failure in failures] == [expected]


def test_what_was_not_reviewed_is_refused_and_the_rest_is_done() -> None:
    one, other = (Change(name, "cyrus", "update", (Detail("quota_kib", 1, 2),), (("SETQUOTA",),)) for name in ("one", "other"))
    plan = SystemPlan([one, other], [Refusal("third", "collides")])
    assert reviewed_only(plan, None) is plan
    reviewed = reviewed_only(plan, {fingerprint(one)})
    assert reviewed.changes == [one]
    assert reviewed.refusals == [Refusal("third", "collides"), Refusal("other", UNREVIEWED)]


@given(CHANGE, CHANGE)
def test_a_fingerprint_is_of_all_that_matters(one: Change[str], other: Change[str]) -> None:
    assert (fingerprint(one) == fingerprint(other)) is (one == other)


SUBJECT = st.builds(
    Subject, st.text(), st.sampled_from(get_args(Right)), st.sampled_from(get_args(Effect)), st.none() | st.sampled_from(["INBOX", "Sent"])
)
VALUE = st.none() | st.text() | st.integers() | st.booleans()
DETAILED = st.builds(
    Change, st.text(), st.sampled_from(["cyrus", "directory", "exchange"]), st.sampled_from(get_args(Action)),
    st.lists(st.builds(Detail, st.text(), VALUE, VALUE, st.lists(SUBJECT, max_size=2).map(tuple)), max_size=2).map(tuple),
    st.lists(st.text(), max_size=2).map(lambda commands: (tuple(commands),)),
)  # fmt: skip


@given(DETAILED)
def test_a_change_is_read_back_as_it_was(change: Change[str]) -> None:
    assert Change.from_dict(json.loads(json.dumps(change.as_dict()))) == change


WHOLE = Change("x", "cyrus", "update", (Detail("rights of an", "lrs", None, (Subject("an", "rights", "ends"),)),), (("A",),)).as_dict()
DETAIL = WHOLE["details"][0]


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "x", [], {}, {**WHOLE, "more": 1}, {name: WHOLE[name] for name in WHOLE if name != "commands"},
        {**WHOLE, "mailbox": None}, {**WHOLE, "system": "murder"}, {**WHOLE, "system": []}, {**WHOLE, "action": "delete"},
        {**WHOLE, "action": {}}, {**WHOLE, "details": None}, {**WHOLE, "commands": "A"}, {**WHOLE, "commands": [5]},
        {**WHOLE, "details": [{"field": "x", "before": None, "after": None}]}, {**WHOLE, "details": [{**DETAIL, "field": 5}]},
        {**WHOLE, "details": [{**DETAIL, "before": ["an"]}]}, {**WHOLE, "details": [{**DETAIL, "subjects": None}]},
        {**WHOLE, "details": [{**DETAIL, "subjects": [{**DETAIL["subjects"][0], "effect": "vanishes"}]}]},
        {**WHOLE, "details": [{**DETAIL, "subjects": [{**DETAIL["subjects"][0], "right": "vote"}]}]},
        {**WHOLE, "details": [{**DETAIL, "subjects": [{**DETAIL["subjects"][0], "who": None}]}]},
        {**WHOLE, "details": [{**DETAIL, "subjects": [{**DETAIL["subjects"][0], "folder": 5}]}]},
    ],
)  # fmt: skip
def test_what_is_no_change_is_said_in_words(value: object) -> None:
    with pytest.raises(ChangeError, match=" is not "):
        Change.from_dict(value)


def test_an_answer_that_is_no_plan_is_a_failure_of_its_system_and_the_others_are_joined() -> None:
    results = [
        {"system": "cyrus", "server": "imap:143", "changes": [{}], "failures": []},
        {"system": "directory", "changes": [WHOLE], "failures": []},
    ]
    changes, failures = join(results, [mailbox()])
    assert changes == [Change.from_dict(WHOLE)]
    assert [(failure["mailbox"], failure["system"], failure["server"]) for failure in failures] == [("", "cyrus", "imap:143")]
    assert "gave an answer that is no plan: {} is not a change" in failures[0]["message"]


@pytest.mark.parametrize("packed", ["no base64", pack([{}]), 5])
def test_changes_come_packed_and_what_cannot_be_unpacked_is_no_plan(packed: object) -> None:
    assert changes_of({"changes": pack([WHOLE])}) == [Change.from_dict(WHOLE)]
    with pytest.raises(ChangeError):
        changes_of({"changes": packed})
