"""Declarations and the schema on disk."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import stat
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ..core.declarations.declaration import Declaration
from ..core.declarations.file_names import ENDINGS, RENAME, is_meant, mailbox_of_file, not_read, why_passed_over, wrong_ending
from ..core.declarations.parse import MAXIMUM_BYTES, Document, parse
from ..core.declarations.schema import MailboxSchema
from ..core.declarations.validate import Checked, Source, Validation, check, conclude
from ..core.finding import Finding
from ..core.model import DirectoryView
from ..core.systems import BACKENDS, Backend
from ..text import printable
from .git import GitError
from .git_target import removed_files, unchanged_files

MANY = 1000
"""From this number of declarations on, starting more processes pays."""


class DeclarationsError(Exception):
    """The folder of declarations or the schema cannot be used at all; the text says which and why."""


def read_schema(path: Path) -> MailboxSchema:
    """Raises DeclarationsError when the file is missing or is not a schema for mailboxes."""
    try:
        return MailboxSchema(json.loads(path.read_bytes()))
    except OSError as error:
        raise DeclarationsError(f"cannot read the schema {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise DeclarationsError(f"cannot use the schema {path}: {error}") from error


def read_sources(folder: Path, only: Collection[str] = ()) -> Iterator[Source]:
    """Every declaration below ``folder``, sorted by path; hidden files and other kinds of files are passed over (which
    ``validate_folder`` tells).

    With ``only``, those whose file is named after one of these mailboxes: enough to know all about them, since a file is named
    after its address. Only regular files are opened, and no more is read than a declaration may have. Raises DeclarationsError
    when the folder itself cannot be read.
    """
    return map(_read, _paths(folder, only))


def read_documents(files: Iterable[str]) -> dict[str, Document]:
    """The named declarations, parsed; those that cannot be read are left out."""
    sources = {file: _read(file) for file in files}
    return {file: parse(source.content) for file, source in sources.items() if not source.unreadable}


def validate_folder(
    folder: Path, only: Collection[str], schema: MailboxSchema, view: DirectoryView | None, today: date | None = None
) -> Validation:
    """Read and check all declarations, by all processors when they are many. Exceptions are judged on the day ``today``.

    Raises DeclarationsError as read_sources does.
    """
    paths = _paths(folder, only)
    unread = _passed_over(folder, only)
    if len(paths) < MANY:
        return conclude((check(_read(path), schema, view, today) for path in paths), unread)
    gc.disable()  # nothing here makes cycles, and what is read stays
    processes = multiprocessing.get_context("fork")  # the workers have the compiled schema without a copy being sent
    with processes.Pool(initializer=_prepare, initargs=(schema, view, today)) as pool:
        validation = conclude(pool.imap(_check, paths, chunksize=200), unread)
        pool.close()
        pool.join()
    return validation


def removed_sources(folder: Path, only: Collection[str], target: str) -> list[Source]:
    """The declarations below ``folder`` that the branch ``target`` has and that are not there any more. Raises DeclarationsError."""
    found = []
    try:
        for name, content in removed_files(folder, target):
            file = name.rpartition("/")[2]
            is_declaration = file.endswith(".yml") and not any(part.startswith(".") for part in name.split("/"))
            if is_declaration and (not only or file.removesuffix(".yml").lower() in only):
                found.append(Source(_printable(os.path.join(folder, name)), content))
    except GitError as error:
        raise DeclarationsError(f"cannot compare the declarations with {target}: {error}") from error
    return found


def removed_from(folder: Path, only: Collection[str], target: Path) -> list[Source]:
    """The declarations below the folder ``target`` that are not below ``folder`` any more. Raises DeclarationsError."""
    kept = {os.path.relpath(path, folder) for path in _paths(folder, only)}
    return [_read(path) for path in _paths(target, only) if path.endswith(".yml") and os.path.relpath(path, target) not in kept]


def settled_files(folder: Path, target: str) -> frozenset[str]:
    """The declarations below ``folder`` that are as the branch ``target`` has them, called as findings call them. Raises
    DeclarationsError."""
    try:
        return frozenset(_printable(os.path.join(folder, name)) for name in unchanged_files(folder, target))
    except GitError as error:
        raise DeclarationsError(f"cannot compare the declarations with {target}: {error}") from error


def settled_in(folder: Path, target: Path) -> frozenset[str]:
    """The same for a folder ``target`` that has the target branch's declarations."""
    both = ((_read(path), _read(str(target / os.path.relpath(path, folder)))) for path in _paths(folder, ()))
    return frozenset(ours.file for ours, theirs in both if not ours.unreadable and ours.content == theirs.content)


