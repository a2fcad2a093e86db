"""The declarations' history, read from git. Without git, or outside a repository, nothing is known, and the history says so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..core.access.history import History, edits, landings
from ..text import printable
from ..wire.git import LOG_OPTIONS, NOTHING, LoggedCommit, parse_blobs, parse_log
from .git import GitError, git


def read_history(folder: Path) -> History:
    """All edits of the declarations below ``folder``, by four git commands whatever their number. Never raises."""
    try:
        return _read(folder)
    except (GitError, ValueError) as error:
        return History(note=f"who asked for what and since when is not known: {printable(str(error))}")


def _read(folder: Path) -> History:
    head, prefix = _text(folder, "rev-parse", "HEAD", "--show-prefix").split("\n")[:2]
    shallow = _shallow(folder)
    logged = [_as_declared(one, folder, prefix) for one in _log(folder, "--", ".") if one.commit.id not in shallow]
    commits = [one.commit for one in _log(folder, "--no-patch")]
    blobs = parse_blobs(git(folder, "cat-file", "--batch", given="\n".join(_blobs(logged)).encode()))
    note = ""
    if shallow:
        oldest = min((commit.committed for commit in commits), default="")[:10]
        note = f"this is a shallow clone: what was asked for before {oldest} is not known; git fetch --unshallow, or GIT_DEPTH: 0 in CI"
    elif not logged:
        note = f"who asked for what and since when is not known: nothing in {folder} was ever committed"
    return History(edits(logged, blobs, landings(commits, head)), note, head)


def _log(folder: Path, *arguments: str) -> list[LoggedCommit]:
    return parse_log(git(folder, "log", *LOG_OPTIONS, *arguments))


def _shallow(folder: Path) -> frozenset[str]:
    """The commits whose parents are not in this clone: git shows all that they have as if they had made it."""
    if _text(folder, "rev-parse", "--is-shallow-repository").strip() != "true":
        return frozenset()
    try:
        return frozenset((folder / _text(folder, "rev-parse", "--git-path", "shallow").strip()).read_text().split())
    except OSError as error:
        raise GitError(f"cannot read which commits the shallow clone begins with: {error.strerror}") from error


def _as_declared(logged: LoggedCommit, folder: Path, prefix: str) -> LoggedCommit:
    """With the paths that declarations have in reports, instead of those from the top of the repository."""
    relative = os.path.relpath(folder)
    parent = str(folder) if relative.startswith("..") else relative
    steps = (replace(step, path=printable(os.path.join(parent, step.path.removeprefix(prefix)))) for step in logged.steps)
    return LoggedCommit(logged.commit, tuple(steps))


def _blobs(logged: Iterable[LoggedCommit]) -> list[str]:
    wanted = {blob for one in logged for step in one.steps for blob in (*step.befores, step.after)}
    return sorted(wanted - {NOTHING})


def _text(folder: Path, *arguments: str) -> str:
    return os.fsdecode(git(folder, *arguments))
