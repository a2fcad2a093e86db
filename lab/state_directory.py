"""Make the lab's state directory, where the daemons can reach it, or remove it.

``state_directory.py make PATH`` and ``state_directory.py remove PATH``.

Daemons that drop root must be able to enter every folder above it, and the path of a Unix socket may have 107 bytes at most. Where
the checkout is too deep or closed to them, ``.lab`` becomes a symbolic link to a short path.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from pathlib import Path

LONGEST = 60
"""Bytes that leave room for the longest socket path below the state directory."""
FOLDERS = {"log": 0o755, "run": 0o755, "tls": 0o755, "secrets": 0o700}


def fallback(wanted: Path) -> Path:
    """A short path of our own for this checkout, which everybody may enter."""
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:10]
    parent = Path("/var/lib/postroom-lab") if os.geteuid() == 0 else Path(f"/tmp/postroom-lab-{os.geteuid()}")  # noqa: S108
    return parent / name


def is_reachable(folder: Path) -> bool:
    """Whether any account may enter every folder from the root down to this one."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents) if parent.exists())


def make(wanted: Path) -> tuple[Path, bool]:
    """The real state directory for ``wanted``, and whether it was made just now."""
    if wanted.is_symlink() and not wanted.exists():
        wanted.unlink()
    if wanted.exists():
        return wanted.resolve(), False
    wanted.parent.mkdir(parents=True, exist_ok=True)
    real = wanted.parent.resolve() / wanted.name
    needs_others = os.geteuid() == 0
    if len(os.fsencode(real)) > LONGEST or (needs_others and not is_reachable(real.parent)):
        real = fallback(real)
        real.mkdir(mode=0o755, parents=True, exist_ok=True)
        wanted.symlink_to(real)
    else:
        real.mkdir(mode=0o755)
    return real, True


def remove(wanted: Path) -> None:
    """Remove the state and the link to it. Raises OSError when the directory holds something that is not a lab's."""
    real = wanted.resolve()
    if real.is_dir():
        if any(real.iterdir()) and not all((real / name).is_dir() for name in FOLDERS):
            raise OSError(f"{real} does not look like a lab's state; nothing is removed")
        shutil.rmtree(real)
    if wanted.is_symlink():
        wanted.unlink()


def main() -> int:
    verb, wanted = sys.argv[1], Path(sys.argv[2])
    try:
        if verb == "remove":
            remove(wanted)
            return 0
        real, is_new = make(wanted)
        for name, mode in FOLDERS.items():
            (real / name).mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        sys.stderr.write(f"lab: cannot {verb} the state directory: {error}\n")
        return 1
    sys.stdout.write(f"{'made' if is_new else 'found'} {real}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
