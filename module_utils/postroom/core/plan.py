"""A plan: the sorted list of changes that would make the servers match the declarations, as a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from .model import Mailbox
from .systems import SYSTEMS, Backend, System

Action = Literal["create", "update", "retire", "adopt"]
"""``adopt`` sets the mark of ownership on what lives without one, and does nothing else."""
Value = str | int | bool | None


class Operation(Protocol):
    """One command of a server's protocol. ``str()`` is what an administrator would type, secrets masked."""

    def __str__(self) -> str: ...


OperationT = TypeVar("OperationT", bound=Operation)


@dataclass(frozen=True, slots=True, order=True)
class Detail:
    """One difference, in the reader's terms: a field, what the server holds, what it will hold. None stands for nothing."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change(Generic[OperationT]):
    """What has to be done to one mailbox on one system.

    ``stages`` are the operations that bring it about. Those of one stage may be sent together; a stage is only begun when
    every operation of the one before it succeeded.
    """

    mailbox: str
    system: System
    action: Action
    details: tuple[Detail, ...]
    stages: tuple[tuple[OperationT, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """The change as it stands in ``plan.json``."""
        return {
            "mailbox": self.mailbox,
            "system": self.system,
            "action": self.action,
            "details": [asdict(detail) for detail in self.details],
            "commands": [str(operation) for stage in self.stages for operation in stage],
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mailbox cannot be planned on a system: a collision, a member who is not in the directory."""

    mailbox: str
    message: str


def lives_elsewhere(mailbox: Mailbox, backend: Backend) -> str:
    """What is said of a mailbox that is declared for one backend and lives on another."""
    return (
        f"{mailbox.file} asks for {mailbox.backend}, but the mailbox lives {SYSTEMS[backend].place}, with its mail: nothing is made "
        f"beside it. Write backend: {backend}, or migrate it first (docs/operator.md, Migration)"
    )


@dataclass(slots=True)
class SystemPlan(Generic[OperationT]):
    """The plan for one system: what to change, and what must not be touched and why."""

    changes: list[Change[OperationT]]
    refusals: list[Refusal]


def reviewed_only(plan: SystemPlan[OperationT], reviewed: Container[str] | None) -> SystemPlan[OperationT]:
    """The plan without the changes whose fingerprint is not among the reviewed ones: the server changed since. None allows any."""
    if reviewed is None:
        return plan
    kept = [change for change in plan.changes if fingerprint(change.as_dict()) in reviewed]
    names = {change.mailbox for change in plan.changes} - {change.mailbox for change in kept}
    return SystemPlan(kept, [*plan.refusals, *(Refusal(name, UNREVIEWED) for name in sorted(names))])


UNREVIEWED = "what is to be done changed after the plan was reviewed, so nothing was done here; run again"


ADVICE_TO_ADOPT = "choose another address, or take it under management: -e adopt={name}"
"""The end of what is said of something that lives without the mark."""
MARK = "mark of ownership"
"""The field of a detail."""


def not_held_back(mailboxes: Iterable[Mailbox], living: Container[str], hold_back: Collection[str]) -> list[Mailbox]:
    """The mailboxes to plan for: those that live on the system, and those that may be made there. ``"*"`` holds back all others."""
    return [mailbox for mailbox in mailboxes if mailbox.name in living or not {mailbox.name, "*"} & set(hold_back)]


def summary(mailboxes: Iterable[str], changes: Sequence[Mapping[str, Any]], failed: Iterable[str] = ()) -> dict[str, int]:
    """Count mailboxes by what happens to them: each once, under its weightiest action, whatever the number of systems.

    ``adopt`` is counted where there is any. ``failed`` are names, with ``""`` for a system that gave no plan: nothing is then known to be
    unchanged.
    """
    actions: dict[str, set[str]] = {}
    for change in changes:
        actions.setdefault(change["mailbox"], set()).add(change["action"])
    weightiest = [next(action for action in ("create", "retire", "update", "adopt") if action in found) for found in actions.values()]
    counts = {action: weightiest.count(action) for action in ("create", "update", "retire")}
    known = set() if "" in (failed := set(failed)) else set(mailboxes)
    adopted = {"adopt": weightiest.count("adopt")} if "adopt" in weightiest else {}
    return {**counts, **adopted, "unchanged": len(known - actions.keys() - failed)}


def fingerprint(change: Mapping[str, Any]) -> str:
    """Short, and another one for whatever is different about a change as it stands in ``plan.json``."""
    return hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()[:16]


def digest(changes: Iterable[Mapping[str, Any]]) -> str:
    """The same for the same changes, whatever their order and whenever they were planned."""
    matter = sorted(json.dumps(change, sort_keys=True) for change in changes)
    return f"sha256:{hashlib.sha256(json.dumps(matter).encode()).hexdigest()}"


def as_document(mailboxes: Iterable[str], changes: Iterable[Mapping[str, Any]], failed: Iterable[str] = ()) -> dict[str, Any]:
    """``plan.json``: changes sorted by mailbox and system, their summary and digest, and why the plan may not be carried out
    (``refusals``, none so far)."""
    ordered = sorted(changes, key=lambda change: (change["mailbox"], change["system"]))
    return {"format": 1, "digest": digest(ordered), "summary": summary(mailboxes, ordered, failed), "refusals": [], "changes": ordered}


def created_by(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """The mailboxes that the backends' results say were made, or would be; not those of the directory, which only follows."""
    changes = (change for result in results for change in result.get("changes", ()))
    return {change["mailbox"] for change in changes if change["action"] == "create" and change["system"] != "directory"}


def join(results: Iterable[Mapping[str, Any]], mailboxes: Iterable[Mailbox]) -> tuple[list[Any], list[Any]]:
    """The changes and failures of all backend modules' results. A system that gave no plan is a failure of its own, and so is
    a mailbox that no system was asked about."""
    changes: list[Any] = []
    failures: list[Any] = []
    asked: set[str] = set()
    for result in results:
        system = result.get("system", "unknown")
        asked.add(system)
        if "changes" in result:
            changes += result["changes"]
            failures += result["failures"]
        else:
            message = result.get("msg", "gave no answer")
            failures.append({"mailbox": "", "system": system, "server": result.get("server", ""), "message": message, "command": ""})
    for mailbox in mailboxes:
        if mailbox.backend not in asked:
            message = f"{mailbox.file} asks for the backend {mailbox.backend}, but the inventory has no such server"
            failures.append({"mailbox": mailbox.name, "system": mailbox.backend, "server": "none", "message": message, "command": ""})
    return changes, failures
