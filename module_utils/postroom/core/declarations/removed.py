"""Declarations that the target branch of a merge request has, and the merge request has not: the mailbox would go on with no file."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ..finding import Finding, Severity
from ..model import DirectoryView
from .declaration import Declaration
from .parse import parse
from .validate import Source

RULE = "declaration-removed"
LIVES = (
    "deleting the file would leave the mailbox as it is, with nobody to look after it; put it back, and write state: retired in it to end "
    "the mailbox"
)
STILL_THERE = (
    "the mailbox is retired, but it is still on the servers; put the file back until an operator has removed the mailbox and its "
    "directory entry"
)
UNKNOWN = (
    "the mailbox is retired; its file may go once it is gone from the servers, which only the directory tells: check with "
    "-e use_directory=true"
)


def removed_declarations(removed: Iterable[Source], declared: Container[str], view: DirectoryView | None = None) -> Iterator[Finding]:
    """A finding for each file whose mailbox is not ``declared`` (names) elsewhere, such as in a file that was moved.

    A file may go when the target branch has it as retired and the directory has no entry of the mailbox any more. Without ``view`` that
    is not known, which is a warning: the job that has the directory decides.
    """
    for source in removed:
        declaration = Declaration(source.file, parse(source.content))
        name = declaration.local.lower() or source.file.rpartition("/")[2].rpartition(".")[0].lower()
        if name in declared:
            continue
        if not declaration.is_retired:
            yield _finding(source, LIVES)
        elif view is None:
            yield _finding(source, UNKNOWN, "warning")
        elif name in view.mailboxes:
            yield _finding(source, STILL_THERE)


def _finding(source: Source, message: str, severity: Severity = "error") -> Finding:
    return Finding(source.file, 1, 1, RULE, severity, message)
