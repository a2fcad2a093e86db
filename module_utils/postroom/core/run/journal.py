"""What a run did, a record for each change: who asked for it, what was there, what is there now, and whether it worked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..plan import AnyChange


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run comes from: ``time`` is ISO 8601 in UTC, ``run`` what the run is known by (a CI job's address, or host and process),
    ``operator`` the account it runs under; ``commit`` is empty outside a git repository."""

    time: str
    run: str
    operator: str
    commit: str = ""


def records(
    changes: Sequence[AnyChange], failures: Iterable[Mapping[str, Any]], origin: Origin, authors: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """``failures`` as backends report them, ``authors`` of the last commit by mailbox.

    ``before`` and ``after`` are for people; ``access`` says whose access began, ended or was altered. A failure without a change is a
    record too: a mailbox that was refused, or a system that could not be used (mailbox ``""``). A run that found nothing to do is one
    record without a mailbox.
    """
    failed: dict[tuple[str, str], str] = {}
    for failure in failures:
        place = failure["mailbox"], failure["system"]
        failed[place] = "; ".join(filter(None, (failed.get(place), failure["message"])))
    found: list[tuple[str, str | None, AnyChange | None]] = [(change.mailbox, change.system, change) for change in changes]
    done = {(change.mailbox, change.system) for change in changes}
    found += [(*place, None) for place in failed if place not in done]
    for mailbox, system, change in found or [("", None, None)]:
        message = failed.get((mailbox, system or ""))
        yield {
            **asdict(origin),
            "author": authors.get(mailbox),
            "mailbox": mailbox,
            "system": system,
            **_made(change),
            "result": "failed" if message else "done",
            "message": message,
        }


def _made(change: AnyChange | None) -> dict[str, Any]:
    details = change.details if change else ()
    return {
        "action": change.action if change else None,
        "before": {detail.field: detail.before for detail in details},
        "after": {detail.field: detail.after for detail in details},
        "access": [subject.as_dict() for detail in details for subject in detail.subjects],
    }


def as_line(record: Mapping[str, Any]) -> str:
    """A record as one line of JSON Lines, without the line break."""
    return json.dumps(record)
