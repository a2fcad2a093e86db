"""Whether a plan may be carried out: what one run may do at most, who is protected, what was approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .arguments.safety import DEFAULTS
from .backends.reports import read_report
from .core.plan import AnyChange
from .core.run.limits import ApprovalError, Limit, Limits, disapproval, unprotected


def refusals(params: Mapping[str, Any], changes: Sequence[AnyChange], mailboxes: int) -> list[str]:
    """Why the plan of these changes, of a run over this number of mailboxes, may not be carried out. ``params`` are the arguments of
    ``SAFETY``, and ``results`` of the backend modules.

    Raises ReportError when the approved plan cannot be read, and ApprovalError when it is none.
    """
    reasons: list[str] = []
    if params["approved_plan"]:
        reasons += _not_approved(Path(params["approved_plan"]), changes)
    given = params["limits"] or DEFAULTS
    names = ("retired", "members_removed", "touched")
    limits = Limits(**{name: Limit(given[name], given[f"{name}_percent"]) for name in names})
    reasons += limits.exceeded(changes, mailboxes)
    without_staff = {name for result in params["results"] for name in result.get("without_staff", ())}
    protected = {name.lower().partition("@")[0] for name in params["protected"]}
    return [*reasons, *unprotected(changes, protected, without_staff)]


def _not_approved(path: Path, changes: Sequence[AnyChange]) -> list[str]:
    try:
        lines = disapproval(read_report(path), changes)
    except ApprovalError as error:
        raise ApprovalError(f"cannot go by the approved plan {path}: {error}") from error
    return [f"this is not the plan of {path}, which was approved. {line}" for line in lines]
