"""Who may use a live mailbox, in the terms of a declaration: the members, and the rights that fit no member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from ...wire.exchange import FULL_ACCESS
from ..cyrus.plan import MEMBER_RIGHTS, SPECIAL_IDENTIFIERS, effective
from ..directory.live import HIDDEN
from ..exchange.permissions import ORPHAN
from ..live import Grant, GrantKind, LiveMailbox
from ..model import Person
from ..systems import SYSTEMS, System

BareFinding = tuple[str, str]
"""The id of a finding, and its words."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """``people`` by login; ``is_login`` says whether a declaration can name somebody; ``member_rights`` are those of Cyrus."""

    people: Mapping[str, Person]
    is_login: Callable[[str], bool]
    member_rights: str = MEMBER_RIGHTS


@dataclass(slots=True)
class Access:
    members: list[str] = field(default_factory=list)
    bare_findings: list[BareFinding] = field(default_factory=list)


def access(live: LiveMailbox, entry: LiveMailbox | None, policy: AccessPolicy) -> Access:
    """``live`` is the mailbox, on Cyrus or on Exchange, ``entry`` what the directory has of it."""
    found = Access()
    grants: dict[str, list[Grant]] = {}
    for grant in live.grants:
        if grant.identifier.lower() != live.name:
            grants.setdefault(grant.login or grant.identifier, []).append(grant)
    judge = _judge_of(live.system)
    for who, theirs in sorted(grants.items()):
        if bare_finding := _nobody(who, theirs, policy):
            found.bare_findings.append(bare_finding)
        else:
            is_member, bare_findings = judge(who, theirs, live, policy)
            found.members += [who] if is_member else []
            found.bare_findings += bare_findings
    if entry:
        found.bare_findings += _in_directory(entry, set(found.members), with_logins=SYSTEMS[live.system].shared_login)
    return found


_Judge = Callable[[str, Iterable[Grant], LiveMailbox, AccessPolicy], tuple[bool, list[BareFinding]]]
"""Says whether somebody is a member, and what about the rights is not as a member's."""


def _judge_of(system: System) -> _Judge:
    match system:
        case "cyrus":
            return _on_cyrus
        case "exchange":
            return _on_exchange
        case "directory":
            raise ValueError("an entry of the directory is no mailbox that could be declared")
        case _:
            assert_never(system)


def _nobody(who: str, grants: Iterable[Grant], policy: AccessPolicy) -> BareFinding | None:
    """What is said of rights that are denied, or that are no person's who could be declared."""
    rights = _in_words(grants)
    reasons = (
        (any(grant.deny for grant in grants), "right-denied", f"{who} is denied something ({rights}); a declaration cannot say that"),
        (who in SPECIAL_IDENTIFIERS, "right-of-everybody", f"{who}, that is everybody, has {rights}; a declaration cannot say that"),
        (who.startswith("group:"), "right-of-a-group", f"the group {who.removeprefix('group:')} has {rights}; a declaration names people"),
        (who.upper().startswith(ORPHAN), "right-of-nobody", f"an account that is gone ({who}) has {rights}"),
        (who not in policy.people, "right-of-nobody", f"{who} has {rights}, and is nobody in the directory: a group, or an ended account"),
        (not policy.is_login(who), "login-impossible", f"{who} has {rights}, and is a login name that a declaration cannot have"),
    )  # fmt: skip
    return next(((rule, message) for holds, rule, message in reasons if holds), None)


def _in_words(grants: Iterable[Grant]) -> str:
    return "; ".join(sorted({f"{grant.kind}{f' {grant.rights}' if grant.rights else ''}" for grant in grants}))


def _on_cyrus(who: str, grants: Iterable[Grant], live: LiveMailbox, policy: AccessPolicy) -> tuple[bool, list[BareFinding]]:
    """A member has at least the rights of members on the mailbox itself."""
    wanted = set(effective(policy.member_rights))
    rights = dict.fromkeys({grant.folder for grant in live.grants}, "")
    rights |= {grant.folder: grant.rights for grant in grants}
    if not wanted <= set(rights.get("", "")):
        return False, [("right-partial", f"{who} has {_in_words(grants)}, less than a member ({policy.member_rights}), so is not one")]
    bare_findings = []
    for folder, found in sorted(rights.items()):
        if set(found) != wanted:
            where = f"on {folder}" if folder else "on the mailbox"
            bare_findings.append(("right-differs", f"{who} has {found or 'no rights'} {where}; members have {policy.member_rights}"))
    return True, bare_findings


def _on_exchange(who: str, grants: Iterable[Grant], live: LiveMailbox, policy: AccessPolicy) -> tuple[bool, list[BareFinding]]:
    """A member has full access and may send as the address."""
    kinds = {grant.kind for grant in grants if grant.kind != "full access" or FULL_ACCESS in grant.rights.split(", ")}
    bare_findings: list[BareFinding] = []
    if "send on behalf" in kinds:
        bare_findings.append(("right-on-behalf", f"{who} may send on behalf of the address; members send as it"))
    if not {"full access", "send as"} <= kinds:
        if kinds != {"send on behalf"}:
            bare_findings.append(("right-partial", f"{who} has {_in_words(grants)}; a member has full access and send as, so this is none"))
        return False, bare_findings
    more = [grant.rights for grant in grants if grant.kind == "full access" and grant.rights != FULL_ACCESS]
    return True, [*bare_findings, *(("right-differs", f"{who} has {rights}; members have {FULL_ACCESS}") for rights in more)]


def _in_directory(entry: LiveMailbox, members: set[str], *, with_logins: bool) -> Iterator[BareFinding]:
    """Where the entry says something else than the mailbox."""
    for grant in entry.grants:
        if grant.identifier == HIDDEN:
            yield "foreign-password", "the directory entry has a password of its own, which whoever knows it can log in with"
        elif grant.kind == "owner" and not grant.login:
            yield "right-of-nobody", f"the directory entry names {grant.identifier} as owner, who is not in the directory"
    kinds: tuple[tuple[GrantKind, set[str], str, str], ...] = (
        ("login", members if with_logins else set(), "can log in with the shared address", "cannot log in with the shared address"),
        ("owner", members, "is an owner in the directory entry", "is no owner in the directory entry"),
    )
    for kind, expected, has, lacks in kinds:
        found = {grant.login for grant in entry.grants if grant.kind == kind and grant.login}
        yield from (("entry-differs", f"{login} {has}, unlike what was declared") for login in sorted(found - expected))
        yield from (("entry-differs", f"{login} is a member, and {lacks} yet") for login in sorted(expected - found))
