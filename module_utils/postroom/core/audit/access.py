"""Who has access to each mailbox, against who is declared to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from ..access.readers import on_folders
from ..cyrus.plan import SPECIAL_IDENTIFIERS, effective, given_rights
from ..directory.live import HIDDEN
from ..exchange.permissions import ORPHAN
from ..live import Grant
from ..systems import SYSTEMS
from .evidence import AuditFinding, AuditPolicy, Evidence, Managed

FULL_ACCESS = "FullAccess"
ADMINISTER = "a"
"""The right to change an ACL (RFC 4314)."""


def access(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    told = next((answer.implicit_owner_rights for answer in evidence.answers if answer.system == "cyrus"), None)
    policy = replace(policy, cyrus=policy.cyrus.told(told))
    if told and ADMINISTER in told:
        message = "whoever logs in with a shared address can give others access: the server gives every owner that right"
        yield evidence.finding("owner-can-grant", "", "cyrus", message, found=effective(told))
    yield from _taken_folders(evidence, policy)
    for managed in evidence.ours():
        match managed.live.system:
            case "cyrus":
                yield from _cyrus(managed, policy)
            case "exchange":
                yield from _full_access(managed)
                yield from _senders(managed)
            case "directory":
                yield from _entry(managed)
            case _:
                assert_never(managed.live.system)


def _taken_folders(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    """A folder that is renamed keeps its ACL, so the shared login still owns it where it has gone."""
    names = {managed.mailbox.name: managed for managed in evidence.ours() if managed.live.system == "cyrus"}
    wanted = set(effective(policy.cyrus.owner_rights))
    for live in evidence.live:
        if live.system != "cyrus" or live.is_managed:
            continue
        taken: dict[str, list[str]] = {}
        for grant in live.grants:
            if grant.folder and grant.identifier in names and not grant.deny and wanted <= set(grant.rights):
                taken.setdefault(grant.identifier, []).append(grant.folder)
        for name, folders in sorted(taken.items()):
            shown = ", ".join(sorted(folders))
            message = f"{live.name} has what seems to be of this mailbox: {shown} has the rights of the shared login"
            yield names[name].finding("folder-taken", message, found=f"user/{live.name}: {shown}", key=("members",))


def _cyrus(managed: Managed, policy: AuditPolicy) -> Iterator[AuditFinding]:
    """One finding for each identifier, with all its folders."""
    name = managed.mailbox.name
    found: dict[str, dict[str, str]] = {}
    denied: dict[str, dict[str, str]] = {}
    for grant in managed.live.grants:
        given = given_rights(grant.rights, policy.cyrus, is_owner=grant.identifier == name)
        (denied if grant.deny else found).setdefault(grant.identifier, {})[grant.folder] = given
    folders = {"", *(grant.folder for grant in managed.live.grants)}
    for identifier in sorted((found.keys() | {name, *managed.members}) - policy.cyrus.administrators):
        rights = found.get(identifier, {})
        if identifier not in managed.members and identifier != name:
            login = identifier if managed.knows(identifier) or _is_several(identifier) else ""
            yield _stranger(managed, login, identifier, on_folders(rights))
        elif any(set(rights.get(folder, "")) != set(wanted := effective(policy.cyrus.rights_of(identifier, name))) for folder in folders):
            yield _wrong_rights(managed, identifier, rights, wanted)
    for identifier, rights in sorted(denied.items()):
        shown = on_folders(rights)
        message = f"{identifier} is denied {shown}"
        yield managed.finding("rights-differ", message, found=f"{identifier}: {shown} denied", key=("members", identifier))


def _is_several(identifier: str) -> bool:
    """Whether an identifier stands for more than one account (RFC 4314, section 3)."""
    return identifier in SPECIAL_IDENTIFIERS or identifier.startswith("group:")


def _wrong_rights(managed: Managed, identifier: str, rights: dict[str, str], wanted: str) -> AuditFinding:
    is_owner = identifier == managed.mailbox.name
    shown = on_folders(rights)
    rule = "rights-differ" if rights.get("") or is_owner else "member-missing"
    message = f"{'the shared login' if is_owner else identifier} has {shown or 'no rights'}, and is to have {wanted} everywhere"
    found = f"{identifier}: {shown}" if shown else None
    key = ("members",) if is_owner else ("members", identifier)
    return managed.finding(rule, message, declared=f"{identifier}: {wanted}", found=found, key=key)


def _stranger(managed: Managed, login: str, identifier: str, rights: str) -> AuditFinding:
    """Somebody who has access and is no member; nobody at all when ``login`` is empty."""
    found = f"{identifier}: {rights}"
    if not login:
        return managed.finding("orphan-grant", f"{identifier} has {rights}, and there is no such account", found=found, key=("members",))
    who = "everybody" if login in SPECIAL_IDENTIFIERS else login
    message = f"{who} has access ({rights}), and {_why_not(managed, login)}"
    return managed.finding("member-extra", message, found=found, key=("members", login))


def _why_not(managed: Managed, login: str) -> str:
    return "the mailbox is retired" if login in managed.mailbox.members else "is no member"


def _is_orphan(grant: Grant) -> bool:
    """On Exchange the security identifier is what is left of an account; a name that is no account may be a group."""
    return grant.identifier.upper().startswith(ORPHAN)


def _full_access(managed: Managed) -> Iterator[AuditFinding]:
    full = [grant for grant in managed.live.grants if grant.kind == "full access"]
    for grant in full:
        if not grant.deny and grant.login not in managed.members:
            yield _stranger(managed, "" if _is_orphan(grant) else grant.login or grant.identifier, grant.identifier, grant.rights)
    for login in managed.members:
        of_member = [grant for grant in full if grant.login == login]
        allowed = {right.strip() for grant in of_member if not grant.deny for right in grant.rights.split(",")}
        denied = [grant.rights for grant in of_member if grant.deny]
        if denied or (allowed != {FULL_ACCESS} and (allowed or managed.knows(login))):
            shown = "; ".join([*sorted(allowed), *(f"{rights} denied" for rights in denied)])
            message = f"{login} has {shown or 'no access'}, and is to have {FULL_ACCESS}"
            found = f"{login}: {shown}" if shown else None
            rule = "rights-differ" if shown else "member-missing"
            yield managed.finding(rule, message, declared=f"{login}: {FULL_ACCESS}", found=found, key=("members", login))


def _senders(managed: Managed) -> Iterator[AuditFinding]:
    """Send As for each member and nobody else; Send on Behalf for nobody."""
    grants = [grant for grant in managed.live.grants if grant.kind in ("send as", "send on behalf")]
    for grant in grants:
        who = grant.login or grant.identifier
        is_member = grant.login in managed.members
        found = f"{who}: {grant.kind}"
        if _is_orphan(grant):
            message = f"{grant.identifier} may {grant.kind}, and there is no such account"
            yield managed.finding("orphan-grant", message, found=found, key=("members",))
        elif grant.deny and is_member:
            message = f"{who} is a member, and is denied to {grant.kind}"
            yield managed.finding("send-as-differs", message, declared=found, found=f"{who}: denied", key=("members", who))
        elif not grant.deny and (not is_member or grant.kind == "send on behalf"):
            why = "is to send as the address" if is_member else _why_not(managed, who)
            yield managed.finding("send-as-differs", f"{who} may {grant.kind}, and {why}", found=found, key=("members", who))
    allowed = {grant.login for grant in grants if grant.kind == "send as" and not grant.deny}
    for login in managed.members:
        if login not in allowed and managed.knows(login):
            message = f"{login} is a member and may not send as the address"
            yield managed.finding("send-as-differs", message, declared=f"{login}: send as", key=("members", login))


def _entry(managed: Managed) -> Iterator[AuditFinding]:
    """The entry's passwords, by which people log in, and its owners, who may send as the address."""
    may_log_in = managed.members if SYSTEMS[managed.mailbox.backend].shared_login else ()
    yield from _entry_grants(managed, "login", may_log_in, "login-entry-differs", "log in with the shared address")
    yield from _entry_grants(managed, "owner", managed.members, "send-as-differs", "send as the address at the relay")


