from __future__ import annotations

from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.letters import (
    Entry,
    Ledger,
    Letter,
    Told,
    all_told,
    ledger_of,
    note,
    owed,
    settle,
    unsent,
    was_sent,
)  # fmt: skip
from ansible.module_utils.postroom.core.model import Mailbox
from hypothesis import given
from hypothesis import strategies as st

from ..declaration import mailbox

LABO = mailbox(requested_by="an", members=("an", "bo"))


def told(**changes: object) -> Entry:
    return Entry(replace(Told.of(LABO), **changes), serial=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "entry", "letters"),
    [
        ({}, Entry(), [("created", "an")]),
        ({"state": "retired"}, Entry(), []),
        ({}, told(), []),
        ({"quota_gb": 9}, told(), []),
        ({"members": ("an", "cy")}, told(), [("changed", "an"), ("added", "cy"), ("removed", "bo")]),
        ({"members": ("bo",)}, told(), [("changed", "an")]),
        ({"state": "retired"}, told(), [("retired", "an")]),
        ({"state": "retired", "members": ("an",)}, told(state="retired"), []),
        ({}, told(state="retired"), [("created", "an")]),
        ({"backend": "exchange"}, told(), [("moved", "an"), ("moved", "bo")]),
        ({"backend": "exchange", "members": ("an",)}, told(), [("moved", "an"), ("removed", "bo")]),
    ],
)
def test_what_is_owed(declared: dict[str, object], entry: Entry, letters: list[tuple[str, str]]) -> None:
    found = owed(replace(LABO, **declared), entry)  # type: ignore[arg-type]
    assert [(letter.kind, letter.recipient) for letter in found] == letters


def test_a_letter_keeps_its_identifier_until_another_time() -> None:
    first, again = (owed(replace(LABO, state="retired"), told())[0].identifier for _ in range(2))
    later = Letter("retired", replace(LABO, state="retired"), "an", serial=3).identifier
    assert first == again
    assert first != later
    assert first.startswith("labo.info.retired.")


STATES = st.builds(
    lambda members, state, backend: replace(LABO, members=tuple(sorted(members)), state=state, backend=backend),
    st.sets(st.sampled_from(["an", "bo", "cy", "di"]), min_size=1), st.sampled_from(["present", "retired"]),
    st.sampled_from(["cyrus", "exchange"]),
)  # fmt: skip
KILLS = st.sampled_from(["no", "before the server", "after the server", "while sending", "after sending"])


class World:
    """One mailbox, its ledger on disk, and the letters that a mail server took."""

    def __init__(self, lives: bool) -> None:
        self.lives = lives
        self.lines: list[dict[str, object]] = []
        self.taken: list[Letter] = []
        self.runs = 0

    def run(self, declared: Mailbox, kill: str, is_reviewed: bool) -> None:
        self.runs += 1
        ledger, run = ledger_of(self.lines), f"run {self.runs}"
        creates = not self.lives and declared.state == "present"
        self.lines += note([declared], ledger, run, ({declared.name} if creates else set()) if is_reviewed else None)
        if kill == "before the server":
            return
        self.lives = self.lives or creates
        if kill == "after the server":
            return
        self.lines += settle([declared], ledger, run, {declared.name} if creates else set())
        for letter in unsent(declared, ledger[declared.name]):
            self.taken.append(letter)
            if kill == "while sending":
                return
            self.lines.append(was_sent(letter, ledger))
        if kill == "after sending":
            return
        self.lines += all_told(declared, ledger)


@given(STATES, st.lists(st.tuples(STATES, KILLS, st.booleans()), max_size=6))
def test_no_letter_is_ever_missing_and_without_a_kill_each_is_sent_once(first: Mailbox, history: list[tuple[Mailbox, str, bool]]) -> None:
    world = World(lives=False)
    declared = first
    for declared, kill, is_reviewed in [(first, "no", False), *history]:
        world.run(declared, kill, is_reviewed)
    before = ledger_of(world.lines)[LABO.name]
    expected = {letter.identifier for letter in unsent(declared, before)}
    world.taken.clear()
    world.run(declared, "no", is_reviewed=False)
    assert [letter.identifier for letter in world.taken] == list(dict.fromkeys(letter.identifier for letter in world.taken))
    assert {letter.identifier for letter in world.taken} == expected
    world.taken.clear()
    world.run(declared, "no", is_reviewed=True)
    assert world.taken == []


@given(KILLS, st.booleans())
def test_a_new_mailbox_is_told_however_the_run_that_made_it_ended(kill: str, is_reviewed: bool) -> None:
    world = World(lives=False)
    world.run(LABO, kill, is_reviewed)
    world.run(LABO, "no", is_reviewed)
    assert {letter.kind for letter in world.taken} == {"created"}
    assert len(world.taken) == (2 if kill == "while sending" else 1)


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_mailboxes_that_lived_before_there_were_letters_get_none(is_reviewed: bool) -> None:
    world = World(lives=True)
    world.run(LABO, "no", is_reviewed)
    assert world.taken == []
    world.run(replace(LABO, members=("an",)), "no", is_reviewed)
    assert [letter.kind for letter in world.taken] == ["changed", "removed"]


def test_a_mailbox_that_failed_is_told_when_it_is_made() -> None:
    ledger: Ledger = {}
    lines = note([LABO], ledger, "run 1", {LABO.name})
    assert [letter.kind for letter in unsent(LABO, ledger_of(lines)[LABO.name])] == ["created"]


@pytest.mark.parametrize("line", [{}, {"event": "sent", "mailbox": "x", "letter": "y"}, {"event": "told", "mailbox": "x", "told": 5}])
def test_what_is_no_line_of_a_ledger(line: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is no line of a ledger"):
        ledger_of([line])
