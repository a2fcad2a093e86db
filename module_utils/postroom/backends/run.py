"""The run that a module is part of: its process, its account, its machine."""

from __future__ import annotations

import getpass
import os
import socket
import time
from pathlib import Path

from ..core.run.lock import Here, Holder

PROC = Path("/proc")


def run_name() -> str:
    """What this run is known by: the address of the CI job, or host and process."""
    return os.environ.get("CI_JOB_URL") or f"{socket.gethostname()}:{playbook_process()}"


def operator() -> str:
    """The account that the run is under: in CI that of whoever started the job."""
    try:
        return os.environ.get("GITLAB_USER_LOGIN") or getpass.getuser()
    except (KeyError, OSError):  # in a container, an account need not have a name
        return str(os.getuid())


def playbook_process() -> int:
    """The process of ansible-playbook itself, above its workers; this module's parent where that cannot be seen."""
    found = process = os.getppid()
    while process > 1:
        try:
            if b"ansible-playbook" in (PROC / str(process) / "cmdline").read_bytes():
                found = process
            process = int(_fields(process)[1])
        except (OSError, ValueError, IndexError):
            break
    return found


def this_run() -> Holder:
    process = playbook_process()
    return Holder(
        host=socket.gethostname(),
        machine=machine(),
        process=process,
        began=process_began(process) or "",
        operator=operator(),
        run=run_name(),
        since=time.time(),
    )


def here(holder: Holder) -> Here:
    """This machine, as far as it matters to whether the holder's run goes on."""
    return Here(machine(), time.time(), process_began(holder.process))


def machine() -> str:
    """Where process numbers mean what they mean here; empty where that cannot be told."""
    try:
        return f"{(PROC / 'sys/kernel/random/boot_id').read_text().strip()} {(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def process_began(process: int) -> str | None:
    """When it began, in ticks since the machine did; None when there is no such process."""
    try:
        return _fields(process)[19]
    except (OSError, IndexError):
        return None


def _fields(process: int) -> list[str]:
    """What /proc/<process>/stat says after the name, which is in brackets and may hold anything (proc_pid_stat(5))."""
    return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
