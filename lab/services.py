"""Start, stop and look at the lab's daemons, which run below supervisord.

``services.py start DIRECTORY``            start what does not run, restart what runs on old settings, wait until all answer
``services.py stop DIRECTORY``             end what was started from this directory, and nothing else
``services.py status DIRECTORY``           say what runs
``services.py launch DIRECTORY MARK COMMAND...``  (for supervisord) end a killed daemon's children, then become the daemon
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

DAEMONS = frozenset(
    {"supervisor.supervisord", "slapd", "saslauthd", "master", "imapd", "lmtpd", "timsieved", "ctl_cyrusdb", "cyr_expire"}
    | {"lab.exchange.server", "rsyslogd", "fail2ban-server", "originator_milter.py"}
)
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
        names = {Path(argument).name.rstrip(":") for argument in arguments[:3]}
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


def answers(place: int | str) -> bool:
    """Whether anybody listens on this port of loopback, or on this Unix socket."""
    with socket.socket(socket.AF_UNIX if isinstance(place, str) else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex(place if isinstance(place, str) else ("127.0.0.1", place)) == 0


def settings(directory: Path, program: str) -> str:
    """A digest of what the program reads when it starts."""
    files: list[str] = json.loads((directory / "settings.json").read_text()).get(program, [])
    digest = hashlib.sha256()
    for file in map(Path, files):
        digest.update(str(file).encode() + b"\0" + (file.read_bytes() if file.is_file() else b"") + b"\0")
    return digest.hexdigest()


def outdated(directory: Path) -> list[str]:
    """The programs that run on other settings than there are now."""
    return [
        program
        for program in json.loads((directory / "settings.json").read_text())
        if (loaded := directory / "run" / f"{program}.settings").exists() and loaded.read_text() != settings(directory, program)
    ]


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


def start(directory: Path) -> str:
    ports: dict[str, int] = json.loads((directory / "ports.json").read_text())
    said = ""
    if is_supervised(directory):
        said = supervisorctl(directory, "update").stdout
        stopped = [line.split()[0] for line in supervisorctl(directory, "status").stdout.splitlines() if "RUNNING" not in line]
        for name in dict.fromkeys([*outdated(directory), *stopped]):
            said += supervisorctl(directory, "restart", name).stdout
    else:
        end(f"{directory}/")
        refuse_taken_ports(ports)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(directory / "supervisord.conf")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise LabError(f"supervisord does not start: {(done.stderr or done.stdout).strip()}")
        said = "started supervisord\n"
    sockets = {f"saslauthd-{folder.name.removeprefix('sasl-')}": f"{folder}/mux" for folder in (directory / "run").glob("sasl-*")}
    if (directory / "run" / "milter").is_dir():
        sockets["milter"] = f"{directory}/run/milter/socket"
    wait(directory, {**ports, **sockets})
    return said


def wait(directory: Path, places: dict[str, int | str]) -> None:
    deadline = time.monotonic() + PATIENCE
    waiting = dict(places)
    while waiting := {name: place for name, place in waiting.items() if not answers(place)}:
        if time.monotonic() > deadline:
            name = next(iter(waiting))
            log = directory / "log" / f"{name if name.startswith('saslauthd-') else name.partition('-')[0]}.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
            raise LabError(f"{name} does not answer on {waiting[name]}; the end of {log}:\n{tail}")
        time.sleep(0.1)


def stop(directory: Path) -> str:
    if is_supervised(directory):
        supervisorctl(directory, "shutdown")
        deadline = time.monotonic() + 20
        while is_supervised(directory) and time.monotonic() < deadline:
            time.sleep(0.2)
    end(f"{directory}/")
    return "the lab is stopped\n"


def launch(directory: Path, mark: str, command: list[str]) -> None:
    end(mark)
    program = os.environ["SUPERVISOR_PROCESS_NAME"]
    (directory / "run" / f"{program}.settings").write_text(settings(directory, program))
    os.execv(command[0], command)  # noqa: S606


def main(arguments: list[str]) -> int:
    match arguments:
        case ["launch", name, mark, *command]:
            launch(Path(name), mark, command)
        case ["start" | "stop" | "status" as verb, name]:
            directory = Path(name).resolve()
            try:
                if verb == "start":
                    sys.stdout.write(start(directory))
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
