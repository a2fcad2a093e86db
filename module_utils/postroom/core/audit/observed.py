"""What the info and forwarding modules returned, on its way to the modules that look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..directory.live import person_from_dict
from ..live import LiveMailbox
from ..model import Person
from ..packed import unpack
from ..systems import System
from .evidence import Answer


@dataclass(slots=True)
class Observed:
    """``people`` by each of their logins, None when no directory told; ``holders`` who else has a declared mailbox's
    address, and on which system."""

    live: list[LiveMailbox] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    people: dict[str, Person] | None = None
    holders: dict[str, tuple[System, str]] = field(default_factory=dict)


def observed(results: Iterable[Mapping[str, Any]]) -> Observed:
    """The info modules' results, each with ``system`` at least. Raises ValueError when one is something else."""
    found = Observed()
    for result in results:
        try:
            found.answers.append(_answer(result, "live"))
            if "live" in result:
                found.live += [LiveMailbox.from_dict(value) for value in unpack(result["live"])]
            found.holders |= {str(name): (result["system"], str(shown)) for name, shown in (result.get("holders") or {}).items()}
            if "people" in result:
                people = [person_from_dict(value) for value in unpack(result["people"])]
                found.people = {login: person for person in people for login in person.logins}
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise ValueError(f"this is not what an info module returns: {error}") from error
    return found


def forwarding(results: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Answer]]:
    """What the forwarding modules found, and those that could not look everywhere."""
    results = list(results)
    found = [item for result in results for item in result.get("forwarding") or []]
    return found, [_answer(result, "nothing") for result in results if result.get("msg")]


def _answer(result: Mapping[str, Any], expected: str) -> Answer:
    """A module warns of what it could not read."""
    answered = expected in result
    message = "" if answered else str(result.get("msg", "it was not asked"))
    several = {field: tuple(map(str, result.get(key) or ())) for field, key in (("unread", "warnings"), ("login_caches", "login_caches"))}
    implicit = result.get("implicit_owner_rights")
    return Answer(result["system"], str(result.get("server", "")), answered, message, **several, implicit_owner_rights=implicit)
