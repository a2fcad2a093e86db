"""The repository that declarations are in. Outside one, and without git, everything is simply not known."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

COMMIT = "\x01"
"""What a line of ``git log`` begins with that is a commit's and not a file's name."""


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
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
