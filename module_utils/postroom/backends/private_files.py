"""Files and folders that others on the machine do not read: they hold names and logins. The umask does not matter."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = 0o750
FILE = 0o640
OTHERS = 0o007


def make_private_folder(folder: Path) -> None:
    """The folder and those above it that are not there yet; one that is there keeps its mode. Raises OSError."""
    if not folder.is_dir():
        if folder.parent != folder:
            make_private_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(FOLDER)


def private(path: str | Path, flags: int) -> int:
    """An opener for ``open``: a new file has the mode 0640, and an old one loses what others had. Raises OSError."""
    is_new = not os.path.lexists(path)
    descriptor = os.open(path, flags, FILE)
    try:
        mode = os.fstat(descriptor).st_mode & 0o777
        if is_new or mode & OTHERS:
            os.fchmod(descriptor, FILE if is_new else mode & FILE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
