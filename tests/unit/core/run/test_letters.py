from __future__ import annotations

from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.run.letters import Entry, Ledger, Letter, Made, Told, ledger_of, note, owed, settle, tell
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import mailbox

LABO = mailbox(requested_by="an", members=("an", "bo"))


def told(**changes: object) -> Entry:
    return Entry(replace(Told.of(LABO), **changes), serial=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "entry", "letters"),
    [
        ({}, Entry(), [("created", "an")]),
        ({"state": "retired"}, Entry(), []),
        ({}, told(), []),
        ({"quota_gb": 9, "requested_by": "bo"}, told(), []),
        ({"members": ("an", "cy")}, told(), [("changed", "an"), ("added", "cy"), ("removed", "bo")]),
        ({"members": ("bo",)}, told(), [("changed", "an")]),
        ({"requested_by": "cy", "members": ("bo", "cy")}, told(), [("changed", "cy"), ("removed", "an")]),
        ({"state": "retired"}, told(), [("retired", "an")]),
        ({"state": "retired", "members": ("an",)}, told(state="retired"), []),
        ({}, told(state="retired"), [("created", "an")]),
        ({}, told(members=("an", "bo", "cy")), [("removed", "cy")]),
        ({}, told(listed=("an",)), [("changed", "an")]),
    ],
)
def test_what_is_owed(declared: dict[str, object], entry: Entry, letters: list[tuple[str, str]]) -> None:
    found = owed(replace(LABO, **declared), entry)  # type: ignore[arg-type]
    assert [(letter.kind, letter.recipient) for letter in found] == letters


def test_a_change_that_is_taken_back_half_told_is_told_again_to_who_heard_of_it() -> None:
    """cy was told of the access, the requester was not, and then the file is as it was: cy has to hear that."""
    ledger = {LABO.name: told()}
    larger = replace(LABO, members=("an", "bo", "cy"))
    (added,) = (letter for letter in owed(larger, ledger[LABO.name]) if letter.kind == "added")
    tell(added, ledger)
    assert [(letter.kind, letter.recipient) for letter in owed(LABO, ledger[LABO.name])] == [("removed", "cy")]


def test_a_letter_keeps_its_identifier_until_another_time() -> None:
    retired = replace(LABO, state="retired")
    first, again = (owed(retired, told())[0].identifier for _ in range(2))
    assert first == again
    assert first != Letter("retired", retired, "an", serial=3).identifier
    assert first.startswith("labo.info.retired.")


LOGINS = ["an", "bo", "cy", "di"]
STATES = st.builds(
    lambda members, state, requester: replace(LABO, members=tuple(sorted(members)), state=state, requested_by=requester),
    st.sets(st.sampled_from(LOGINS), min_size=1), st.sampled_from(["present", "retired"]), st.sampled_from(["an", "bo"]),
)  # fmt: skip
KILLS = st.sampled_from(["no", "before the server", "after the server", "while sending", "between letters"])
RUNS = st.lists(st.tuples(STATES, KILLS, st.booleans()), max_size=6)


class World:
    """One mailbox, its ledger on disk, and the letters that a mail server took."""

    def __init__(self, lives: bool) -> None:
        self.lives = lives
        self.lines: list[dict[str, object]] = []
        self.taken: list[Letter] = []
        self.runs = 0

    def run(self, declared: Mailbox, kill: str = "no", is_reviewed: bool = True, held: bool = False) -> None:
        self.runs += 1
        ledger, run = ledger_of(self.lines), f"run {self.runs}"
        creates = {declared.name} if not self.lives and not held and declared.state == "present" else set()
        made = Made(creates, {declared.name} if held else ())
        self.lines += note([declared], ledger, run, made if is_reviewed else None)
        if kill == "before the server":
            return
        self.lives = self.lives or bool(creates)
        if kill == "after the server":
            return
        self.lines += settle([declared], ledger, run, made)
        assert ledger == ledger_of(self.lines)
        if declared.name not in ledger or held:
            return
        for letter in owed(declared, ledger[declared.name]):
            self.taken.append(letter)
            if kill == "while sending":  # what nobody knows to be sent is sent again, as long as the file says the same
                self.run(declared)
                return
            self.lines.append(tell(letter, ledger))
            if kill == "between letters":
                return


