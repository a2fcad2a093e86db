"""The set of systems is one: what is said of each, what a declaration may name, what the schema takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from ansible.module_utils.postroom.core.systems import BACKENDS, SYSTEMS, System, is_system, systems_of

SCHEMA = Path(__file__).parents[3] / "schemas" / "mailbox.schema.json"


def test_something_is_said_of_each_system() -> None:
    assert set(SYSTEMS) == set(get_args(System))


def test_the_backends_are_the_systems_that_hold_mail() -> None:
    assert [system for system, kind in SYSTEMS.items() if kind.holds_mail] == list(BACKENDS)


def test_no_two_systems_are_called_the_same() -> None:
    for name in ("shown", "place", "inventory_group"):
        assert len({getattr(kind, name) for kind in SYSTEMS.values()}) == len(SYSTEMS)


def test_the_schema_takes_the_backends() -> None:
    assert json.loads(SCHEMA.read_text())["properties"]["backend"]["enum"] == list(BACKENDS)


@pytest.mark.parametrize(("name", "is_one"), [("cyrus", True), ("directory", True), ("dovecot", False), (None, False)])
def test_a_name_is_a_systems_or_none(name: object, is_one: bool) -> None:
    assert is_system(name) is is_one


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_mailbox_is_on_its_backend_and_in_the_directory(backend: str) -> None:
    assert systems_of(backend) == (backend, "directory")  # type: ignore[arg-type]
