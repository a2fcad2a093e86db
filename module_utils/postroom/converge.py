"""Observe, plan, and unless it is a dry run apply: the one path that every backend module takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .backends.failure import Failure
from .core.plan import Change, OperationT, SystemPlan
from .core.plan_report import as_diff


def converge(
    plan: SystemPlan[OperationT],
    apply: Callable[[Sequence[Change[OperationT]]], list[Failure]],
    *,
    system: str,
    server: str,
    dry_run: bool,
) -> dict[str, Any]:
    """A module's result: ``changed``, ``changes``, ``failures``, ``diff``, and ``failed`` with a message when there are failures."""
    failures = [Failure(refusal.mailbox, system, server, refusal.message) for refusal in plan.refusals]
    if not dry_run:
        failures += apply(plan.changes)
    changes = [change.as_dict() for change in plan.changes]
    result: dict[str, Any] = {
        "changed": bool(changes),
        "changes": changes,
        "failures": [failure.as_dict() for failure in failures],
        "diff": as_diff(changes),
        "system": system,
        "server": server,
    }
    if failures:
        result |= {"failed": True, "msg": "\n".join(map(str, failures))}
    return result
