"""What work costs, and how two kinds of work are compared: in turn, pair by pair."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

Work = Callable[[], "Cost"]


@dataclass(frozen=True, slots=True)
class Cost:
    """``wall`` and ``cpu`` in seconds: the clock's, and user and system time of the processes that did it, those that they started and
    waited for included. A server that they asked is no part of it. ``peak_kib`` is the largest resident size of any one of them."""

    wall: float
    cpu: float
    peak_kib: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak_kib, other.peak_kib))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A line of the table: ``ours`` and ``floor`` were measured in turn, one of each in a pair. ``wanted`` is what the ratio may be at
    most; None where nothing is wanted."""

    what: str
    against: str
    ours: Sequence[Cost]
    floor: Sequence[Cost]
    wanted: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios, of wall time."""
        return median(one.wall / other.wall for one, other in zip(self.ours, self.floor, strict=True))


def in_turn(what: str, ours: Work, against: str, floor: Work, *, pairs: int, wanted: float | None = None) -> Comparison:
    """Measure A B, B A, A B, ...: whatever slows the machine down for a while, or grows with each run, weighs on both."""
    found: dict[Work, list[Cost]] = {ours: [], floor: []}
    for number in range(pairs):
        for work in (ours, floor) if number % 2 == 0 else (floor, ours):
            found[work].append(work())
    return Comparison(what, against, found[ours], found[floor], wanted)


def cost_of(work: Callable[[], object]) -> Cost:
    """Of something done in this process and the processes that it starts; without a peak, which cannot be told from what was before."""
    wall, cpu = time.perf_counter(), _cpu_so_far()
    work()
    return Cost(time.perf_counter() - wall, _cpu_so_far() - cpu)


def _cpu_so_far() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def cost_of_command(command: Sequence[str | Path], folder: Path) -> Cost:
    """Raises SystemExit, with the end of what it printed, when the command fails."""
    with TemporaryFile() as printed:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)  # its own figures, where getrusage adds up those of all children so far
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            raise SystemExit(printed.read().decode("utf-8", "replace")[-4000:])
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def sizes_of_processes(command: Sequence[str | Path], folder: Path) -> dict[str, int]:
    """The command's processes by what they run (a module, the playbook), with the peak of the largest in KiB. Looking slows it down, so
    nothing else is measured in that run."""
    peaks: dict[str, int] = {}
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        for pid in _and_below(process.pid):
            name, peak = _name_and_peak(pid)
            peaks[name] = max(peaks.get(name, 0), peak)
        time.sleep(0.01)
    peaks.pop("", None)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    return peaks


def _and_below(pid: int) -> Iterable[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it has ended
            continue
        for child in children:
            yield from _and_below(int(child))


def _name_and_peak(pid: int) -> tuple[str, int]:
    """``("", 0)`` of a process that has ended, or has not begun its program."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return "", 0
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    names = [Path(word).name for word in words if word and not word.startswith("-")]
    is_interpreter = bool(names) and names[0].startswith("python") and len(names) > 1
    return (names[is_interpreter].removeprefix("AnsiballZ_") if names else ""), peak
