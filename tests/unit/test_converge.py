"""A dry run and a real one are the same plan; only the second hands it to the backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import Failure
from ansible.module_utils.postroom.converge import converge
from ansible.module_utils.postroom.core.plan import Change, Detail, Refusal, SystemPlan

CHANGE = Change("labo", "cyrus", "update", (Detail("quota_kib", 1, 2),), (("SETQUOTA",),))


class Recorder:
    def __init__(self, *failures: Failure) -> None:
        self.failures = list(failures)
        self.handed_over: list[Any] = []

    def __call__(self, changes: Sequence[Any]) -> list[Failure]:
        self.handed_over += changes
        return self.failures


def run(plan: SystemPlan[str], recorder: Recorder, dry_run: bool = False) -> dict[str, Any]:
    return converge(plan, recorder, system="cyrus", server="imap:143", dry_run=dry_run)


@pytest.mark.parametrize("changes", [[], [CHANGE]])
def test_a_dry_run_says_what_a_run_does_and_hands_nothing_over(changes: list[Change[str]]) -> None:
    dry, real = Recorder(), Recorder()
    assert run(SystemPlan(changes, []), dry, dry_run=True) == run(SystemPlan(changes, []), real)
    assert (dry.handed_over, real.handed_over) == ([], changes)


@pytest.mark.parametrize(("changes", "changed"), [([], False), ([CHANGE], True)])
def test_changed_means_that_there_are_changes(changes: list[Change[str]], changed: bool) -> None:
    result = run(SystemPlan(changes, []), Recorder())
    assert (result["changed"], "failed" in result, len(result["diff"])) == (changed, False, len(changes))


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_refusal_fails_the_run_and_the_others_are_done(dry_run: bool) -> None:
    recorder = Recorder()
    result = run(SystemPlan([CHANGE], [Refusal("vragen", "not ours")]), recorder, dry_run)
    assert (result["failed"], result["msg"]) == (True, "vragen on cyrus (imap:143): not ours")
    assert len(recorder.handed_over) == (not dry_run)


def test_a_failure_names_the_command_that_was_refused() -> None:
    result = run(SystemPlan([CHANGE], []), Recorder(Failure("labo", "cyrus", "imap:143", "Over quota", "SETQUOTA")))
    assert result["msg"] == "labo on cyrus (imap:143): Over quota in answer to SETQUOTA"
    assert [failure["command"] for failure in result["failures"]] == ["SETQUOTA"]
