"""Observe, plan, keep what was reviewed, and unless it is a dry run apply: the one path that every backend module takes."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .backends.failure import Failure
from .core.packed import pack
from .core.plan import Change, OperationT, SystemPlan, reviewed_only
from .core.run.report import as_diff
from .core.systems import System
from .guard import Result, guarded

SessionT = TypeVar("SessionT")
ObservedT = TypeVar("ObservedT")


def _nothing_more(session: object, observed: object) -> Result:
    return {}


@dataclass(frozen=True, slots=True)
class Steps(Generic[SessionT, ObservedT, OperationT]):
    """What one system does at each step of a run, for the mailboxes of that run. ``report`` is what its result has beside the others'; the
    session is over by then."""

    session: AbstractContextManager[SessionT]
    observe: Callable[[SessionT], ObservedT]
    plan: Callable[[ObservedT], SystemPlan[OperationT]]
    apply: Callable[[SessionT, ObservedT, Sequence[Change[OperationT]]], list[Failure]]
    report: Callable[[SessionT, ObservedT], Result] = _nothing_more


def run(
    system: System,
    server: str,
    begin: Callable[[], Steps[SessionT, ObservedT, OperationT]],
    *,
    reviewed: Container[str] | None,
    dry_run: bool,
) -> Result:
    """A module's result: that of ``converge``, or of ``guarded`` when anything in it raises, ``begin`` too. ``reviewed`` are the
    fingerprints of the changes that may be made, None for any."""

    def work() -> Result:
        steps = begin()
        with steps.session as session:
            observed = steps.observe(session)
            plan = reviewed_only(steps.plan(observed), reviewed)
            result = converge(plan, lambda changes: steps.apply(session, observed, changes), system=system, server=server, dry_run=dry_run)
        return result | steps.report(session, observed)

    return guarded(system, server, work)


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
