"""Settings that all mailboxes share, and the names under which they are made."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy, megabytes


@pytest.mark.parametrize(("quota", "percent", "found"), [(5, 100, "5120MB"), (5, 90, "4608MB"), (1, 90, "921MB"), (1, 95, "972MB")])
def test_quotas_are_whole_megabytes(quota: int, percent: int, found: str) -> None:
    assert megabytes(quota, percent) == found


@pytest.mark.parametrize("mark", ["postroom", "m" * 64])
def test_the_name_of_a_mailbox_that_is_being_made_fits_and_tells_it_from_others(mark: str) -> None:
    policy = ExchangePolicy(mark=mark)
    names = {policy.unfinished_name("x" * 63 + last) for last in "abc"} | {policy.unfinished_name("labo.info")}
    assert len(names) == 4
    assert all(len(name) <= 64 and name.startswith(policy.unfinished_name("")) for name in names)


ELSEWHERE = ExchangePolicy(mark="post'room", mark_attribute="CustomAttribute9")


def test_all_of_ours_are_asked_for_by_the_beginning_of_the_mark() -> None:
    assert ELSEWHERE.ours() == (
        "(CustomAttribute9 -like 'post''room:*') -or (Name -like 'post''room is making *') -or (DisplayName -like 'post''room is making *')"
    )


def test_few_are_asked_for_by_name() -> None:
    assert ELSEWHERE.ours(("labo", "vragen")).startswith(
        "(CustomAttribute9 -eq 'post''room:labo') -or (CustomAttribute9 -eq 'post''room:vragen') -or (Name -eq 'post''room is making labo')"
    )
