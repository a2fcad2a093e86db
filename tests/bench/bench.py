"""Measure, and print a table: ``make bench``, ``make bench MAILBOXES=10000``.

``make bench-docs`` puts the last one into docs/benchmarks.md.

Cyrus and slapd get mailboxes called ``bench.``, and keep them: the next run measures what it can on them. ``make lab-reset`` takes them
away, and then filling is measured too.
"""

from __future__ import annotations

import argparse
import imaplib
import os
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from . import ROOT, exchange, logins, playbooks, reading
from .measuring import Comparison
from .practice import Practice, lab_directory
from .table import about, as_markdown, put_into

Measure = Callable[[Practice, int], Iterator[Comparison]]

FAMILIES: dict[str, Measure] = {
    "validate": playbooks.validating,
    "filling": playbooks.filling,
    "unchanged": playbooks.unchanged,
    "only": playbooks.one_changed,
    "exchange": exchange.comparisons,
    "reading": reading.comparisons,
    "logins": logins.comparisons,
}
MEMORY = "memory"
ROWS = (*FAMILIES, MEMORY)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=3000)
    parser.add_argument("--pairs", type=int, default=4, help="how often each of the two is measured")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"which of {', '.join(ROWS)}; unchanged makes what only and memory need")
    parser.add_argument("--prefix", default="bench", help="the beginning of the mailboxes' names")
    parser.add_argument("--save", type=Path, default=lab_directory() / "bench.md", help="where the table goes")
    parser.add_argument("--write", type=Path, help="measure nothing; put the table that was saved into this document")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if given.write:
        write(given.save, given.write)
        return
    asked = given.rows.split(",")
    if unknown := set(asked) - set(ROWS):
        sys.exit(f"there is nothing called {', '.join(sorted(unknown))} to measure; there are {', '.join(ROWS)}")
    folder = Path(tempfile.mkdtemp(prefix="postroom-bench-"))
    try:
        practice = Practice(folder, given.mailboxes, given.prefix)
        text = measured(practice, asked, given.pairs)
    finally:
        shutil.rmtree(folder)
    given.save.write_text(text)
    print(f"\n{text}\nmake bench-docs puts this into docs/benchmarks.md")


def measured(practice: Practice, asked: list[str], pairs: int) -> str:
    header, comparisons, notes = about(ROOT, practice.count), list[Comparison](), list[str]()
    for family in asked:
        if family == MEMORY:
            continue
        if family == "filling" and lives(practice):
            notes.append("Filling was not measured, because the mailboxes were there: `make lab-reset` first.")
            continue
        for comparison in FAMILIES[family](practice, pairs):
            print(f"{comparison.what}: {comparison.ratio:.2f} times {comparison.against}", flush=True)
            comparisons.append(comparison)
    if MEMORY in asked:
        notes += playbooks.memory(practice)
    return as_markdown(header, comparisons, notes)


def lives(practice: Practice) -> bool:
    """Whether Cyrus has any of the mailboxes."""
    with imaplib.IMAP4("localhost", practice.ports["cyrus"]) as session:
        session.starttls(ssl.create_default_context(cafile=str(practice.lab / "tls" / "ca.pem")))
        session.login("cyrus", practice.secret("cyrus"))
        return session.list('""', f'"user/{practice.prefix}.%"')[1] != [None]


def write(saved: Path, document: Path) -> None:
    if not saved.exists():
        sys.exit(f"there is no table at {saved}: make bench writes it")
    try:
        document.write_text(put_into(document.read_text(), saved.read_text()))
    except ValueError as error:
        sys.exit(f"{document}: {error}")


if __name__ == "__main__":
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # set, each run would compile Postroom anew, and nothing of Ansible's
    main()
