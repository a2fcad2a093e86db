"""Access control entries of mailboxes and of directory objects: the ones that are set, and those that everything inherits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lab.exchange.cmdlets.identity import is_account
from lab.exchange.cmdlets.organization import DOMAIN_NAMES, well_known_name
from lab.exchange.cmdlets.view import State, View

MAXIMUM = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """``rights`` are the names as Exchange shows them; ``extended`` only where AccessRights has ExtendedRight."""

    sid: str
    rights: tuple[str, ...]
    deny: bool = False
    inheritance: str = "All"
    extended: tuple[str, ...] = ()
    inherited: bool = False
    auto_mapping: bool = False

    @classmethod
    def load(cls, kept: dict[str, Any]) -> Entry:
        return cls(**{**kept, "rights": tuple(kept["rights"]), "extended": tuple(kept["extended"])})

    def same_place(self, other: Entry) -> bool:
        """Whether both would be one entry: of one principal, of one kind, inherited by the same."""
        return (self.sid, self.deny, self.inheritance) == (other.sid, other.deny, other.inheritance)


def entries(state: State, name: str, defaults: Sequence[Entry]) -> list[Entry]:
    """The entries that are set on the object itself; an object that was never touched has the defaults."""
    if name not in state:
        return list(defaults)
    return [Entry.load(kept) for kept in state[name]]


def stored(entries_: Sequence[Entry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries_]


def principal_name(view: View, sid: str) -> str:
    """``DOMAIN\\account``, online a user principal name or a group's display name; the bare SID of one who is gone."""
    found = view.find("sid", sid)
    if found and view.behaviour.is_online:
        return str(found[0]["UserPrincipalName"] if is_account(found[0]) else found[0]["DisplayName"])
    if found:
        return view.account(found[0])
    return well_known_name(sid, view.netbios, view.behaviour.language) or sid


def is_group(sid: str) -> bool:
    return sid in DOMAIN_NAMES


def added(current: list[Entry], new: Entry) -> list[Entry] | None:
    """With the new rights, in the principal's entry if there is one; None when all of them are there."""
    for position, entry in enumerate(current):
        if entry.same_place(new):
            rights, extended = _union(entry.rights, new.rights), _union(entry.extended, new.extended)
            if rights == entry.rights and extended == entry.extended:
                return None
            return [*current[:position], replace(entry, rights=rights, extended=extended), *current[position + 1 :]]
    return [*current, new]


def removed(current: list[Entry], gone: Entry) -> list[Entry] | None:
    """Without these rights; None when the principal had none of them."""
    left, found = [], False
    for entry in current:
        if entry.same_place(gone) and (set(entry.rights) & set(gone.rights) or set(entry.extended) & set(gone.extended)):
            rest = _without(entry, gone)
            if rest == entry:
                left.append(entry)
                continue
            found = True
            if rest.rights:
                left.append(rest)
        else:
            left.append(entry)
    return left if found else None


def _without(entry: Entry, gone: Entry) -> Entry:
    extended = tuple(right for right in entry.extended if right not in gone.extended)
    rights = tuple(right for right in entry.rights if right not in gone.rights or (right == "ExtendedRight" and extended and gone.extended))
    if gone.extended and not extended and entry.extended:
        rights = tuple(right for right in rights if right != "ExtendedRight")
    return replace(entry, rights=rights, extended=extended)


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(right for right in second if right not in first))


def shown(call_user: str | None, listed: Sequence[Entry]) -> Iterator[Entry]:
    """The entries of one principal, or all."""
    return (entry for entry in listed if call_user is None or entry.sid == call_user)
