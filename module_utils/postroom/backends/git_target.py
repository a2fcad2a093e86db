"""The branch that a merge request goes to: which files it has that are no longer here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .git import GitError, git

ORDINARY = b"100"
"""How the mode of an ordinary file begins; links and submodules have others."""


class TargetError(GitError):
    """The branch cannot be compared with; the text says why and what to do."""


def removed_files(folder: Path, target: str) -> Iterator[tuple[str, bytes]]:
    """The files that ``target`` had below ``folder`` when this branch left it, and that are not there any more: their path from the
    folder and their content. ``target`` is a branch, of the remote ``origin`` if it has it, or a commit. Raises GitError;
    a TargetError where the branch is what is wrong.
    """
    base = _base(folder, target)
    gone = {}
    for record in git(folder, "ls-tree", "-r", "-z", base, ".").split(b"\0"):
        about, _, path = record.partition(b"\t")
        if about.startswith(ORDINARY) and not os.path.lexists(os.path.join(os.fsencode(folder), path)):
            gone[os.fsdecode(path)] = about.split()[2]
    if gone:
        output = git(folder, "cat-file", "--batch", given=b"\n".join(gone.values()) + b"\n")
        for name in gone:
            header, _, output = output.partition(b"\n")
            size = int(header.split()[2])
            yield name, output[:size]
            output = output[size + 1 :]


def unchanged_files(folder: Path, target: str) -> set[str]:
    """The files below ``folder`` that are as ``target`` had them when this branch left it: their path from the folder. Raises GitError."""
    base = _base(folder, target)
    kept = git(folder, "ls-tree", "-r", "-z", "--name-only", base, ".").split(b"\0")
    changed = set(git(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", base, "--", ".").split(b"\0"))
    return {os.fsdecode(path) for path in kept if path and path not in changed}


def _base(folder: Path, target: str) -> str:
    """The commit where the two branches part."""
    git(folder, "rev-parse", "--git-dir")
    found = next(filter(None, (_commit(folder, name) for name in (f"refs/remotes/origin/{target}", target))), "")
    if not found:
        raise TargetError(f"this clone has no branch and no commit {target}; fetch it first: git fetch origin {target}")
    try:
        return git(folder, "merge-base", "HEAD", found).decode().strip()
    except GitError as error:
        if git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
            raise TargetError(
                f"this clone is shallow, and does not reach back to where the branch left {target}; fetch the rest first: "
                "git fetch --unshallow (in GitLab CI, set GIT_DEPTH to 0)"
            ) from error
        raise TargetError(f"this branch and {target} have no commit in common") from error


def _commit(folder: Path, name: str) -> str:
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except GitError:
        return ""
