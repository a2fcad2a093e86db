"""Reports on disk."""

from __future__ import annotations

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
