"""Reports on disk."""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.audit.page import assembled
from .private_files import make_private_folder, private


class ReportError(Exception):
    """A report cannot be written; the text says which and why."""


def write_report(folder: Path, name: str, content: str) -> None:
    """Write a report so that readers never see half of one, and only its owner and group see it."""
    unfinished = folder / f".{name}.unfinished"
    try:
        make_private_folder(folder)
        unfinished.unlink(missing_ok=True)
        with open(unfinished, "x", encoding="utf-8", errors="backslashreplace", opener=private) as file:
            file.write(content)
        unfinished.replace(folder / name)
    except OSError as error:
        raise ReportError(f"cannot write the report {folder / name}: {error.strerror}") from error


def write_only(folder: Path, reports: Mapping[str, str]) -> None:
    """Write these reports to a folder of their own, and remove the texts and pages that an earlier run left there."""
    try:
        for old in folder.iterdir() if folder.is_dir() else ():
            if old.suffix in (".txt", ".html") and old.name not in reports:
                old.unlink()
    except OSError as error:
        raise ReportError(f"cannot remove {error.filename}: {error.strerror}") from error
    for name, content in reports.items():
        write_report(folder, name, content)


def read_report(path: Path) -> Any:
    """A report in JSON. Raises ReportError."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ReportError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(f"cannot read {path}: it is not JSON ({error})") from error


def append_lines(folder: Path, name: str, lines: Iterable[str]) -> None:
    """Add lines to a file that only grows. Raises ReportError."""
    try:
        make_private_folder(folder)
        with open(folder / name, "a", encoding="utf-8", opener=private) as file:
            file.write("".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise ReportError(f"cannot write {folder / name}: {error.strerror}") from error


def send_to_syslog(address: str, lines: Iterable[str]) -> None:
    """A message (RFC 3164) for each line, to a socket's path or to ``host:port`` by UDP. Raises ReportError."""
    host, _, port = address.rpartition(":")
    try:
        handler = logging.handlers.SysLogHandler((host, int(port)) if host else address, facility="auth")
    except (OSError, ValueError) as error:
        raise ReportError(f"cannot reach syslog at {address}: {error}") from error
    handler.ident = "postroom: "
    for line in lines:
        handler.emit(logging.LogRecord("postroom", logging.INFO, "", 0, line, None, None))
    handler.close()


def read_audit_page(template: Path) -> str:
    """The template of the audit page, with the style sheets and scripts that are beside it. Raises ReportError when one cannot be used."""
    try:
        parts = {path.name: path.read_text(encoding="utf-8") for path in template.parent.iterdir() if path.suffix in {".css", ".js"}}
        return assembled(template.read_text(encoding="utf-8"), parts)
    except OSError as error:
        raise ReportError(f"cannot read the audit page {error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise ReportError(f"cannot use the audit page {template}: {error}") from error


def write_copy(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and wait until it is on disk. Raises ReportError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        make_private_folder(path.parent)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise ReportError(f"cannot keep the copy {path}: {error.strerror}") from error
