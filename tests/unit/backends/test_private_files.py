from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.ledger import LedgerFile
from ansible.module_utils.postroom.backends.reports import append_lines, write_copy, write_report


@pytest.fixture(params=[0o000, 0o022, 0o077], autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


def test_only_owner_and_group_read_what_a_run_writes(tmp_path: Path) -> None:
    write_report(tmp_path / "a/reports", "plan.json", "{}")
    append_lines(tmp_path / "a/reports", "journal.jsonl", ["1"])
    with LedgerFile(tmp_path / "b/letters.jsonl") as ledger:
        ledger.write([{"mailbox": "x", "event": "forgotten"}])
    write_copy(tmp_path / "c/removed/a.sieve", b"keep;")
    assert modes(tmp_path) == {
        "a": 0o750, "a/reports": 0o750, "a/reports/plan.json": 0o640, "a/reports/journal.jsonl": 0o640, "b": 0o750,
        "b/letters.jsonl": 0o640, "c": 0o750, "c/removed": 0o750, "c/removed/a.sieve": 0o600,
    }  # fmt: skip


def test_what_an_earlier_version_left_readable_is_closed_and_a_stricter_mode_stays(tmp_path: Path) -> None:
    for name, mode in (("open.jsonl", 0o644), ("closed.jsonl", 0o600), ("plan.json", 0o666)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    for name in ("open.jsonl", "closed.jsonl"):
        append_lines(tmp_path, name, ["1"])
    write_report(tmp_path, "plan.json", "{}")
    assert modes(tmp_path) == {"open.jsonl": 0o640, "closed.jsonl": 0o600, "plan.json": 0o640}