def declared_names(folder: Path) -> set[str]:
    """The mailboxes that a file below ``folder`` declares or is named after, with or without errors. Raises DeclarationsError."""
    names = set()
    for source in read_sources(folder):
        names.add(source.file.rpartition("/")[2].rpartition(".")[0].lower())
        if not source.unreadable:
            names.add(Declaration(source.file, parse(source.content)).local.lower())
    return names - {""}


def write_declaration(path: Path, content: str) -> bool:
    """Write a new file, whole or not at all; false when there is one already. Raises DeclarationsError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(content, encoding="utf-8")
        try:
            os.link(unfinished, path)  # unlike a rename, never in the place of another file
        except FileExistsError:
            return False
        finally:
            unfinished.unlink()
    except OSError as error:
        raise DeclarationsError(f"cannot write {path}: {error.strerror}") from error
    return True


_worker: dict[str, Any] = {}


def _prepare(schema: MailboxSchema, view: DirectoryView | None, today: date | None) -> None:
    # Inherited from Ansible's process, the handler would answer the pool's end by ending the task that the pool is part of.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _worker.update(schema=schema, view=view, today=today)


def _check(path: str) -> Checked:
    return check(_read(path), _worker["schema"], _worker["view"], _worker["today"])


def _paths(folder: Path, only: Collection[str]) -> list[str]:
    found = []
    for parent, folders, files in _walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        names = [name for name in files if is_meant(name)]
        found += [os.path.join(parent, name) for name in (*names, *links) if not only or mailbox_of_file(name) in only]
    return sorted(found)


def _walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """The folders that are read, as os.walk gives them. Raises DeclarationsError."""
    if not folder.is_dir():
        raise DeclarationsError(f"there is no folder {folder}; mailboxes_dir must name the folder with the declarations")
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, folders, files


def _passed_over(folder: Path, only: Collection[str]) -> Iterator[Finding]:
    """What lies below ``folder`` and is not read, although somebody may think so."""
    for parent, _, files in _walk(folder):
        hidden = [entry.name for entry in os.scandir(parent) if entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)]
        for name in sorted(files):
            if (why := why_passed_over(name)) and (not only or mailbox_of_file(name) in only):
                yield not_read(_printable(os.path.join(parent, name)), why)
        for name in sorted(hidden):
            path = os.path.join(parent, name)
            if not only and (why := why_passed_over(name, _holds_declarations(path))):
                yield not_read(_printable(path), why)


def _holds_declarations(folder: str) -> bool:
    return any(is_meant(name) for _, _, files in os.walk(folder) for name in files)


def _refuse(error: OSError) -> None:
    raise DeclarationsError(f"cannot read the folder {error.filename}: {error.strerror}")


def _read(path: str) -> Source:
    name = _printable(path)
    if ending := wrong_ending(path):
        return Source(name, unreadable=f"the file ends in {ending}; {ENDINGS.get(ending.lower(), RENAME)}")
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if os.path.islink(path):
            return Source(name, unreadable="this is a symbolic link; put the declaration itself here")
        return Source(name, unreadable=f"the file cannot be read: {error.strerror}")
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Source(name, unreadable="this is not an ordinary file; put the declaration itself here")
        try:
            return Source(name, file.read(MAXIMUM_BYTES + 1))
        except OSError as error:
            return Source(name, unreadable=f"the file cannot be read: {error.strerror}")


def _printable(path: str) -> str:
    """A path for reports: relative to the working directory where it lies below it, and always valid text."""
    relative = os.path.relpath(path)
    shown = path if relative.startswith("..") else relative
    return printable(os.fsencode(shown).decode("utf-8", "backslashreplace"))


def folders(pattern: str, mailboxes_dir: Path) -> dict[Backend, Path]:
    """Where the files of each backend go. Raises ValueError for a folder that does not lie below the others."""
    found = {backend: mailboxes_dir / pattern.replace("{backend}", backend) for backend in BACKENDS}
    top = mailboxes_dir.resolve()
    for folder in found.values():
        hidden = (
            any(part.startswith(".") for part in folder.relative_to(mailboxes_dir).parts) if folder.is_relative_to(mailboxes_dir) else True
        )
        if hidden or not folder.resolve().is_relative_to(top):
            raise ValueError(
                f"the folder {folder} does not lie below {mailboxes_dir}, where declarations are read; choose another adopt_folder"
            )
    return found
