from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.postroom.core.plan import as_document
from ansible.module_utils.postroom.core.safety import ApprovalError, Limit, Limits, disapproval, unprotected
from hypothesis import given
from hypothesis import strategies as st

LIMITS = Limits(retired=Limit(1, 0), members_removed=Limit(2, 0), touched=Limit(3, 10))


def change(mailbox: str, action: str = "update", system: str = "cyrus", **details: tuple[object, object]) -> dict[str, Any]:
    shown = [{"field": field.replace("_", " "), "before": before, "after": after} for field, (before, after) in details.items()]
    return {"mailbox": mailbox, "system": system, "action": action, "details": shown, "commands": []}


REMOVED = {"rights_of_an": ("lrs", None)}


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
        ([change(name, **REMOVED) for name in "ab"], 9, []),
        ([change(name, **REMOVED) for name in "abc"], 9, ["3 members would be removed"]),
        ([change(name, "retire", **REMOVED) for name in "a"] + [change(name, **REMOVED) for name in "bc"], 9, []),
    ],
)
def test_limits(changes: list[dict[str, Any]], mailboxes: int, refused: list[str]) -> None:
    reasons = list(LIMITS.exceeded(changes, mailboxes))
    assert [reason.startswith(start) for reason, start in zip(reasons, refused, strict=True)] == [True] * len(refused)


@pytest.mark.parametrize(
    ("details", "removed"),
    [
        ({"rights_of_an": ("lrs", None)}, 1),
        ({"rights_of_an": ("lrs", "lr")}, 0),
        ({"rights_of_an": (None, "lrs")}, 0),
        ({"rights_of_an": ("lrs", None), "rights_of_an_on_Sent": ("lrs", None), "login": ("an; bo", "bo")}, 1),
        ({"login": ("an; bo; cy", "bo")}, 2),
        ({"full_access_of_An": ("FullAccess", None), "send_as_of_an": ("allowed", None)}, 1),
        ({"display_name": ("a", None)}, 0),
    ],
)
def test_members_removed(details: dict[str, tuple[object, object]], removed: int) -> None:
    limits = Limits(Limit(9, 0), Limit(removed - 1, -100), Limit(9, 0))
    assert [reason.split()[0] for reason in limits.exceeded([change("a", **details)], 1)] == [str(removed)]


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
    unique_by=lambda one: (one["mailbox"], one["system"]),
)


@given(changes, st.randoms())
def test_the_same_changes_in_any_order_are_approved(planned: list[dict[str, Any]], random: Any) -> None:
    approved = as_document([], planned)
    random.shuffle(planned)
    assert disapproval(approved, planned) == []


@given(changes, changes)
def test_any_other_change_is_told(approved: list[dict[str, Any]], planned: list[dict[str, Any]]) -> None:
    same = {str(sorted(one.items())) for one in approved} == {str(sorted(one.items())) for one in planned}
    assert bool(disapproval(as_document([], approved), planned)) is not same


def test_each_difference_is_a_line() -> None:
    approved = [change("a", "create"), change("b", quota=(1, 2), name=("x", "y")), change("d"), {**change("e"), "commands": ["SETQUOTA"]}]
    planned = [change("b", quota=(1, None), name=("x", "y")), change("c", "create"), change("d", "retire"), change("e")]
    assert disapproval(as_document([], approved), planned) == [
        "a on cyrus: create was approved, and is not planned any more",
        "b on cyrus: quota: 1 -> nothing is planned, and was not approved; quota: 1 -> 2 was approved, and is not planned",
        "c on cyrus: create is planned, and was not approved",
        "d on cyrus: update was approved, retire is planned",
        "e on cyrus: the same was approved, by other commands",
    ]


@pytest.mark.parametrize(
    "approved",
    [{}, [], None, "x", {"format": 2, "changes": [], "digest": ""}, {**as_document([], [change("a")]), "changes": []}],
)
def test_what_is_no_plan_or_was_altered_is_refused(approved: Any) -> None:
    with pytest.raises(ApprovalError):
        disapproval(approved, [])
