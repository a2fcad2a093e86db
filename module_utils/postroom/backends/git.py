"""git, run as a program, and what is simply not known outside a repository or without git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from .environment import without_secrets

TIMEOUT = 300
"""Seconds for one git command."""
COMMIT = "\x01"
"""What a line of ``git log`` begins with that is a commit's and not a file's name."""


class GitError(Exception):
    """What git could not do, in its own words."""


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What one git command puts out. Raises GitError."""
    environment = without_secrets(LC_ALL="C.UTF-8", TZ="UTC", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
    command = ["git", "-C", str(folder), "--no-pager", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False, timeout=TIMEOUT)
    except OSError as error:
        raise GitError(f"git cannot be started ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} took longer than {TIMEOUT} seconds") from error
    if done.returncode:
        raise GitError(f"git {arguments[0]} in {folder}: {' '.join(done.stderr.decode('utf-8', 'replace').split())}")
    return done.stdout


def head(folder: Path) -> str:
    """The commit that is checked out, empty when it is not known."""
    return "".join(_lines(folder, "rev-parse", "HEAD"))


def last_authors(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """Who made the last commit to each file, as ``name <address>``; one process for all. ``files`` are paths as declarations have them,
    relative to ``folder`` or absolute; those that were never committed are left out."""
    paths = {str((folder / file).resolve()): file for file in files}
    top = "".join(_lines(folder, "rev-parse", "--show-toplevel"))
    found: dict[str, str] = {}
    if not paths or not top:
        return found
    author = ""
    log = ("-c", "core.quotePath=false", "log", f"--format={COMMIT}%an <%ae>", "--name-only", "--no-renames", "--", *_few(paths))
    for line in _lines(folder, *log):
        if line.startswith(COMMIT):
            author = line.removeprefix(COMMIT)
        elif file := paths.get(f"{top}/{line}"):
            found.setdefault(file, author)
    return found


FEW = 100
"""Up to this many paths are given to git; it looks through the whole history either way."""


def _few(paths: Iterable[str]) -> list[str]:
    paths = list(paths)
    return paths if len(paths) <= FEW else []


def _lines(folder: Path, *arguments: str) -> list[str]:
    try:
        return git(folder, *arguments).decode("utf-8", "replace").splitlines()
    except GitError:
        return []
