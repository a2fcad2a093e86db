"""What adoption looks at, from what the info modules returned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..directory.live import person_from_dict
from ..live import LiveMailbox
from ..model import Person
from ..packed import unpack


def observed(results: Iterable[Mapping[str, Any]]) -> tuple[list[LiveMailbox], dict[str, Person]]:
    """What lives, and people by each of their logins, of the info modules' results.

    Raises ValueError when a system gave no answer: without all of them, a mailbox could be taken for another kind than it is.
    """
    live: list[LiveMailbox] = []
    people: dict[str, Person] = {}
    for result in results:
        if "live" not in result:
            raise ValueError(
                f"{result.get('system', 'a system')} gave no answer, so nothing is adopted: {result.get('msg', 'it was not asked')}"
            )
        try:
            live += [LiveMailbox.from_dict(value) for value in unpack(result["live"])]
            found = map(person_from_dict, unpack(result.get("people", "")))
            people |= {login: person for person in found for login in person.logins}
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"this is not what an info module returns: {error}") from error
    if not people:
        raise ValueError("the directory told of nobody, so people's own mailboxes could not be told from shared ones; nothing is adopted")
    return live, people
