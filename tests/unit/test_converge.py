"""A dry run and a real one are the same plan; only the second hands it to the backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError, Failure
from ansible.module_utils.postroom.converge import Mode, Steps, converge
from ansible.module_utils.postroom.converge import run as converge_run
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import Change, Detail, Refusal, SystemPlan, changes_of, fingerprint
from ansible.module_utils.postroom.progress import Progress

from .declaration import mailbox

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
    assert isinstance(result["changes"], str), "Ansible is slow with long lists"


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

    def __init__(self, breaks: str = "", takes_at_look: int = 2) -> None:
        self.breaks = breaks
        self.takes_at_look = takes_at_look
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

    def plan(self, wanted: Sequence[Mailbox]) -> SystemPlan[str]:
        """What is ordered is seen at the second look, the first after the changes, or later, or never for 0."""
        self.step("plan")
        looks = self.steps.count("plan")
        is_seen = self.takes_at_look and looks >= self.takes_at_look
        names = {mailbox.name for mailbox in wanted}
        return SystemPlan([] if is_seen else [change for change in (CHANGE, OTHER) if change.mailbox in names], [])

    def apply(self, changes: Sequence[Change[str]], progress: Progress) -> list[Failure]:
        self.step(f"apply {len(changes)}")
        progress.step()
        return []

    def report(self) -> dict[str, Any]:
        self.step("report")
        return {"messages": 3}

    def run(self, reviewed: set[str] | None = None, dry_run: bool = False, pauses: Sequence[float] = ()) -> dict[str, Any]:
        def begin() -> Steps[Session, str, str]:
            self.step("begin")
            return Steps(
                session=self,
                mailboxes=[mailbox(address="Labo@UGent.be"), mailbox(address="Vragen@UGent.be")],
                observe=lambda session, wanted: session.step("observe") or "observed",
                plan=lambda observed, wanted: self.plan(wanted),
                apply=lambda session, observed, changes, progress: session.apply(changes, progress),
                report=lambda session, observed: session.report(),
                pauses=pauses,
            )

        return converge_run("cyrus", "imap:143", begin, Mode(dry_run, reviewed))


OTHER = Change("vragen", "cyrus", "update", (Detail("quota_kib", 1, 2),), (("SETQUOTA",),))


@pytest.mark.parametrize(
    ("reviewed", "dry_run", "applied"),
    [
        (None, False, ["apply 2", "observe", "plan"]),
        (None, True, []),
        ({fingerprint(CHANGE)}, False, ["apply 1", "observe", "plan"]),
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


def test_what_was_accepted_and_is_not_there_is_a_failure_of_that_mailbox() -> None:
    result = Session(takes_at_look=0).run()
    first, _ = result["msg"].splitlines()
    assert first == "labo on cyrus (imap:143): was ordered and accepted, but the server still has quota_kib: 1, not 2"
    assert [failure["mailbox"] for failure in result["failures"]] == ["labo", "vragen"]


def test_what_cannot_be_read_back_is_a_failure_and_the_changes_stand() -> None:
    session = Session()
    real = session.plan

    def plan(wanted: Sequence[Mailbox]) -> SystemPlan[str]:
        if "apply 2" in session.steps:
            raise BackendUnavailableError("imap:143", "the connection is gone")
        return real(wanted)

    session.plan = plan  # type: ignore[method-assign]
    result = session.run()
    assert {failure["message"] for failure in result["failures"]} == {
        "was ordered and accepted, and could not be read back: imap:143: the connection is gone"
    }
    assert len(changes_of(result)) == 2


@pytest.mark.parametrize(("look", "failures"), [(3, 0), (4, 2)])
def test_a_server_that_needs_time_is_looked_at_again_for_as_long_as_was_said(look: int, failures: int) -> None:
    result = Session(takes_at_look=look).run(pauses=[0.0])
    assert len(result["failures"]) == failures
