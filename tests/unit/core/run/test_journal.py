from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.postroom.core.plan import Change, Detail, Subject
from ansible.module_utils.postroom.core.run.journal import Origin, as_line, records

ORIGIN = Origin("2026-11-24T03:00:00+00:00", "job 7", "helpdesk", "0123abc")
CHANGE = Change("labo", "cyrus", "update", (Detail("quota", 1, 2),), ())
ACCESS = Change("labo", "cyrus", "update", (Detail("any words", "lrs", None, (Subject("an", "rights", "ends", "Sent"),)),), ())


def failure(mailbox: str, system: str = "cyrus") -> dict[str, Any]:
    return {"mailbox": mailbox, "system": system, "server": "imap", "message": "Over quota", "command": "SETQUOTA"}


@pytest.mark.parametrize(
    ("changes", "failures", "told"),
    [
        ([CHANGE], [], [("labo", "update", "done", None)]),
        ([CHANGE], [failure("labo")], [("labo", "update", "failed", "Over quota")]),
        ([CHANGE], [failure("labo", "directory")], [("labo", "update", "done", None), ("labo", None, "failed", "Over quota")]),
        ([CHANGE, ACCESS], [], [("labo", "update", "done", None)] * 2),
        ([CHANGE], [failure("labo")] * 2, [("labo", "update", "failed", "Over quota; Over quota")]),
        ([], [failure("")], [("", None, "failed", "Over quota")]),
        ([], [], [("", None, "done", None)]),
    ],
)
def test_each_change_and_each_failure_is_a_record(changes: list[Any], failures: list[Any], told: list[Any]) -> None:
    found = records(changes, failures, ORIGIN, {})
    assert [(one["mailbox"], one["action"], one["result"], one["message"]) for one in found] == told


def test_a_record_says_who_when_and_what() -> None:
    (record,) = records([CHANGE], [], ORIGIN, {"labo": "An Janssens"})
    assert record == {
        "time": "2026-11-24T03:00:00+00:00", "run": "job 7", "operator": "helpdesk", "commit": "0123abc", "author": "An Janssens",
        "mailbox": "labo", "system": "cyrus", "action": "update", "before": {"quota": 1}, "after": {"quota": 2}, "access": [],
        "result": "done", "message": None,
    }  # fmt: skip


def test_a_record_is_one_line() -> None:
    line = as_line({"message": "two\nlines\u2028"})
    assert (len(line.splitlines()), json.loads(line)) == (1, {"message": "two\nlines\u2028"})


def test_a_record_says_whose_access_ended() -> None:
    (record,) = records([ACCESS], [], ORIGIN, {})
    assert record["access"] == [{"who": "an", "right": "rights", "effect": "ends", "folder": "Sent"}]
