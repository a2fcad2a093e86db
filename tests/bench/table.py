"""The figures as Markdown, with where and when they were measured, and their place in a document."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from .measuring import Comparison, Cost

BEGIN = "<!-- make bench-docs: what stands below is written by it -->"
END = "<!-- make bench-docs: what stands above is written by it -->"
HEAD = """\
| what | s | CPU s | compared with | s | CPU s | ratio | at most |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def as_markdown(about: str, comparisons: Iterable[Comparison], notes: Iterable[str]) -> str:
    """The whole section: ``about`` says what was measured where; ``notes`` are lines below the table."""
    return f"{about}\n\n{HEAD}{''.join(map(row, comparisons))}" + "".join(f"\n{note}\n" for note in notes)


def row(comparison: Comparison) -> str:
    """Medians; the ratio is the median of the pairs' own, so it need not be that of the medians."""
    wanted = "" if comparison.wanted is None else f"{comparison.wanted:g}"
    is_missed = comparison.wanted is not None and comparison.ratio > comparison.wanted
    ratio = f"**{comparison.ratio:.2f}**" if is_missed else f"{comparison.ratio:.2f}"
    cells = [comparison.what, *_medians(comparison.ours), comparison.against, *_medians(comparison.floor), ratio, wanted]
    return f"| {' | '.join(cells)} |\n"


def _medians(costs: Iterable[Cost]) -> tuple[str, str]:
    measured = list(costs)
    return f"{median(cost.wall for cost in measured):.2f}", f"{median(cost.cpu for cost in measured):.2f}"


def about(root: Path, count: int) -> str:
    """Date, commit and machine, in two sentences."""
    commit = _output(root, "git", "rev-parse", "--short", "HEAD")
    changed = " with changes" if _output(root, "git", "status", "--porcelain", "--untracked-files=no") else ""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{count:,} mailboxes of three members, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}{changed}. {_processor()}, "
        f"{os.cpu_count()} cores, {_memory_gib()} GiB, {system}, Python {platform.python_version()}; load before the start "
        f"{os.getloadavg()[0]:.1f}. Seconds are medians; CPU is user and system time of the client's processes, servers not included."
    )


def _output(root: Path, *command: str) -> str:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gib() -> int:
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)


def put_into(document: str, section: str) -> str:
    """The document with this section between the two marks. Raises ValueError when it has not exactly one of each, in their order."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise ValueError(f"the document has no place for the table: it needs the line {BEGIN}, and further down the line {END}")
    return f"{before}{BEGIN}\n\n{section.strip()}\n\n{END}{after}"
