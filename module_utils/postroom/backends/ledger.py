"""The ledger of letters on disk: JSON Lines, to which lines are only added."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ..core.run.letters import Ledger, ledger_of
from .private_files import make_private_folder, private


class LedgerError(Exception):
    """The ledger cannot be read or written; the text says which and why."""


class LedgerFile:
    """The file, for a ``with`` statement. Each write is on the disk when it returns, so that a killed run forgets nothing but the last
    letter. In a dry run nothing is written, and no file is made. Raises LedgerError."""

    def __init__(self, path: Path, *, dry_run: bool = False) -> None:
        self.path = path
        self._dry_run = dry_run

    def __enter__(self) -> LedgerFile:
        try:
            if self._dry_run:
                self._file: IO[bytes] = self.path.open("rb") if self.path.exists() else BytesIO()
            else:
                make_private_folder(self.path.parent)
                self._file = open(self.path, "ab+", opener=private)
            self._file.seek(0)
            content = self._file.read()
        except OSError as error:
            raise LedgerError(f"cannot use the ledger of letters {self.path}: {error.strerror}") from error
        whole, _, half = content.rpartition(b"\n")
        if half and not self._dry_run:  # a run was killed while it wrote this line
            self._file.truncate(len(content) - len(half))
        try:
            self.ledger: Ledger = ledger_of(map(json.loads, whole.splitlines()))
        except ValueError as error:
            self._file.close()
            raise LedgerError(f"cannot read the ledger of letters {self.path}: {error}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, lines: Iterable[Mapping[str, Any]]) -> None:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        if not text or self._dry_run:
            return
        try:
            self._file.write(text.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise LedgerError(f"cannot write the ledger of letters {self.path}: {error.strerror}") from error
