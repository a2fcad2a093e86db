"""What a run did, a record for each change: who asked for it, what was there, what is there now, and whether it worked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run comes from: ``time`` is ISO 8601 in UTC, ``run`` what the run is known by (a CI job's address, or host and process),
    ``operator`` the account it runs under; ``commit`` is empty outside a git repository."""

    time: str
    run: str
    operator: str
    commit: str = ""


def records(
    changes: Iterable[Mapping[str, Any]], failures: Iterable[Mapping[str, Any]], origin: Origin, authors: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """``changes`` as they stand in ``plan.json``, ``failures`` as backends report them, ``authors`` of the last commit by mailbox.

    A failure without a change is a record too: a mailbox that was refused, or a system that could not be used (mailbox ``""``).
    A run that found nothing to do is one record without a mailbox.
    """
    done = {(change["mailbox"], change["system"]): change for change in changes}
    failed = {(failure["mailbox"], failure["system"]): failure["message"] for failure in failures}
    for mailbox, system in [*done, *(key for key in failed if key not in done)] or [("", None)]:
        change = done.get((mailbox, system), NOTHING)
        message = failed.get((mailbox, system))
        yield {
            **asdict(origin),
            "author": authors.get(mailbox),
            "mailbox": mailbox,
            "system": system,
            "action": change["action"],
            "before": {detail["field"]: detail["before"] for detail in change["details"]},
            "after": {detail["field"]: detail["after"] for detail in change["details"]},
            "result": "failed" if message else "done",
            "message": message,
        }


NOTHING: Mapping[str, Any] = {"action": None, "details": ()}


def as_line(record: Mapping[str, Any]) -> str:
    """A record as one line of JSON Lines, without the line break."""
    return json.dumps(record)
