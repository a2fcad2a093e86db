"""Who can read a mailbox, and how: by what really runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from ..cyrus.plan import SPECIAL_IDENTIFIERS
from ..directory.live import HIDDEN
from ..exchange.permissions import ORPHAN
from ..live import Grant, LiveMailbox
from ..model import Person

People = Mapping[str, Person] | None


def readers(lives: Iterable[LiveMailbox], people: People) -> dict[str, list[str]]:
    """In what ways each login can read, in words. Groups and everybody count; accounts that do not exist do not."""
    found: dict[str, list[str]] = {}
    for live in lives:
        rights: dict[str, dict[str, str]] = {}
        for grant in live.grants:
            who = _who(grant, live, people)
            if who and _reads(grant):
                if grant.kind == "rights":
                    rights.setdefault(who, {})[grant.folder] = grant.rights
                else:
                    found.setdefault(who, []).append("shared address" if grant.kind == "login" else grant.rights)
        for who, by_folder in rights.items():
            found.setdefault(who, []).append(f"own login ({on_folders(by_folder)})")
    return found


def on_folders(rights: Mapping[str, str]) -> str:
    """Rights on Cyrus by folder as ``lrs``, or ``lrs on INBOX; lr on Sent`` when they differ; empty for none."""
    if len(set(rights.values())) == 1 and "" in rights:
        return rights[""] or "nothing"
    by_rights: dict[str, list[str]] = {}
    for folder, given in sorted(rights.items()):
        by_rights.setdefault(given, []).append(folder or "INBOX")
    return "; ".join(f"{given or 'nothing'} on {', '.join(folders)}" for given, folders in by_rights.items())


def _who(grant: Grant, live: LiveMailbox, people: People) -> str:
    """Empty for nobody: the mailbox's own login, what is left of an account, a name that nobody has."""
    match live.system:
        case "exchange":
            return grant.login or ("" if grant.identifier.upper().startswith(ORPHAN) else grant.identifier)
        case "cyrus":
            is_several = grant.identifier in SPECIAL_IDENTIFIERS or grant.identifier.startswith("group:")
            others = grant.identifier if is_several else ""
        case "directory":
            others = "whoever knows the password" if grant.identifier == HIDDEN else ""
        case _:
            assert_never(live.system)
    if grant.login:
        return grant.login if people is None or grant.login in people else ""
    return others


def _reads(grant: Grant) -> bool:
    return not grant.deny and (grant.kind in ("full access", "login") or (grant.kind == "rights" and "r" in grant.rights))
