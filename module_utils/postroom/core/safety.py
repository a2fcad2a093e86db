"""What one run may do at most, and whether a plan is the one that was approved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import digest

Change = Mapping[str, Any]
"""A change as it stands in ``plan.json``."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many: ``maximum``, or ``percent`` of the mailboxes of the run where that is more."""

    maximum: int
    percent: int

    def most(self, mailboxes: int) -> int:
        return max(self.maximum, mailboxes * self.percent // 100)


@dataclass(frozen=True, slots=True)
class Limits:
    retired: Limit
    members_removed: Limit
    touched: Limit

    def exceeded(self, changes: Sequence[Change], mailboxes: int) -> Iterator[str]:
        """Why a run over this number of mailboxes is refused, a reason for each limit."""
        for name, (count, what) in COUNTS.items():
            limit, found = getattr(self, name), count(changes)
            if found > limit.most(mailboxes):
                yield (
                    f"{found} {what}, and one run may do at most {limit.most(mailboxes)} (the limit is {limit.maximum}, or "
                    f"{limit.percent} % of the {mailboxes} mailboxes of this run where that is more); if it is meant, allow it once: "
                    f"-e plan_report__{name}_maximum={found}"
                )


def _retired(changes: Iterable[Change]) -> int:
    return len({change["mailbox"] for change in changes if change["action"] == "retire"})


def _touched(changes: Iterable[Change]) -> int:
    return len({change["mailbox"] for change in changes})


def _members_removed(changes: Iterable[Change]) -> int:
    """People who lose a mailbox that stays: each once for each mailbox, whatever the number of systems and entries."""
    return len(
        {
            (change["mailbox"], login)
            for change in changes
            if change["action"] == "update"
            for detail in change["details"]
            for login in _removed(detail)
        }
    )


def _removed(detail: Mapping[str, Any]) -> Iterator[str]:
    field, before, after = detail["field"], detail["before"], detail["after"]
    if field == "login":
        yield from _listed(before) - _listed(after)
    elif before is not None and after is None:
        for prefix in ("rights of ", "full access of ", "send as of "):
            if field.startswith(prefix):
                yield field.removeprefix(prefix).partition(" on ")[0].lower()


def _listed(value: object) -> set[str]:
    return set(str(value).lower().split("; ")) if value else set()


COUNTS: dict[str, tuple[Callable[[Sequence[Change]], int], str]] = {
    "retired": (_retired, "mailboxes would be retired"),
    "members_removed": (_members_removed, "members would be removed from mailboxes that stay"),
    "touched": (_touched, "mailboxes would be changed"),
}


def unprotected(changes: Iterable[Change], protected: Collection[str], without_staff: Collection[str]) -> Iterator[str]:
    """Why a run is refused that would leave a protected mailbox without a staff member. Names, in lower case."""
    touched = {change["mailbox"] for change in changes}
    for name in sorted(touched & set(protected) & set(without_staff)):
        yield (
            f"{name} is protected and would have no staff member left among its members; give it one, or take it out of "
            "plan_report__protected for once"
        )


class ApprovalError(ValueError):
    """What was given as the approved plan is none."""


def disapproval(approved: Mapping[str, Any], planned: Sequence[Change]) -> list[str]:
    """Why a plan is not the approved one, a line for each change that differs; empty when it is.

    ``approved`` is the content of ``plan.json``. Raises ApprovalError when it is not, or was changed afterwards.
    """
    try:
        changes = approved["changes"]
        intact = approved["format"] == 1 and digest(changes) == approved["digest"]
        before = {_key(change): change for change in changes}
    except (KeyError, TypeError, AttributeError) as error:
        raise ApprovalError("it is not a plan.json of Postroom's") from error
    if not intact:
        raise ApprovalError("its changes are not those that its digest was made of: it was altered, or another version wrote it")
    return [] if digest(planned) == approved["digest"] else list(_differences(before, {_key(change): change for change in planned}))


def _differences(before: Mapping[tuple[str, str], Change], after: Mapping[tuple[str, str], Change]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        name = " on ".join(key)
        if key not in after:
            yield f"{name}: {before[key]['action']} was approved, and is not planned any more"
        elif key not in before:
            yield f"{name}: {after[key]['action']} is planned, and was not approved"
        elif before[key] != after[key]:
            yield f"{name}: {'; '.join(_difference(before[key], after[key]))}"


def _key(change: Change) -> tuple[str, str]:
    return change["mailbox"], change["system"]


def _difference(before: Change, after: Change) -> list[str]:
    if before["action"] != after["action"]:
        return [f"{before['action']} was approved, {after['action']} is planned"]
    found = [f"{_told(detail)} is planned, and was not approved" for detail in after["details"] if detail not in before["details"]]
    found += [f"{_told(detail)} was approved, and is not planned" for detail in before["details"] if detail not in after["details"]]
    return found or ["the same was approved, by other commands"]


def _told(detail: Mapping[str, Any]) -> str:
    before, after = ("nothing" if detail[side] is None else detail[side] for side in ("before", "after"))
    return f"{detail['field']}: {before} -> {after}"
