"""Reports on disk."""

from __future__ import annotations

import os
from pathlib import Path


class ReportError(Exception):
    """A report cannot be written; the text says which and why."""


def write_report(folder: Path, name: str, content: str) -> None:
    """Write a report so that readers never see half of one."""
    unfinished = folder / f".{name}.unfinished"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(content, encoding="utf-8", errors="backslashreplace")
        unfinished.replace(folder / name)
    except OSError as error:
        raise ReportError(f"cannot write the report {folder / name}: {error.strerror}") from error


def write_copy(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and wait until it is on disk. Raises ReportError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise ReportError(f"cannot keep the copy {path}: {error.strerror}") from error
