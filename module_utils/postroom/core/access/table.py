"""A table for the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

from ...text import harmless, printable
from .questions import Table

BOM = "\ufeff"
"""What tells Excel that a file is UTF-8."""


def as_text(table: Table) -> str:
    """Columns side by side; one that is empty in every row is left out."""
    rows = [[printable(value) for value in row] for row in table.rows]
    shown = [place for place, _ in enumerate(table.columns) if any(row[place] for row in rows)]
    lines = [[table.columns[place] for place in shown], *([row[place] for place in shown] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    body = [_aligned(line, widths) for line in lines] if rows else ["nothing"]
    return "\n".join([printable(table.title), "", *body, *(["", *map(printable, table.notes)] if table.notes else [])])


def _aligned(values: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(value.ljust(width) for value, width in zip(values, widths, strict=True)).rstrip()


def as_json(table: Table, generated: str) -> str:
    """``{"format": 1, "generated": ..., "title": ..., "rows": [{column: value}], "notes": [...]}``."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    document = {"format": 1, "generated": generated, "title": table.title, "rows": rows, "notes": table.notes}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_csv(table: Table, delimiter: str = ",") -> str:
    """RFC 4180, with a byte order mark. Which ``delimiter`` Excel takes hangs on its locale: ``;`` where the comma is in numbers. A value
    that a spreadsheet would compute begins with an apostrophe, and control characters are escaped."""
    lines = _Lines()
    writer = csv.writer(lines, delimiter=delimiter)
    writer.writerow(table.columns)
    writer.writerows([[harmless(printable(value)) for value in row] for row in table.rows])
    return BOM + "".join(lines)


class _Lines(list[str]):
    """What csv writes to, in memory."""

    def write(self, line: str) -> None:
        self.append(line)