def _entry_grants(managed: Managed, kind: str, wanted: tuple[str, ...], rule: str, may: str) -> Iterator[AuditFinding]:
    grants = [grant for grant in managed.live.grants if grant.kind == kind]
    declared = set(map(managed.account, wanted))
    for grant in grants:
        found = f"{grant.login or grant.identifier}: {kind}"
        if grant.identifier == HIDDEN:
            message = "the entry has a password of its own, with which anybody who knows it logs in"
            yield managed.finding("password-of-its-own", message, found="a password", key=("members",))
        elif managed.account(grant.login) in declared:
            continue
        elif not grant.login or not managed.knows(grant.login):
            message = f"{grant.identifier} may {may}, and there is no such account"
            yield managed.finding("orphan-grant", message, found=found, key=("members",))
        else:
            is_member = managed.account(grant.login) in map(managed.account, managed.members)
            why = f"the mailbox is {SYSTEMS[managed.mailbox.backend].place}" if is_member else _why_not(managed, grant.login)
            yield managed.finding(rule, f"{grant.login} may {may}, and {why}", found=found, key=("members", grant.login))
    present = {managed.account(grant.login) for grant in grants}
    for login in sorted(login for login in wanted if managed.knows(login) and managed.account(login) not in present):
        message = f"{login} is a member and may not {may}"
        yield managed.finding(rule, message, declared=f"{login}: {kind}", key=("members", login))
