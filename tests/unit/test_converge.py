"""A dry run and a real one are the same plan; only the second hands it to the backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import Failure
from ansible.module_utils.postroom.converge import Steps, converge
from ansible.module_utils.postroom.converge import run as converge_run
from ansible.module_utils.postroom.core.plan import Change, Detail, Refusal, SystemPlan, changes_of, fingerprint

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


class Session:
    """Notes what is asked of it, and raises at the step ``breaks``."""

    def __init__(self, breaks: str = "") -> None:
        self.breaks = breaks
        self.steps: list[str] = []

    def step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.breaks:
            raise KeyError(name)

    def __enter__(self) -> Session:
        self.step("open")
        return self

    def __exit__(self, *error: object) -> None:
        self.steps.append("close")

    def plan(self) -> SystemPlan[str]:
        self.step("plan")
        return SystemPlan([CHANGE, OTHER], [])

    def apply(self, changes: Sequence[Change[str]]) -> list[Failure]:
        self.step(f"apply {len(changes)}")
        return []

    def report(self) -> dict[str, Any]:
        self.step("report")
        return {"messages": 3}

    def run(self, reviewed: set[str] | None = None, dry_run: bool = False) -> dict[str, Any]:
        def begin() -> Steps[Session, str, str]:
            self.step("begin")
            return Steps(
                session=self,
                observe=lambda session: session.step("observe") or "observed",
                plan=lambda observed: self.plan(),
                apply=lambda session, observed, changes: session.apply(changes),
                report=lambda session, observed: session.report(),
            )

        return converge_run("cyrus", "imap:143", begin, reviewed=reviewed, dry_run=dry_run)


OTHER = Change("vragen", "cyrus", "update", (Detail("quota_kib", 1, 2),), (("SETQUOTA",),))


@pytest.mark.parametrize(
    ("reviewed", "dry_run", "applied"),
    [
        (None, False, ["apply 2"]),
        (None, True, []),
        ({fingerprint(CHANGE)}, False, ["apply 1"]),
        (set(), False, ["apply 0"]),
    ],
)
def test_a_run_is_one_sequence(reviewed: set[str] | None, dry_run: bool, applied: list[str]) -> None:
    session = Session()
    result = session.run(reviewed, dry_run)
    assert session.steps == ["begin", "open", "observe", "plan", *applied, "close", "report"]
    assert result["messages"] == 3
    assert len(changes_of(result)) == (2 if reviewed is None else len(reviewed))


@pytest.mark.parametrize("breaks", ["begin", "open", "observe", "plan", "apply 2", "report"])
def test_whatever_step_a_run_dies_in_is_a_failure_and_the_session_is_over(breaks: str) -> None:
    session = Session(breaks)
    result = session.run()
    assert result.keys() == {"system", "server", "failed", "msg"}
    assert f"KeyError: '{breaks}'" in result["msg"]
    assert ("close" in session.steps) == (breaks not in ("begin", "open"))
