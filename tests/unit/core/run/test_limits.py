from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.postroom.core.cyrus.plan import CyrusFolder, CyrusMailbox, CyrusPolicy, plan_cyrus
from ansible.module_utils.postroom.core.plan import Action, Change, Detail, Subject, System, as_document
from ansible.module_utils.postroom.core.run.limits import ApprovalError, Limit, Limits, disapproval, unprotected
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import mailbox

LIMITS = Limits(retired=Limit(1, 0), members_removed=Limit(2, 0), touched=Limit(3, 10))


def change(
    mailbox: str, action: Action = "update", system: System = "cyrus", *subjects: Subject, commands: Sequence[str] = (), **fields: Any
) -> Change[str]:
    """``subjects`` each on a line of their own; ``fields`` are before and after of details that are about nobody."""
    about = (Detail(f"a line about {number}", "before", "after", (subject,)) for number, subject in enumerate(subjects))
    details = (*about, *(Detail(field, before, after) for field, (before, after) in fields.items()))
    return Change(mailbox, system, action, details, (tuple(commands),))


AN, BO, CY = (Subject(who, "rights", "ends") for who in ("an", "bo", "cy"))


@pytest.mark.parametrize(
    ("changes", "mailboxes", "refused"),
    [
        ([], 0, []),
        ([change("a", "retire")], 9, []),
        ([change("a", "retire"), change("a", "retire", "directory")], 9, []),
        ([change("a", "retire"), change("b", "retire")], 9, ["2 mailboxes would be retired, and one run may do at most 1 "]),
        ([change(name) for name in "abc"], 9, []),
        ([change(name, "create") for name in "abcd"], 9, ["4 mailboxes would be changed, and one run may do at most 3 "]),
        ([change(name) for name in "abcd"], 40, []),
        ([change(name, "update", "cyrus", AN) for name in "ab"], 9, []),
        ([change(name, "update", "cyrus", AN) for name in "abc"], 9, ["3 members would be removed"]),
        ([change("a", "retire", "cyrus", AN), *(change(name, "update", "cyrus", AN) for name in "bc")], 9, []),
    ],
)
def test_limits(changes: list[Change[str]], mailboxes: int, refused: list[str]) -> None:
    reasons = list(LIMITS.exceeded(changes, mailboxes))
    assert [reason.startswith(start) for reason, start in zip(reasons, refused, strict=True)] == [True] * len(refused)


def removed(changes: Sequence[Change[str]]) -> int:
    """How many members, as the refusal of a run that may remove nobody says it."""
    reasons = Limits(Limit(999, 0), Limit(0, 0), Limit(999, 0)).exceeded(changes, 1)
    return next((int(reason.split()[0]) for reason in reasons), 0)


@pytest.mark.parametrize(
    ("subjects", "count"),
    [
        ([AN], 1),
        ([Subject("an", "rights", "is altered")], 0),
        ([Subject("an", "rights", "begins")], 0),
        ([AN, Subject("an", "rights", "ends", "Sent"), Subject("an", "login", "ends")], 1),
        ([Subject("an", "login", "ends"), Subject("cy", "login", "ends"), Subject("bo", "login", "begins")], 2),
        ([Subject("an", "full access", "ends"), Subject("an", "send as", "ends")], 1),
        ([Subject("an", "denial", "ends")], 0),
        ([AN, BO, Subject("uid=1,ou=people", "owner", "ends"), Subject("uid=2,ou=people", "owner", "ends")], 2),
        ([AN, *(Subject(f"uid={number},ou=people", "owner", "ends") for number in range(3))], 3),
        ([Subject("ugent.be/users/an", "send on behalf", "ends")], 1),
        ([Subject("anyone", "rights", "ends"), Subject("-an", "rights", "ends")], 2),
        ([], 0),
    ],
)
def test_members_removed(subjects: list[Subject], count: int) -> None:
    assert removed([change("a", "update", "cyrus", *subjects)]) == count
    together = Detail("one line about all", "x", None, tuple(subjects))
    assert removed([Change("a", "cyrus", "update", (together,), ())]) == count


def test_members_are_counted_once_for_each_mailbox_whatever_the_system() -> None:
    login = Subject("an", "login", "ends")
    assert removed([change("a", "update", "cyrus", AN, BO), change("a", "update", "directory", login)]) == 2
    assert removed([change(name, "update", "cyrus", AN) for name in "ab"]) == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from(["an", "bo", "cy", "di"])))), st.data())
