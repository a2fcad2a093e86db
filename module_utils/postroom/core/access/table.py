"""A table for the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence

from ...text import printable
from .questions import Table

FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""


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


def as_csv(table: Table) -> str:
    """RFC 4180; a value that a spreadsheet would compute begins with an apostrophe, and control characters are escaped."""
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow(table.columns)
    writer.writerows([[_harmless(value) for value in row] for row in table.rows])
    return "".join(lines)


class _Lines(list[str]):
    """What csv writes to, in memory."""

    def write(self, line: str) -> None:
        self.append(line)


def _harmless(value: str) -> str:
    value = printable(value)
    return f"'{value}" if value.startswith(FORMULA) else value
