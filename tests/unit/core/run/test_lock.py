from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.run.lock import Here, Holder, holder_in_words, is_left_behind

HOUR = 3600
HOLDER = Holder("runner1", "boot pid:[1]", 42, "1000", "helpdesk", "job 7", since=0)


@pytest.mark.parametrize(
    ("machine", "now", "began", "left_behind"),
    [
        ("boot pid:[1]", 99 * HOUR, "1000", False),
        ("boot pid:[1]", 0, None, True),
        ("boot pid:[1]", 0, "2000", True),
        ("boot pid:[2]", 11 * HOUR, None, False),
        ("boot pid:[2]", 13 * HOUR, "1000", True),
        ("", 11 * HOUR, None, False),
    ],
)
def test_a_lock_is_left_behind_when_its_process_is_gone_or_after_a_time(
    machine: str, now: float, began: str | None, left_behind: bool
) -> None:
    assert is_left_behind(HOLDER, Here(machine, now, began), expires_after=12) is left_behind


def test_the_holder_travels_as_text() -> None:
    assert Holder.from_text(HOLDER.as_text()) == HOLDER


@pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"host": 1, "other": 2}'])
def test_anything_else_is_no_lock(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Holder.from_text(text)


def test_who_holds_it() -> None:
    assert holder_in_words(HOLDER, "noon") == "helpdesk on runner1 (process 42, job 7) since noon"
