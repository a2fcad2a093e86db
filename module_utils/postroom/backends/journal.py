"""The journal of runs: ``journal.jsonl``, and syslog when asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.model import Mailbox
from ..core.plan import AnyChange
from ..core.run.journal import Origin, as_line, records
from .git import head, last_authors
from .reports import ReportError, append_lines, send_to_syslog
from .run import operator, run_name


def write_journal(
    folder: Path,
    changes: Sequence[AnyChange],
    failures: Sequence[Mapping[str, Any]],
    declared: Iterable[Mailbox],
    syslog: str | None,
) -> None:
    """Note what a run did, with what the declarations' repository knows of it. Raises ReportError."""
    declared = list(declared)
    repository = Path(declared[0].file).parent if declared else Path()
    names = {change.mailbox for change in changes} | {failure["mailbox"] for failure in failures}
    files = {str(Path(mailbox.file).resolve()): mailbox.name for mailbox in declared if mailbox.name in names}
    authors = {files[file]: author for file, author in last_authors(repository, files).items()}
    origin = Origin(datetime.now(UTC).isoformat(timespec="seconds"), run_name(), operator(), head(repository))
    lines = [as_line(record) for record in records(changes, failures, origin, authors)]
    append_lines(folder, "journal.jsonl", lines)
    if syslog:
        send_to_syslog(syslog, lines)


def read_journal(file: Path) -> list[dict[str, Any]] | None:
    """Its records, oldest first; None when there is no journal. Raises ReportError when it cannot be read."""
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ReportError(f"cannot read the journal {file}: {error}") from error
