"""Start, stop and look at the lab's daemons, which run below supervisord.

``services.py start DIRECTORY [NAME...]``  start what does not run, restart the named programs, wait until all answer
``services.py stop DIRECTORY``             end what was started from this directory, and nothing else
``services.py status DIRECTORY``           say what runs
``services.py launch MARK COMMAND...``     (for supervisord) end a killed daemon's children, then become the daemon
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

DAEMONS = frozenset({"supervisord", "slapd", "saslauthd", "master", "imapd", "lmtpd", "timsieved", "ctl_cyrusdb", "cyr_expire"})
PATIENCE = 40.0
"""Seconds that the daemons get to answer."""


class LabError(Exception):
    """What keeps the lab from running, and what to do about it."""


def processes(mark: str) -> Iterator[int]:
    """The daemons that were started with ``mark`` in one of their arguments."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        names = {Path(argument).name.rstrip(":") for argument in arguments[:2]}
        if names & DAEMONS and any(mark in argument for argument in arguments):
            yield int(entry.name)


def end(mark: str) -> None:
    """End those processes, politely first."""
    for sign, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        while (found := list(processes(mark))) and time.monotonic() < deadline:
            for pid in found:
                try:
                    os.kill(pid, sign)
                except ProcessLookupError:
                    continue
                except PermissionError as error:
                    raise LabError(f"process {pid} belongs to another account; run this as the account that started the lab") from error
            time.sleep(0.2)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def supervisorctl(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(directory / "supervisord.conf"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def is_supervised(directory: Path) -> bool:
    if not (directory / "run" / "supervisor.sock").exists():
        return False
    return supervisorctl(directory, "pid").stdout.strip().isdigit()


def refuse_taken_ports(ports: dict[str, int]) -> None:
    for name, port in ports.items():
        if answers(port):
            listing = subprocess.run(["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False).stdout
            holder = listing.partition("users:((")[2].partition(")")[0] or "another account's process"
            raise LabError(
                f"port {port}, which {name} needs, is taken by {holder}; end that process, or choose other ports with "
                "POSTROOM_LAB_PORT_BASE (10000 when not set)"
            )


def start(directory: Path, changed: list[str]) -> str:
    ports: dict[str, int] = json.loads((directory / "ports.json").read_text())
    said = ""
    if is_supervised(directory):
        said = supervisorctl(directory, "update").stdout
        stopped = [line.split()[0] for line in supervisorctl(directory, "status").stdout.splitlines() if "RUNNING" not in line]
        for name in dict.fromkeys([*changed, *stopped]):
            said += supervisorctl(directory, "restart", name).stdout
    else:
        end(f"{directory}/")
        refuse_taken_ports(ports)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(directory / "supervisord.conf")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise LabError(f"supervisord does not start: {(done.stderr or done.stdout).strip()}")
        said = "started supervisord\n"
    wait(directory, ports)
    return said


def wait(directory: Path, ports: dict[str, int]) -> None:
    deadline = time.monotonic() + PATIENCE
    waiting = dict(ports)
    while waiting := {name: port for name, port in waiting.items() if not answers(port)}:
        if time.monotonic() > deadline:
            name = next(iter(waiting))
            log = directory / "log" / f"{name.partition('-')[0]}.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
            raise LabError(f"{name} does not answer on port {waiting[name]}; the end of {log}:\n{tail}")
        time.sleep(0.1)


def stop(directory: Path) -> str:
    if is_supervised(directory):
        supervisorctl(directory, "shutdown")
        deadline = time.monotonic() + 20
        while is_supervised(directory) and time.monotonic() < deadline:
            time.sleep(0.2)
    end(f"{directory}/")
    return "the lab is stopped\n"


def launch(mark: str, command: list[str]) -> None:
    end(mark)
    os.execv(command[0], command)  # noqa: S606


def main(arguments: list[str]) -> int:
    match arguments:
        case ["launch", mark, *command]:
            launch(mark, command)
        case ["start" | "stop" | "status" as verb, name, *changed]:
            directory = Path(name).resolve()
            try:
                if verb == "start":
                    sys.stdout.write(start(directory, changed))
                elif verb == "stop":
                    sys.stdout.write(stop(directory))
                else:
                    sys.stdout.write(supervisorctl(directory, "status").stdout)
            except (LabError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                sys.stderr.write(f"lab: {error}\n")
                return 1
            return 0
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