def test_any_words_give_the_same_counts(planned: list[tuple[str, set[str]]], data: st.DataObject) -> None:
    """What is counted comes from real plans; then each display text becomes another one."""
    live = {name: CyrusMailbox({"": CyrusFolder(dict.fromkeys((name, *who), "lrswipkxte"))}, 5242880, "postroom") for name, who in planned}
    boxes = [mailbox(address=f"{name}@UGent.be", members=["an"]) for name in live]
    changes = plan_cyrus(boxes, live, CyrusPolicy(folders={}, implicit_owner_rights="")).changes
    words = st.none() | st.text() | st.sampled_from(["rights of an", "login", "an; bo", "full access of an"])
    scrambled = [
        replace(one, details=tuple(
            replace(detail, field=data.draw(words.map(str)), before=data.draw(words), after=data.draw(words)) for detail in one.details
        ))
        for one in changes
    ]  # fmt: skip
    nothing = Limits(Limit(-1, -999), Limit(-1, -999), Limit(-1, -999))
    assert list(nothing.exceeded(scrambled, 1)) == list(nothing.exceeded(changes, 1))
    expected = sum(len(set(box.folders[""].acl) - {name, "an"}) for name, box in live.items())
    assert f"{expected} members" in " ".join(nothing.exceeded(scrambled, 1))


def test_a_refusal_names_the_limit_the_count_and_the_variable() -> None:
    (reason,) = LIMITS.exceeded([change(name, "retire") for name in "abc"], 12)
    assert "3 mailboxes" in reason
    assert "limit is 1, or 0 % of the 12" in reason
    assert reason.endswith("-e plan_report__retired_maximum=3")


@pytest.mark.parametrize(
    ("protected", "without_staff", "refused"),
    [({"a"}, {"a"}, ["a"]), ({"b"}, {"a"}, []), ({"a"}, {"b"}, []), ({"c"}, {"c"}, [])],
)
def test_protected_mailboxes_keep_a_staff_member(protected: set[str], without_staff: set[str], refused: list[str]) -> None:
    reasons = unprotected([change("a"), change("b")], protected, without_staff)
    assert [reason.split()[0] for reason in reasons] == refused


changes = st.lists(
    st.builds(change, st.sampled_from("abc"), st.sampled_from(["create", "update", "retire"]), st.sampled_from(["cyrus", "directory"])),
    unique_by=lambda one: (one.mailbox, one.system),
)


@given(changes, st.randoms())
def test_the_same_changes_in_any_order_are_approved(planned: list[Change[str]], random: Any) -> None:
    approved = as_document([], planned)
    random.shuffle(planned)
    assert disapproval(approved, planned) == []


@given(changes, changes)
def test_any_other_change_is_told(approved: list[Change[str]], planned: list[Change[str]]) -> None:
    same = set(approved) == set(planned)
    assert bool(disapproval(as_document([], approved), planned)) is not same


def test_each_difference_is_a_line() -> None:
    approved = [change("a", "create"), change("b", quota=(1, 2), name=("x", "y")), change("d"), change("e", commands=["SETQUOTA"])]
    planned = [change("b", quota=(1, None), name=("x", "y")), change("c", "create"), change("d", "retire"), change("e")]
    assert disapproval(as_document([], approved), planned) == [
        "a on cyrus: create was approved, and is not planned any more",
        "b on cyrus: quota: 1 -> nothing is planned, and was not approved; quota: 1 -> 2 was approved, and is not planned",
        "c on cyrus: create is planned, and was not approved",
        "d on cyrus: update was approved, retire is planned",
        "e on cyrus: the same was approved, by other commands",
    ]


def test_a_difference_in_one_of_two_changes_of_a_mailbox_is_told() -> None:
    """The taking away of forwarding is a change of its own, on the same system."""
    forwarding = change("a", forwarding=("redirect", None))
    approved = as_document([], [change("a", quota=(1, 2)), forwarding])
    assert disapproval(approved, [change("a", quota=(1, 2)), forwarding]) == []
    (line,) = disapproval(approved, [change("a", quota=(1, 3)), forwarding])
    assert line.startswith("a on cyrus: quota: 1 -> 3 is planned, and was not approved")


def test_a_person_who_is_removed_instead_of_another_is_not_approved() -> None:
    (line,) = disapproval(as_document([], [change("a", "update", "cyrus", AN)]), [change("a", "update", "cyrus", BO)])
    assert "was not approved" in line


WHOLE = as_document([], [change("a")])
OLD_CHANGE = {**WHOLE["changes"][0], "details": [{"field": "quota_kib", "before": 1, "after": 2}]}


@pytest.mark.parametrize(
    ("approved", "reason"),
    [
        *((nothing, "it is not a plan.json") for nothing in ({}, [], None, "x", {"format": 2, "digest": ""})),
        ({"format": 1, "changes": [OLD_CHANGE], "digest": "sha256:0"}, "another version of Postroom wrote it .its format is 1.*plan again"),
        ({**WHOLE, "format": 3}, "another version"),
        ({**WHOLE, "format": "2"}, "another version"),
        ({**WHOLE, "changes": []}, "it was altered"),
        ({**WHOLE, "changes": None}, "it is not a plan.json"),
        ({**WHOLE, "changes": [OLD_CHANGE]}, "it is not a plan.json.*is not a detail"),
        ({**WHOLE, "changes": [{**WHOLE["changes"][0], "more": 1}]}, "it is not a plan.json.*is not a change"),
    ],
)
def test_what_is_no_plan_or_was_altered_or_is_of_another_version_is_refused(approved: Any, reason: str) -> None:
    with pytest.raises(ApprovalError, match=reason):
        disapproval(approved, [change("a")])
