"""Which mailboxes a run takes under management: ``-e adopt=labo.info,vragen``, or ``-e adopt=true`` for all that are declared."""

from __future__ import annotations

from collections.abc import Container, Iterable

from ..model import Mailbox

ALL = "*"


def chosen(adopt: Iterable[str]) -> frozenset[str]:
    """Names or addresses, in any letter case and with commas between them, as names; ``{"*"}`` for all."""
    words = {word.strip().lower().partition("@")[0] for text in adopt for word in text.split(",")} - {"", "false"}
    return frozenset({ALL}) if words & {"true", ALL} else frozenset(words)


def is_chosen(name: str, choice: Container[str]) -> bool:
    return ALL in choice or name in choice


def names_to_adopt(choice: frozenset[str], mailboxes: Iterable[Mailbox]) -> list[str]:
    """The declared mailboxes of the choice, sorted. Raises ValueError when a name was chosen that no declaration has."""
    declared = {mailbox.name for mailbox in mailboxes}
    if unknown := choice - declared - {ALL}:
        raise ValueError(f"adopt= names {', '.join(sorted(unknown))}, which no declaration has")
    return sorted(name for name in declared if is_chosen(name, choice))
