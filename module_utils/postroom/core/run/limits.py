"""What one run may do at most, and whether a plan is the one that was approved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..plan import FORMAT, AnyChange, Change, ChangeError, Detail, digest


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

    def exceeded(self, changes: Sequence[AnyChange], mailboxes: int) -> Iterator[str]:
        """Why a run over this number of mailboxes is refused, a reason for each limit."""
        for name, (count, what) in COUNTS.items():
            limit, found = getattr(self, name), count(changes)
            if found > limit.most(mailboxes):
                yield (
                    f"{found} {what}, and one run may do at most {limit.most(mailboxes)} (the limit is {limit.maximum}, or "
                    f"{limit.percent} % of the {mailboxes} mailboxes of this run where that is more); if it is meant, allow it once: "
                    f"-e plan_report__{name}_maximum={found}"
                )


def _retired(changes: Iterable[AnyChange]) -> int:
    return len({change.mailbox for change in changes if change.action == "retire"})


def _touched(changes: Iterable[AnyChange]) -> int:
    return len({change.mailbox for change in changes})


def _members_removed(changes: Iterable[AnyChange]) -> int:
    """People who lose a mailbox that stays: each once for each mailbox, whatever the number of systems and entries, and whether or not
    Postroom ever made them a member.

    Rights that go by something else than the login cannot be matched with the others. Of those names and the logins of one mailbox the
    longer list counts: mostly they are the same people.
    """
    lost: dict[tuple[str, str], set[str]] = {}
    for change in changes:
        for subject in change.subjects if change.action == "update" else ():
            if subject.loses_access:
                named_by = subject.right if subject.right in ("owner", "send on behalf") else "login"
                lost.setdefault((change.mailbox, named_by), set()).add(subject.who)
    most: dict[str, int] = {}
    for (mailbox, _), people in lost.items():
        most[mailbox] = max(most.get(mailbox, 0), len(people))
    return sum(most.values())


COUNTS: dict[str, tuple[Callable[[Sequence[AnyChange]], int], str]] = {
    "retired": (_retired, "mailboxes would be retired"),
    "members_removed": (_members_removed, "members would be removed from mailboxes that stay"),
    "touched": (_touched, "mailboxes would be changed"),
}


def unprotected(changes: Iterable[AnyChange], protected: Collection[str], without_staff: Collection[str]) -> Iterator[str]:
    """Why a run is refused that would leave a protected mailbox without a staff member. Names, in lower case."""
    touched = {change.mailbox for change in changes}
    for name in sorted(touched & set(protected) & set(without_staff)):
        yield (
            f"{name} is protected and would have no staff member left among its members; give it one, or take it out of "
            "plan_report__protected for once"
        )


class ApprovalError(ValueError):
    """What was given as the approved plan is none."""


def disapproval(approved: Mapping[str, Any], planned: Sequence[AnyChange]) -> list[str]:
    """Why a plan is not the approved one, a line for each change that differs; empty when it is.

    ``approved`` is the content of ``plan.json``. Raises ApprovalError when it is not, when another version of Postroom wrote it, or when
    it was changed afterwards.
    """
    changes = _approved_changes(approved)
    if digest(planned) == approved["digest"]:
        return []
    before, after = _by_place(changes), _by_place(planned)
    return [line for place in sorted(before.keys() | after.keys()) for line in _difference(place, before.get(place), after.get(place))]


def _approved_changes(approved: Mapping[str, Any]) -> list[Change[str]]:
    if not isinstance(approved, Mapping) or not {"format", "digest", "changes"} <= approved.keys():
        raise ApprovalError("it is not a plan.json of Postroom's")
    if approved["format"] != FORMAT:
        raise ApprovalError(
            f"another version of Postroom wrote it (its format is {approved['format']!r}, this version's is {FORMAT}); "
            "plan again with this version, and have that plan approved"
        )
    try:
        changes = [Change.from_dict(value) for value in approved["changes"]]
    except (ChangeError, TypeError) as error:
        raise ApprovalError(f"it is not a plan.json of Postroom's: {error}") from error
    if digest(changes) != approved["digest"]:
        raise ApprovalError("its changes are not those that its digest was made of: it was altered")
    return changes


Place = tuple[str, str, int]
"""Mailbox, system, and which change there: the taking away of forwarding is one of its own."""


def _by_place(changes: Iterable[AnyChange]) -> dict[Place, AnyChange]:
    found: dict[Place, AnyChange] = {}
    for change in changes:
        rank = 0
        while (place := (change.mailbox, change.system, rank)) in found:
            rank += 1
        found[place] = change
    return found


def _difference(place: Place, before: AnyChange | None, after: AnyChange | None) -> Iterator[str]:
    name = " on ".join(place[:2])
    if before and not after:
        yield f"{name}: {before.action} was approved, and is not planned any more"
    elif after and not before:
        yield f"{name}: {after.action} is planned, and was not approved"
    elif before and after and before.as_dict() != after.as_dict():
        yield f"{name}: {'; '.join(_differences(before, after))}"


def _differences(before: AnyChange, after: AnyChange) -> list[str]:
    if before.action != after.action:
        return [f"{before.action} was approved, {after.action} is planned"]
    found = [f"{_told(detail)} is planned, and was not approved" for detail in after.details if detail not in before.details]
    found += [f"{_told(detail)} was approved, and is not planned" for detail in before.details if detail not in after.details]
    return found or ["the same was approved, by other commands"]


def _told(detail: Detail) -> str:
    before, after = ("nothing" if value is None else value for value in (detail.before, detail.after))
    return f"{detail.field}: {before} -> {after}"
