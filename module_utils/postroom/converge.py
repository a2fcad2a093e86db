"""Observe, plan, keep what was reviewed, and unless it is a dry run apply and read back: the one path that every backend module takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .arguments.mailboxes import reviewed
from .backends.failure import BackendUnavailableError, Failure
from .core.model import Mailbox
from .core.packed import pack
from .core.plan import AnyChange, Change, OperationT, SystemPlan, not_taken, reviewed_only
from .core.run.report import as_diff
from .core.systems import SYSTEMS, System
from .guard import Result, guarded
from .progress import Progress, Say, silent

SessionT = TypeVar("SessionT")
ObservedT = TypeVar("ObservedT")


def _nothing_more(session: object, observed: object) -> Result:
    return {}


@dataclass(frozen=True, slots=True)
class Steps(Generic[SessionT, ObservedT, OperationT]):
    """What one system does at each step of a run, for ``mailboxes``, those of the run; observing and planning may be asked for some of
    them. ``report`` is what its result has beside the others'; the session is over by then. ``pauses`` are the seconds to wait, one
    after the other, where the server may need some time to show what it has accepted."""

    session: AbstractContextManager[SessionT]
    mailboxes: Sequence[Mailbox]
    observe: Callable[[SessionT, Sequence[Mailbox]], ObservedT]
    plan: Callable[[ObservedT, Sequence[Mailbox]], SystemPlan[OperationT]]
    apply: Callable[[SessionT, ObservedT, Sequence[Change[OperationT]], Progress], list[Failure]]
    report: Callable[[SessionT, ObservedT], Result] = _nothing_more
    pauses: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Mode:
    """How a run goes. ``reviewed`` are the fingerprints of the changes that may be made, None for any; ``say`` takes a line now and then
    on how far it is."""

    dry_run: bool
    reviewed: Container[str] | None = None
    say: Say = silent


def mode(module: Any) -> Mode:
    """By what the module was told in ``MAILBOXES``."""
    return Mode(module.check_mode, reviewed(module.params), getattr(module, "say", silent))


def run(system: System, server: str, begin: Callable[[], Steps[SessionT, ObservedT, OperationT]], mode: Mode) -> Result:
    """A module's result: that of ``converge``, or of ``guarded`` when anything in it raises, ``begin`` too."""

    def work() -> Result:
        steps = begin()
        with steps.session as session:
            observed = steps.observe(session, steps.mailboxes)
            plan = reviewed_only(steps.plan(observed, steps.mailboxes), mode.reviewed)

            def apply(changes: Sequence[Change[OperationT]]) -> list[Failure]:
                operations = sum(len(stage) for change in changes for stage in change.stages)
                progress = Progress(f"{SYSTEMS[system].shown} ({server}), {len(changes)} changes, commands done", operations, mode.say)
                failures = steps.apply(session, observed, changes, progress)
                left = _still_to_do(steps, session, changes, {failure.mailbox for failure in failures})
                return [*failures, *(Failure(name, system, server, message) for name, message in left.items())]

            result = converge(plan, apply, system=system, server=server, dry_run=mode.dry_run)
        return result | steps.report(session, observed)

    return guarded(system, server, work)


def _still_to_do(
    steps: Steps[SessionT, ObservedT, OperationT], session: SessionT, changes: Sequence[AnyChange], failed: Container[str]
) -> dict[str, str]:
    """What to say, by mailbox, of those that the server does not hold as was planned though it accepted all that was ordered, or that it
    does not show any more."""
    changed = {change.mailbox for change in changes}
    due = [mailbox for mailbox in steps.mailboxes if mailbox.name in changed and mailbox.name not in failed]
    left: dict[str, str] = {}
    for pause in (0.0, *steps.pauses):
        if due:
            time.sleep(pause)
            try:
                left = not_taken(steps.plan(steps.observe(session, due), due))
            except BackendUnavailableError as error:
                return {mailbox.name: f"was ordered and accepted, and could not be read back: {error}" for mailbox in due}
            due = [mailbox for mailbox in due if mailbox.name in left]
    return left


def converge(
    plan: SystemPlan[OperationT],
    apply: Callable[[Sequence[Change[OperationT]]], list[Failure]],
    *,
    system: System,
    server: str,
    dry_run: bool,
) -> Result:
    """A module's result: ``changed``, ``changes`` (packed), ``failures``, ``diff``; ``failed`` with a message when there are failures."""
    failures = [Failure(refusal.mailbox, system, server, refusal.message) for refusal in plan.refusals]
    if not dry_run:
        failures += apply(plan.changes)
    changes = [change.as_dict() for change in plan.changes]
    result: dict[str, Any] = {
        "changed": bool(changes),
        "changes": pack(changes),
        "failures": [failure.as_dict() for failure in failures],
        "diff": as_diff(changes),
        "system": system,
        "server": server,
    }
    if failures:
        result |= {"failed": True, "msg": "\n".join(map(str, failures))}
    return result
