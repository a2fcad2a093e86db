from __future__ import annotations

from ansible.module_utils.postroom.progress import SECONDS, Progress


def lines(*times: float, total: int = 9) -> list[str]:
    """What is said when the steps are done at these times, in seconds."""
    said: list[str] = []
    clock = iter([0.0, *times])
    progress = Progress("Cyrus", total, said.append, clock.__next__)
    for _ in times:
        progress.step()
    return said


def test_work_that_is_soon_over_says_nothing() -> None:
    assert lines(0.1, 0.2, SECONDS - 0.1) == []


def test_a_line_every_few_seconds_says_how_many_of_how_many() -> None:
    assert lines(1, SECONDS, SECONDS + 1, 2 * SECONDS) == ["Cyrus: 2 of 9", "Cyrus: 4 of 9"]


def test_a_long_silence_is_followed_by_one_line() -> None:
    assert lines(10 * SECONDS) == ["Cyrus: 1 of 9"]
