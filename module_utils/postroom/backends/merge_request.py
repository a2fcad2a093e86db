"""The declarations of a merge request as data: what the target branch would have after the merge, read from git's objects.

Nothing of the merge request is checked out, no attribute or filter of it is applied, and nothing of it is run.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..core.declarations.file_names import is_meant
from ..core.declarations.parse import MAXIMUM_BYTES
from ..text import printable
from .git import GitError, git
from .private_files import make_private_folder, private

ORDINARY = ("100644", "100755")
MANY = 100_000


class MergeRequestError(Exception):
    """The declarations of a merge request cannot be used; the text says why, for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str
    size: str
    path: str


def extract_declarations(repository: Path, commit: str, target: str, folder: str, dest: Path) -> tuple[str, list[str]]:
    """Write what is below ``folder`` after a merge of ``commit`` into ``target`` (both in the clone ``repository``) to ``dest``, which is
    made anew. The commit's full id, and the files elsewhere that the merge request changes. Raises MergeRequestError."""
    try:
        source = git(repository, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").decode().strip()
        tree = _merged(repository, source, target)
        entries = _entries(repository, tree, folder)
        changed = git(repository, "diff-tree", "-r", "-z", "--name-only", "--no-renames", target, tree).split(b"\0")
        _write(repository, entries, len(folder) + 1, dest)
    except GitError as error:
        raise MergeRequestError(str(error)) from error
    except OSError as error:
        raise MergeRequestError(f"cannot write the declarations to {dest}: {error.strerror}") from error
    names = (printable(os.fsencode(os.fsdecode(name)).decode("utf-8", "backslashreplace")) for name in changed if name)
    return source, [name for name in names if not name.startswith(f"{folder}/")]


def _merged(repository: Path, source: str, target: str) -> str:
    """The tree of the merge, made among git's objects without a work tree (git-merge-tree(1), since git 2.38)."""
    try:
        return git(repository, "merge-tree", "--write-tree", "--no-messages", target, source).decode().split("\n")[0]
    except GitError as error:
        raise MergeRequestError(
            f"it cannot be merged into the target branch as it is: merge that branch into yours, or rebase ({printable(str(error))})"
        ) from error


def _entries(repository: Path, tree: str, folder: str) -> list[_Entry]:
    """The declarations; what could lead elsewhere is refused, whatever its name."""
    found = []
    for record in git(repository, "ls-tree", "-r", "-l", "-z", tree, f"{folder}/").split(b"\0"):
        about, _, path = os.fsdecode(record).partition("\t")
        if not path:
            continue
        mode, _, blob, size = about.split()
        shown = printable(os.fsencode(path).decode("utf-8", "backslashreplace"))
        if mode not in ORDINARY:
            raise MergeRequestError(f"{shown} is a symbolic link or a submodule; put the declaration itself there")
        if not path.startswith(f"{folder}/") or {"", ".", ".."} & set(path.split("/")) or ".git" in path.lower().split("/"):
            raise MergeRequestError(f"{shown} is no path that a declaration may have")
        if is_meant(path.rpartition("/")[2]):
            found.append(_Entry(mode, blob, size, path))
            if int(size) > MAXIMUM_BYTES:
                raise MergeRequestError(f"{shown} has {size} bytes; a declaration has at most {MAXIMUM_BYTES}")
    if len(found) > MANY:
        raise MergeRequestError(f"it has {len(found)} declarations, and at most {MANY} are read")
    return found


def _write(repository: Path, entries: list[_Entry], prefix: int, dest: Path) -> None:
    if dest.is_symlink():
        dest.unlink()
    elif dest.exists():
        shutil.rmtree(dest)
    make_private_folder(dest)
    output = git(repository, "cat-file", "--batch", given="".join(f"{entry.blob}\n" for entry in entries).encode()) if entries else b""
    place = 0
    for entry in entries:
        start = output.index(b"\n", place) + 1
        place = start + int(entry.size) + 1
        path = dest / entry.path[prefix:]
        make_private_folder(path.parent)
        with open(path, "xb", opener=private) as file:
            file.write(output[start : place - 1])
