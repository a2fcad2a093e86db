from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible.module_utils.postroom.core.access.history import CLAIMED, Edit, History, Landing, edits, landings, with_approvals
from ansible.module_utils.postroom.wire.git import NOTHING, Commit, FileStep, LoggedCommit

BLOBS = {
    "x": b"address: A@x\nmembers: [x]\n",
    "x again": b"# a comment\naddress: 'A@x'\nmembers:\n  - X\n",
    "xy": b"address: A@x\nmembers: [y, x]\n",
    "y": b"address: A@x\nmembers: [y]\nquota_gb: 5\n",
    "xz": b"address: A@x\nmembers: [x, z]\n",
    "xyz": b"address: A@x\nmembers: [x, y, z]\n",
    "broken": b"members: [",
    "no list": b"address: A@x\nmembers: x\n",
}


def commit(identifier: str, *parents: str, author: str = "An", reviewers: Sequence[str] = (), day: int = 1) -> Commit:
    date = f"2026-01-{day:02}T"
    return Commit(identifier, parents, author, f"{date}00:00:00Z", f"{date}12:00:00Z", f"Subject of {identifier}", tuple(reviewers))


def step(identifier: str, before: str | tuple[str, ...], after: str, path: str = "mailboxes/a.yml") -> LoggedCommit:
    return LoggedCommit(commit(identifier), (FileStep(path, (before,) if isinstance(before, str) else before, after),))


def told(*steps: LoggedCommit, name: str = "a") -> list[str]:
    return [f"{edit.commit.id} {edit}" for edit in edits(steps, BLOBS, {}).get(name, [])]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("1", NOTHING, "x")], ["1 declaration mailboxes/a.yml added", "1 member x added"]),
        ([step("2", "x", "xy")], ["2 member y added"]),
        ([step("2", "xy", "y")], ["2 member x removed", "2 quota_gb 5 added"]),
        ([step("2", "x", "x again")], []),
        ([step("2", "xy", NOTHING)], ["2 declaration mailboxes/a.yml removed", "2 member y removed", "2 member x removed"]),
        ([step("2", "x", "broken")], ["2 member x removed", "2 address A@x removed"]),
        ([step("2", "x", "no list")], ["2 member x removed"]),
        ([step("2", "x", "a blob that is not in this clone")], []),
        ([step("3", ("xy", "xz"), "xyz")], []),
        ([step("3", ("xy", "xz"), "x")], []),
        ([step("3", ("x", "xz"), "xyz")], ["3 member y added"]),
        ([step("3", ("xy", "xyz"), "x")], ["3 member y removed"]),
        ([step("1", "x", "xy"), step("3", ("x", NOTHING), "xy")], ["1 member y added"]),
        ([step("1", NOTHING, "x", "mailboxes/README.md")], []),
    ],
)  # fmt: skip
def test_what_a_commit_did_to_a_declaration(steps: list[LoggedCommit], expected: list[str]) -> None:
    assert told(*steps) == expected


def test_a_file_that_is_moved_is_no_edit() -> None:
    gone, made = FileStep("mailboxes/a.yml", ("x",), NOTHING), FileStep("mailboxes/sub/A.yml", (NOTHING,), "xy")
    for steps in ((gone, made), (made, gone)):
        assert told(LoggedCommit(commit("2"), steps)) == ["2 member y added"]


def test_how_a_commit_came_onto_the_branch() -> None:
    commits = [
        commit("1"), commit("2", "1", day=2), commit("f1", "1", author="Els", day=3), commit("f2", "f1", reviewers=["Rita"], day=4),
        commit("m1", "2", "f2", author="Boss", day=5), commit("g1", "f2", day=6),
        commit("m2", "m1", "g1", author="Chef", reviewers=["Ann"], day=7),
    ]  # fmt: skip
    assert landings(commits, "m2") == {
        "1": Landing("2026-01-01T12:00:00Z", "", "1"),
        "2": Landing("2026-01-02T12:00:00Z", "", "2"),
        "f1": Landing("2026-01-05T12:00:00Z", "Boss", "m1"),
        "f2": Landing("2026-01-05T12:00:00Z", f"Rita{CLAIMED}", "m1"),
        "m1": Landing("2026-01-05T12:00:00Z", "Boss", "m1"),
        "g1": Landing("2026-01-07T12:00:00Z", f"Ann{CLAIMED}", "m2"),
        "m2": Landing("2026-01-07T12:00:00Z", f"Ann{CLAIMED}", "m2"),
    }
    assert landings([], "m2") == {}


def test_what_gitlab_knows_takes_the_place_of_what_commits_say() -> None:
    made = [Edit("a", "a.yml", "member", None, name, commit(name), Landing("", f"Rita{CLAIMED}", name)) for name in ("x", "y", "z")]
    told = with_approvals(History({"a": made}, "note", "z"), {"x": ["ann", "bo"], "y": []})
    assert [edit.landing.approved_by for edit in told.edits["a"]] == ["ann, bo", "nobody, says GitLab", f"Rita{CLAIMED}"]
    assert (told.note, told.head) == ("note", "z")


def edit(field: str, before: str | None, after: str | None, day: int) -> Edit:
    return Edit("a", "mailboxes/a.yml", field, before, after, commit(str(day), day=day), Landing(f"2026-01-{day:02}T23:00:00Z", ""))


HISTORY = History(
    {"a": [edit("declaration", None, "a", 1), edit("member", None, "x", 1), edit("quota_gb", "5", "10", 2), edit("member", "x", None, 3),
           edit("member", None, "y", 3), edit("member", None, "x", 9)]}
)  # fmt: skip


@pytest.mark.parametrize(("login", "since"), [("x", "2026-01-09"), ("y", "2026-01-03"), ("z", None)])
def test_since_when_somebody_is_a_member(login: str, since: str | None) -> None:
    found = HISTORY.of_member("a", login)
    assert (found.since if found else None) == since


def test_a_member_who_was_taken_out_and_put_back_without_a_commit_is_not_known() -> None:
    assert History({"a": [edit("member", None, "x", 1), edit("member", "x", None, 2)]}).of_member("a", "x") is None


@pytest.mark.parametrize(("key", "day"), [("quota_gb", "2"), ("purpose", "1"), ("declaration", "1")])
def test_who_wrote_a_key(key: str, day: str) -> None:
    found = HISTORY.of_key("a", key)
    assert found and found.commit.id == day
    assert HISTORY.of_key("b", key) is None


@pytest.mark.parametrize(
    ("since", "until", "number"),
    [("", "", 6), ("2026-01-02", "", 4), ("2026-01-03", "2026-01-03", 2), ("", "2026-01-01", 2), ("2026-02-01", "", 0)],
)
def test_what_changed_between_two_days(since: str, until: str, number: int) -> None:
    assert len(HISTORY.between(since, until)) == number
