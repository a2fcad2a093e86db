from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.postroom.core.access.history import Edit, History, Landing
from ansible.module_utils.postroom.core.access.past import could_read
from ansible.module_utils.postroom.core.access.questions import Known
from ansible.module_utils.postroom.wire.git import Commit


def edit(day: int, field: str, before: str | None, after: str | None) -> Edit:
    commit = Commit(f"c{day}", (), "An", f"2026-01-{day:02}T00:00:00Z", f"2026-01-{day:02}T00:00:00Z", f"Day {day}")
    return Edit("a", "mailboxes/a.yml", field, before, after, commit, Landing(f"2026-01-{day:02}T12:00:00Z", "Boss", f"c{day}"), "req")


LIFE = [
    edit(2, "declaration", None, "mailboxes/a.yml"), edit(2, "member", None, "x"), edit(4, "member", None, "y"),
    edit(6, "member", "x", None), edit(8, "state", None, "retired"), edit(10, "state", "retired", None),
    edit(12, "declaration", "mailboxes/a.yml", None), edit(12, "member", "y", None),
]  # fmt: skip
JOURNAL: list[dict[str, Any]] = [
    {
        "mailbox": "a",
        "system": "cyrus",
        "time": "2026-01-04T13:00:00+00:00",
        "result": "done",
        "access": [{"who": "y", "effect": "begins"}],
    },
    {
        "mailbox": "a",
        "system": "cyrus",
        "time": "2026-01-05T13:00:00+00:00",
        "result": "failed",
        "access": [{"who": "y", "effect": "alters"}],
    },
    {"mailbox": "b", "system": "cyrus", "time": "2026-01-04T13:00:00+00:00", "result": "done", "access": [{"who": "y", "effect": "ends"}]},
    {"mailbox": "", "system": None, "time": "2026-01-04T14:00:00+00:00", "result": "done", "access": []},
]


def on(day: int, journal: list[dict[str, Any]] | None = None, history: History | None = None) -> Any:
    return could_read(Known({}, history or History({"a": LIFE})), "a", f"2026-01-{day:02}", journal)


@pytest.mark.parametrize(
    ("day", "readers"),
    [
        (1, []),
        (2, [("x", "2026-01-02 12:00:00", "2026-01-06 12:00:00")]),
        (3, [("x", "2026-01-02 12:00:00", "2026-01-06 12:00:00")]),
        (6, [("x", "2026-01-02 12:00:00", "2026-01-06 12:00:00"), ("y", "2026-01-04 12:00:00", "2026-01-08 12:00:00")]),
        (7, [("y", "2026-01-04 12:00:00", "2026-01-08 12:00:00")]),
        (9, []),
        (11, [("y", "2026-01-10 12:00:00", "2026-01-12 12:00:00")]),
        (13, []),
    ],
)
def test_who_could_read_it_on_a_day(day: int, readers: list[tuple[str, str, str]]) -> None:
    assert [(row[0], row[2], row[3]) for row in on(day).rows] == readers


def test_the_requester_stands_beside_the_author_and_who_approved() -> None:
    assert on(3).rows[0][4:9] == ("req", "An", "Boss", "c2", "Day 2")


@pytest.mark.parametrize(
    ("day", "journal", "said"),
    [
        (4, JOURNAL, "cyrus: begins 2026-01-04 13:00"),
        (5, JOURNAL, "cyrus: alters 2026-01-05 13:00 (failed)"),
        (4, [], ""),
        (4, None, ""),
    ],
)
def test_what_apply_did(day: int, journal: list[dict[str, Any]] | None, said: str) -> None:
    table = on(day, journal)
    assert {row[0]: row[9] for row in table.rows}["y"] == said
    assert any("there is no journal" in note for note in table.notes) is (journal is None)


@pytest.mark.parametrize(("day", "said"), [(1, "declared on 2026-01-02 for the first time"), (9, "was retired, had no members")])
def test_nobody_has_a_reason(day: int, said: str) -> None:
    assert any(said in note for note in on(day).notes)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (History({}), "no commit ever declared a mailbox a"),
        (History({"a": LIFE}, "this is a shallow clone"), "cannot be told: this is a shallow clone"),
    ],
)
def test_what_is_not_known_is_an_error_and_not_nothing(history: History, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        on(3, None, history)
