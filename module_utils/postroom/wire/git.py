"""What git prints about the declarations' history, into values: ``git log --raw -z`` and ``git cat-file --batch``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

START = "\x01"
"""What the first field of a commit begins with; file names come after their status, so they cannot be taken for one."""
LOG_FORMAT = (
    "--format=%x01%H%x00%P%x00%aN%x00%ad%x00%cd%x00%s%x00%(trailers:key=Approved-by,key=Reviewed-by,valueonly,unfold,separator=%x1f)%x00"
)
LOG_OPTIONS = ("-z", "--date-order", "--reverse", "--raw", "-c", "--root", "--no-abbrev", "--no-renames", "--no-show-signature",
               "--encoding=UTF-8", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", LOG_FORMAT)  # fmt: skip
"""Parents before their children; merges with what differs from all their parents. Dates are in UTC when ``TZ`` is."""
NOTHING = ""
"""Stands for the blob of a file that is not there."""


@dataclass(frozen=True, slots=True)
class Commit:
    """``date`` is when its author wrote it, ``committed`` when it was committed, both ISO 8601 in UTC. ``reviewers`` are the names of
    its ``Approved-by:`` and ``Reviewed-by:`` trailers."""

    id: str
    parents: tuple[str, ...]
    author: str
    date: str
    committed: str
    subject: str
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileStep:
    """What one commit made of one file: the blobs before it, one for each parent, and the one after."""

    path: str
    befores: tuple[str, ...]
    after: str


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    commit: Commit
    steps: tuple[FileStep, ...]


def parse_log(output: bytes) -> list[LoggedCommit]:
    """The commits of ``git log`` with ``LOG_OPTIONS``, oldest first. Raises ValueError when it is something else."""
    words = iter(output.decode("utf-8", "replace").split("\0"))
    found: list[LoggedCommit] = []
    steps: list[FileStep] = []
    for word in words:
        text = word.lstrip("\n")
        if text.startswith(START):
            steps = []
            found.append(LoggedCommit(_commit(text, words), ()))
        elif text.startswith(":") and found:
            steps.append(_step(text, next(words, "")))
            found[-1] = LoggedCommit(found[-1].commit, tuple(steps))
        elif text:
            raise ValueError(f"git log printed {text[:60]!r}, which is no commit")
    return found


def _commit(first: str, words: Iterator[str]) -> Commit:
    parents, author, date, committed, subject, reviewers = (next(words, "") for _ in range(6))
    names = tuple(filter(None, (_name(one) for one in reviewers.split("\x1f"))))
    return Commit(first.removeprefix(START), tuple(parents.split()), author, date, committed, subject, names)


def _name(person: str) -> str:
    """``Name <address>`` without the address."""
    return person.partition("<")[0].strip() or person.strip()


def _step(status: str, path: str) -> FileStep:
    """``:<mode> <mode> <blob> <blob> <status>``, with a colon, a mode and a blob more for each further parent (git-diff-tree(1))."""
    parents = len(status) - len(status.lstrip(":"))
    blobs = [blob if blob.strip("0") else NOTHING for blob in status.split(" ")[parents + 1 : -1]]
    if len(blobs) != parents + 1:
        raise ValueError(f"git log printed {status[:60]!r}, which is no change of a file")
    return FileStep(path, tuple(blobs[:-1]), blobs[-1])


def parse_blobs(output: bytes) -> dict[str, bytes]:
    """Contents by id, of ``git cat-file --batch``. Objects that are missing, as in a partial clone, are left out."""
    found: dict[str, bytes] = {}
    place = 0
    while place < len(output):
        end = output.index(b"\n", place)
        header = output[place:end].decode("utf-8", "replace").split(" ")
        place = end + 1
        if len(header) == 3 and header[2].isdigit():
            size = int(header[2])
            found[header[0]] = output[place : place + size]
            place += size + 1
    return found