@given(STATES, RUNS)
def test_whatever_was_killed_the_next_run_tells_everybody_what_is(first: Mailbox, history: list[tuple[Mailbox, str, bool]]) -> None:
    world = World(lives=False)
    declared = first
    for declared, kill, is_reviewed in [(first, "no", False), *history]:
        world.run(declared, kill, is_reviewed)
    world.run(declared)
    if overviews := [letter for letter in world.taken if letter.kind in ("created", "changed", "retired")]:
        last = overviews[-1].mailbox
        assert last.state == declared.state
        assert declared.state == "retired" or last.members == declared.members
    heard = ledger_of(world.lines)[LABO.name]
    assert heard.told is None or heard.told == Told.of(declared)
    count = len(world.taken)
    world.run(declared)
    assert len(world.taken) == count


@given(RUNS)
def test_who_was_told_of_access_is_told_of_its_end(history: list[tuple[Mailbox, str, bool]]) -> None:
    """As long as the mailbox is not retired, which only the requester hears."""
    world, declared = World(lives=False), LABO
    world.run(LABO)
    for one, kill, is_reviewed in history:
        declared = replace(one, state="present", requested_by="an")
        world.run(declared, kill, is_reviewed)
    world.run(declared)
    for login in ("bo", "cy", "di"):
        heard = [letter.kind for letter in world.taken if letter.recipient == login]
        knew = (heard[-1] == "added") if heard else login in LABO.members
        assert knew is (login in declared.members)


@given(RUNS)
def test_without_a_kill_no_letter_is_sent_twice(history: list[tuple[Mailbox, str, bool]]) -> None:
    world = World(lives=False)
    for declared, _, is_reviewed in history:
        world.run(declared, "no", is_reviewed)
    identifiers = [letter.identifier for letter in world.taken]
    assert len(identifiers) == len(set(identifiers))


@given(KILLS, st.booleans())
def test_a_new_mailbox_is_told_however_the_run_that_made_it_ended(kill: str, is_reviewed: bool) -> None:
    world = World(lives=False)
    world.run(LABO, kill, is_reviewed)
    world.run(LABO, "no", is_reviewed)
    assert {letter.identifier for letter in world.taken} == {Letter("created", LABO, "an", 0).identifier}
    assert len(world.taken) == (2 if kill == "while sending" else 1)


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_mailboxes_that_lived_before_there_were_letters_get_none(is_reviewed: bool) -> None:
    world = World(lives=True)
    world.run(LABO, "no", is_reviewed)
    assert world.taken == []
    world.run(replace(LABO, members=("an",)), "no", is_reviewed)
    assert [letter.kind for letter in world.taken] == ["changed", "removed"]


@pytest.mark.parametrize("is_reviewed", [True, False])
@pytest.mark.parametrize(("lives", "kinds"), [(False, ["created"]), (True, [])])
def test_a_mailbox_that_could_not_be_done_is_looked_at_again(is_reviewed: bool, lives: bool, kinds: list[str]) -> None:
    world = World(lives=lives)
    world.run(LABO, "no", is_reviewed, held=True)
    assert world.taken == []
    world.run(LABO, "no", is_reviewed)
    assert [letter.kind for letter in world.taken] == kinds


def test_a_mailbox_that_was_made_and_then_failed_is_told_when_it_is_done() -> None:
    ledger: Ledger = {}
    made = Made({LABO.name}, {LABO.name})
    note([LABO], ledger, "run 1", None)
    settle([LABO], ledger, "run 1", made)
    assert [letter.kind for letter in owed(LABO, ledger[LABO.name])] == ["created"]


@pytest.mark.parametrize(
    "line", [{}, {"event": "forgotten", "mailbox": "x"}, {"event": "told", "mailbox": "x", "told": 5}, {"event": "told", "told": None}, 5]
)
def test_what_is_no_line_of_a_ledger(line: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is no line of a ledger"):
        ledger_of([line])
