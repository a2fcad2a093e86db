"""Who could read a mailbox on a day that is over, from the declarations' history and from the journal of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .history import DECLARATION, MEMBER, Edit
from .questions import Known, Table, who

COLUMNS = ("login", "name", "from", "until", "asked by", "author", "approved by", "commit", "subject", "what apply did")


@dataclass(frozen=True, slots=True)
class _Span:
    """A time in which somebody was entitled: ``end`` is empty when it had not ended."""

    login: str
    start: str
    end: str
    edit: Edit


def could_read(known: Known, name: str, day: str, journal: Sequence[Mapping[str, Any]] | None) -> Table:
    """Whoever was declared to read the mailbox at any moment of the day (ISO 8601, in UTC). ``journal`` are its records, None without one.

    Raises ValueError when the history does not reach back, or never had such a mailbox.
    """
    if known.history.note:
        raise ValueError(f"who could read {name} on {day} cannot be told: {known.history.note}")
    edits = known.history.edits.get(name, ())
    if not edits:
        raise ValueError(f"no commit ever declared a mailbox {name}")
    spans = [span for span in _spans(edits) if span.start[:10] <= day and (not span.end or span.end[:10] >= day)]
    rows = tuple(
        (span.login, known.name(span.login), _time(span.start), _time(span.end), *who(span.edit)[1:], _done(journal, name, span.login, day))
        for span in spans
    )
    notes = ["days and times are in UTC; until is empty for who had not lost it yet" if rows else _why_nobody(edits, name, day)]
    notes += ["there is no journal, so it is not known when apply did it"] if journal is None else []
    return Table(f"Who could read {name} on {day}", COLUMNS, rows, (*known.repository_notes, *notes))


def _spans(edits: Iterable[Edit]) -> list[_Span]:
    """The times in which each login was entitled, in the order in which they began."""
    members: dict[str, Edit] = {}
    spans: list[_Span] = []
    is_retired = False
    for edit in sorted(edits, key=lambda one: one.landing.date):
        time = edit.landing.date
        if edit.field == "state":
            is_retired = edit.after == "retired"
        elif edit.field == DECLARATION and edit.after is None:
            is_retired = False
        elif edit.field == MEMBER and edit.after:
            members[edit.after] = edit
        elif edit.field == MEMBER and edit.before:
            members.pop(edit.before, None)
        entitled = {} if is_retired else members
        begun = {span.login for span in spans if not span.end}
        spans = [replace(span, end=time) if not span.end and span.login not in entitled else span for span in spans]
        spans += [_Span(login, time, "", made) for login, made in entitled.items() if login not in begun]
    return [span for span in spans if span.start != span.end]


def _time(iso: str) -> str:
    return iso.replace("T", " ").removesuffix("Z")


def _why_nobody(edits: Sequence[Edit], name: str, day: str) -> str:
    first = min(edit.since for edit in edits)
    if day < first:
        return f"nobody: {name} was declared on {first} for the first time"
    return f"nobody: on {day} {name} was retired, had no members, or was declared no more"


def _done(journal: Sequence[Mapping[str, Any]] | None, name: str, login: str, day: str) -> str:
    """The last thing that apply did to this access up to the end of the day, on each system."""
    latest: dict[str, str] = {}
    for record in journal or ():
        effects = {one["effect"] for one in record.get("access", ()) if one["who"] == login}
        if record.get("mailbox") == name and effects and record["time"][:10] <= day:
            result = "" if record["result"] == "done" else " (failed)"
            latest[record["system"]] = (
                f"{record['system']}: {' and '.join(sorted(effects))} {record['time'][:16].replace('T', ' ')}{result}"
            )
    return "; ".join(latest.values())
