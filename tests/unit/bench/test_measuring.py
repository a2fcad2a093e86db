"""What is measured, of which processes, and in which order."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bench.measuring import Comparison, Cost, cost_of, cost_of_command, in_turn, sizes_of_processes

BUSY = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
STARTS_ANOTHER = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])"
LARGE = "import time; text = bytearray(64 << 20); time.sleep(0.3)"


def test_pairs_are_measured_in_turn_and_the_first_of_a_pair_is_not_always_the_same() -> None:
    order = []

    def work(name: str, wall: float) -> Cost:
        order.append(name)
        return Cost(wall, 0)

    found = in_turn("a", lambda: work("a", 3), "b", lambda: work("b", 2), pairs=3, wanted=2)
    assert "".join(order) == "abbaab"
    assert (len(found.ours), len(found.floor), found.ratio, found.wanted) == (3, 3, 1.5, 2)


def test_the_ratio_is_the_median_of_the_pairs_own() -> None:
    costs = [[Cost(wall, 0) for wall in walls] for walls in ((1, 20, 3), (1, 10, 1))]
    assert Comparison("a", "b", *costs).ratio == 2


def test_costs_add_up_but_for_the_largest_process() -> None:
    assert Cost(1, 2, 30) + Cost(4, 5, 20) == Cost(5, 7, 30)


def test_the_processor_time_of_processes_below_counts() -> None:
    cost = cost_of_command([sys.executable, "-c", STARTS_ANOTHER], Path())
    assert cost.cpu >= 0.2
    assert cost.peak_kib > 1024
    assert cost_of(lambda: cost_of_command([sys.executable, "-c", BUSY], Path())).cpu >= 0.2


def test_a_command_that_fails_ends_the_measuring_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match="one run may do at most 1"):
        cost_of_command([sys.executable, "-c", "raise SystemExit('one run may do at most 1')"], Path())


def test_the_largest_process_is_named_after_what_it_runs(tmp_path: Path) -> None:
    (tmp_path / "AnsiballZ_large.py").write_text(LARGE)
    (tmp_path / "small.py").write_text("import subprocess, sys\nsubprocess.run([sys.executable, 'AnsiballZ_large.py'])")
    sizes = sizes_of_processes([sys.executable, "small.py"], tmp_path)
    assert sizes.keys() == {"small.py", "large.py"}
    assert sizes["large.py"] > 64 * 1024 > sizes["small.py"]
