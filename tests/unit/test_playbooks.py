"""Playbooks and roles hold no logic, and swallow nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")])
BARE = {"when", "that", "failed_when", "changed_when", "until"}
"""The keys whose values are expressions without braces."""
LONGEST = 2
FIRST = "inventory.yml"


def expressions(node: yaml.Node, key: str = "") -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from expressions(value, str(name.value))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from expressions(item, key)
    elif isinstance(node, yaml.ScalarNode) and (key in BARE or "{{" in node.value):
        yield node


def lines(node: yaml.ScalarNode, text: str) -> int:
    """How many lines of the file the expression itself takes."""
    written = text[node.start_mark.index : node.end_mark.index].splitlines()
    return sum(bool(line.strip()) for line in written) - (node.style in {">", "|"})


def too_long(text: str) -> list[int]:
    """Where expressions of more than two lines begin."""
    found = (node for node in expressions(yaml.compose(text)) if lines(node, text) > LONGEST)
    return [node.start_mark.line + 1 for node in found]


def plays(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "playbooks" / name).read_text())
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_is_longer_than_two_lines(path: Path) -> None:
    assert too_long(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: >-\n  {{ x\n     + y }}\n", []),
        ("a: >-\n  {{ x\n     + y\n     + z }}\n", [1]),
        ("b:\n  - when: >-\n      x\n      or y\n      or z\n", [2]),
        ("a: |\n  one\n  two\n  three\n", []),
    ],
)
def test_a_long_expression_is_seen(text: str, found: list[int]) -> None:
    assert too_long(text) == found


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "audit.yml", "adopt.yml", "who.yml", "validate.yml"])
def test_a_playbook_that_asks_servers_looks_at_the_inventory_first(name: str) -> None:
    assert plays(name)[0]["ansible.builtin.import_playbook"] == FIRST


@pytest.mark.parametrize("name", ["converge.yml", "observe.yml", "audit.yml"])
def test_a_system_that_fails_does_not_keep_the_others_from_their_turn(name: str) -> None:
    asked = [play for play in plays(name) if str(play.get("hosts", "")).endswith("_servers")]
    assert asked
    assert all(play.get("ignore_errors") is True and play.get("ignore_unreachable") is True for play in asked)


def test_no_failure_is_swallowed() -> None:
    """What is tried out in the lab may fail."""
    lab = {"playbooks/lab.yml", "roles/lab_services/tasks/main.yml"}
    assert {str(path.relative_to(ROOT)) for path in FILES if "failed_when: false" in path.read_text()} <= lab
