"""Ordered faults come at the message they were ordered for."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.exchange.faults import ALWAYS, Wire


def kinds(wire: Wire, *actions: str) -> list[list[str]]:
    return [[disruption.kind for disruption in wire.next(action)] for action in actions]


def test_after_so_many_messages_so_many_times(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    wire.order("drop", after=2, times=2)
    assert kinds(wire, *["Receive"] * 6) == [[], [], ["drop"], ["drop"], [], []]


def test_only_messages_with_the_action_count(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    wire.order("fault", action="Command", after=1, code=5)
    assert kinds(wire, "Create", "Command", "Receive", "Command", "Command") == [[], [], [], ["fault"], []]


def test_another_process_orders_and_clears(tmp_path: Path) -> None:
    server, test = Wire(tmp_path), Wire(tmp_path)
    test.order("delay", times=ALWAYS, seconds=0.5)
    assert [disruption.settings["seconds"] for _ in range(3) for disruption in server.next("Send")] == [0.5] * 3
    test.clear()
    assert server.next("Send") == []
    assert test.messages() == 4


def test_open_shells_are_told(tmp_path: Path) -> None:
    server, test = Wire(tmp_path), Wire(tmp_path)
    server.set_shells([("A", {"owner": "x"}), ("B", {"owner": "y"})])
    assert [(shell["id"], shell["owner"]) for shell in test.shells()] == [("A", "x"), ("B", "y")]
    server.set_shells([])
    assert test.shells() == []


@pytest.mark.parametrize("order", [{"kind": "explode"}, {"kind": "drop", "after": -1}, {"kind": "drop", "times": 0}])
def test_nonsense_is_refused(tmp_path: Path, order: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Wire(tmp_path).order(**order)
