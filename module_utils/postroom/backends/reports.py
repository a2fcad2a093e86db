"""Reports on disk."""

from __future__ import annotations

from pathlib import Path

from ..core.audit_page import assembled


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


def read_audit_page(template: Path) -> str:
    """The template of the audit page, with the style sheets and scripts that are beside it. Raises ReportError when one cannot be used."""
    try:
        parts = {path.name: path.read_text(encoding="utf-8") for path in template.parent.iterdir() if path.suffix in {".css", ".js"}}
        return assembled(template.read_text(encoding="utf-8"), parts)
    except OSError as error:
        raise ReportError(f"cannot read the audit page {error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(f"cannot use the audit page {template}: {error}") from error
