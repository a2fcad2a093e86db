from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.ledger import LedgerError, LedgerFile
from ansible.module_utils.postroom.core.run.letters import Entry, note

from ..declaration import mailbox

LABO = mailbox()


def test_what_is_written_is_read_and_half_a_line_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "new" / "letters.jsonl"
    with LedgerFile(path) as ledger:
        ledger.write(note([LABO], ledger.ledger, "run 1", None))
        written = path.read_text()
        assert written.count("\n") == 1
    with path.open("a") as file:
        file.write('{"mailbox": "vra')
    with LedgerFile(path, dry_run=True) as ledger:
        assert ledger.ledger == {LABO.name: Entry(None, "run 1")}
    with LedgerFile(path) as ledger:
        ledger.write([{"mailbox": LABO.name, "event": "forgotten"}])
    with LedgerFile(path) as ledger:
        assert ledger.ledger == {}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    with LedgerFile(tmp_path / "letters.jsonl", dry_run=True) as ledger:
        ledger.write(note([LABO], ledger.ledger, "run 1", None))
        assert LABO.name in ledger.ledger
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["five\n", "5\n", "{}\n", '{"event": "told", "mailbox": "x"}\n', b"\xff\n"])
def test_what_is_no_ledger_is_not_begun_anew(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "letters.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LedgerError, match="cannot read the ledger of letters"), LedgerFile(path):
        pass
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
