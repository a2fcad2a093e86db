"""A plan: the sorted list of changes that would make the servers match the declarations, as a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args

from .model import Mailbox
from .packed import unpack
from .systems import SYSTEMS, Backend, System, is_system

Action = Literal["create", "update", "retire", "adopt"]
"""``adopt`` sets the mark of ownership on what lives without one, and does nothing else."""
Value = str | int | bool | None
Right = Literal["login", "owner", "rights", "full access", "send as", "send on behalf", "denial"]
"""``login`` with the shared address and ``owner`` are the directory's, ``rights`` those of an ACL entry on Cyrus, the others Exchange's.
``denial`` is an entry that keeps somebody out."""
Effect = Literal["begins", "ends", "is altered"]
FORMAT = 2
"""Of ``plan.json``. Another number for whatever makes an older version misread it; 1 had no subjects."""


class ChangeError(ValueError):
    """What was read is no change as it stands in ``plan.json``."""


class Operation(Protocol):
    """One command of a server's protocol. ``str()`` is what an administrator would type, secrets masked."""

    def __str__(self) -> str: ...


OperationT = TypeVar("OperationT", bound=Operation)
OperationT_co = TypeVar("OperationT_co", bound=Operation, covariant=True)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whose access a difference is about, and what becomes of it.

    ``who`` is in lower case: the login, where the system tells it, else what the system itself calls them: an ACL identifier that is no
    account (``anyone``, ``group:staff``, ``-an`` for negative rights), the DN of an ``owner``, Exchange's name of who may ``send on
    behalf``. ``folder`` is where it holds on Cyrus, None for the whole mailbox.
    """

    who: str
    right: Right
    effect: Effect
    folder: str | None = None

    @classmethod
    def from_dict(cls, value: object) -> Subject:
        """Raises ChangeError."""
        who, right, effect, folder = _values(value, "a subject", ("who", "right", "effect", "folder"))
        is_subject = isinstance(who, str) and right in get_args(Right) and effect in get_args(Effect)
        _expect(is_subject and isinstance(folder, str | None), value, "a subject that this version knows")
        return cls(who, right, effect, folder)

    def as_dict(self) -> dict[str, Value]:
        return {"who": self.who, "right": self.right, "effect": self.effect, "folder": self.folder}

    @property
    def loses_access(self) -> bool:
        return self.effect == "ends" and self.right != "denial"


def effect_of(before: object, after: object) -> Effect:
    """What becomes of an entry that was ``before`` and will be ``after``; None stands for no entry."""
    return "begins" if before is None else "ends" if after is None else "is altered"


@dataclass(frozen=True, slots=True, order=True)
class Detail:
    """One difference. ``field``, ``before`` and ``after`` are its display text, in the reader's terms: what differs, what the server
    holds, what it will hold; None stands for nothing. No code may draw conclusions from them.

    ``subjects`` are the facts, for the code that counts and records: who gains, loses or keeps which access. One line can be about
    several people (the directory's ``login`` lists all members), so there is a subject for each whose access becomes another one, and
    none for those who keep theirs. A detail that is not about access has none.
    """

    field: str
    before: Value
    after: Value
    subjects: tuple[Subject, ...] = ()

    @classmethod
    def from_dict(cls, value: object) -> Detail:
        """Raises ChangeError."""
        field, before, after, subjects = _values(value, "a detail", ("field", "before", "after", "subjects"))
        is_detail = isinstance(field, str) and isinstance(before, Value) and isinstance(after, Value) and isinstance(subjects, list)
        _expect(is_detail, value, "a detail that this version knows")
        return cls(field, before, after, tuple(map(Subject.from_dict, subjects)))

    def as_dict(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "subjects": [subject.as_dict() for subject in self.subjects],
        }


@dataclass(frozen=True, slots=True)
class Change(Generic[OperationT_co]):
    """What has to be done to one mailbox on one system.

    ``stages`` are the operations that bring it about. Those of one stage may be sent together; a stage is only begun when
    every operation of the one before it succeeded.
    """

    mailbox: str
    system: System
    action: Action
    details: tuple[Detail, ...]
    stages: tuple[tuple[OperationT_co, ...], ...]

    @staticmethod
    def from_dict(value: object) -> Change[str]:
        """The reverse of ``as_dict``, but that the operations stay the text that they became, in one stage.

        Raises ChangeError for anything that ``as_dict`` does not give, so that what is read has no part that nobody looked at.
        """
        mailbox, system, action, details, commands = _values(value, "a change", ("mailbox", "system", "action", "details", "commands"))
        _expect(isinstance(mailbox, str) and isinstance(system, str) and is_system(system), value, "a change of a system that there is")
        _expect(action in get_args(Action) and isinstance(details, list), value, "a change that this version knows")
        is_text = isinstance(commands, list) and all(isinstance(command, str) for command in commands)
        _expect(is_text, value, "a change with a list of commands")
        return Change(mailbox, system, action, tuple(map(Detail.from_dict, details)), (tuple(commands),))

    def as_dict(self) -> dict[str, Any]:
        """The change as it stands in ``plan.json``."""
        return {
            "mailbox": self.mailbox,
            "system": self.system,
            "action": self.action,
            "details": [detail.as_dict() for detail in self.details],
            "commands": [str(operation) for stage in self.stages for operation in stage],
        }

    @property
    def subjects(self) -> Iterator[Subject]:
        return (subject for detail in self.details for subject in detail.subjects)


AnyChange = Change[Operation]
"""A change of whatever system, planned here or read back: for code that does not carry it out."""


def _values(value: object, what: str, names: tuple[str, ...]) -> list[Any]:
    """What stands under each of these names in a mapping that has no others."""
    _expect(isinstance(value, Mapping) and value.keys() == set(names), value, f"{what} ({', '.join(names)})")
    return [value[name] for name in names]  # type: ignore[index]


def _expect(holds: bool, value: object, what: str) -> None:
    if not holds:
        raise ChangeError(f"{repr(value)[:200]} is not {what}")


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
    kept = [change for change in plan.changes if fingerprint(change) in reviewed]
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


def summary(mailboxes: Iterable[str], changes: Iterable[AnyChange], failed: Iterable[str] = ()) -> dict[str, int]:
    """Count mailboxes by what happens to them: each once, under its weightiest action, whatever the number of systems.

    ``adopt`` is counted where there is any. ``failed`` are names, with ``""`` for a system that gave no plan: nothing is then known to be
    unchanged.
    """
    actions: dict[str, set[str]] = {}
    for change in changes:
        actions.setdefault(change.mailbox, set()).add(change.action)
    weightiest = [next(action for action in ("create", "retire", "update", "adopt") if action in found) for found in actions.values()]
    counts = {action: weightiest.count(action) for action in ("create", "update", "retire")}
    known = set() if "" in (failed := set(failed)) else set(mailboxes)
    adopted = {"adopt": weightiest.count("adopt")} if "adopt" in weightiest else {}
    return {**counts, **adopted, "unchanged": len(known - actions.keys() - failed)}


def fingerprint(change: AnyChange) -> str:
    """Short, and another one for whatever is different about a change as it stands in ``plan.json``."""
    return hashlib.sha256(json.dumps(change.as_dict(), sort_keys=True).encode()).hexdigest()[:16]


def digest(changes: Iterable[AnyChange]) -> str:
    """The same for the same changes, whatever their order and whenever they were planned."""
    return _digest(change.as_dict() for change in changes)


def _digest(changes: Iterable[Mapping[str, Any]]) -> str:
    matter = sorted(json.dumps(change, sort_keys=True) for change in changes)
    return f"sha256:{hashlib.sha256(json.dumps(matter).encode()).hexdigest()}"


def as_document(mailboxes: Iterable[str], changes: Iterable[AnyChange], failed: Iterable[str] = ()) -> dict[str, Any]:
    """``plan.json``: changes sorted by mailbox and system, their summary and digest, and why the plan may not be carried out
    (``refusals``, none so far)."""
    ordered = in_order(changes)
    written = [change.as_dict() for change in ordered]
    return {
        "format": FORMAT,
        "digest": _digest(written),
        "summary": summary(mailboxes, ordered, failed),
        "refusals": [],
        "changes": written,
    }


def in_order(changes: Iterable[Change[OperationT]]) -> list[Change[OperationT]]:
    return sorted(changes, key=lambda change: (change.mailbox, change.system))


def changes_of(result: Mapping[str, Any]) -> list[Change[str]]:
    """The changes that a module returned, packed or as a list; none when it failed as a whole. Raises ChangeError."""
    found = result.get("changes", ())
    try:
        return [Change.from_dict(value) for value in (unpack(found) if isinstance(found, str) else found)]
    except (TypeError, ValueError) as error:
        raise ChangeError(str(error)) from error


def created_by(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """The mailboxes that the backends' results say were made, or would be; not those of the directory, which only follows.
    Raises ChangeError."""
    changes = (change for result in results for change in changes_of(result))
    return {change.mailbox for change in changes if change.action == "create" and change.system != "directory"}


def join(results: Iterable[Mapping[str, Any]], mailboxes: Iterable[Mailbox]) -> tuple[list[Change[str]], list[Any]]:
    """The changes, in order, and failures of all backend modules' results. A system that gave no plan, or none that can be read, is a
    failure of its own, and so is a mailbox that no system was asked about."""
    changes: list[Change[str]] = []
    failures: list[Any] = []
    asked: set[str] = set()
    for result in results:
        asked.add(result.get("system", "unknown"))
        if "changes" not in result:
            failures.append(_no_plan(result, result.get("msg", "gave no answer")))
            continue
        failures += result["failures"]
        try:
            changes += changes_of(result)
        except ChangeError as error:
            failures.append(_no_plan(result, f"gave an answer that is no plan: {error}"))
    for mailbox in mailboxes:
        if mailbox.backend not in asked:
            message = f"{mailbox.file} asks for the backend {mailbox.backend}, but the inventory has no such server"
            failures.append({"mailbox": mailbox.name, "system": mailbox.backend, "server": "none", "message": message, "command": ""})
    return in_order(changes), failures


def _no_plan(result: Mapping[str, Any], message: str) -> dict[str, str]:
    system, server = result.get("system", "unknown"), result.get("server", "")
    return {"mailbox": "", "system": system, "server": server, "message": message, "command": ""}
