from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.reports import ReportError, write_copy


def test_a_copy_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "removed" / "a.sieve"
    (tmp_path / "removed").mkdir()
    (tmp_path / "removed" / ".a.sieve.unfinished").write_text("of a run that was killed")
    write_copy(path, b"\xffkeep;")
    assert [found.name for found in path.parent.iterdir()] == ["a.sieve"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xffkeep;", 0o600)


def test_a_copy_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "removed").write_text("in the way")
    with pytest.raises(ReportError, match=r"cannot keep the copy .*a\.sieve"):
        write_copy(tmp_path / "removed" / "a.sieve", b"keep;")
