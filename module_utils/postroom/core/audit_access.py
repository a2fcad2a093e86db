"""Who has access to each mailbox, against who is declared to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .audit_evidence import AuditFinding, AuditPolicy, Evidence
from .cyrus import SPECIAL_IDENTIFIERS, effective, given_rights
from .exchange_permissions import ORPHAN
from .live import Grant, LiveMailbox
from .model import Mailbox

ACCESS = {"cyrus": ("rights",), "exchange": ("full access",), "directory": ()}
FULL_ACCESS = "FullAccess"


def access(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    for mailbox, live in evidence.ours():
        if live.system == "cyrus":
            yield from _cyrus(mailbox, live, evidence, policy)
        elif live.system == "exchange":
            yield from _exchange(mailbox, live, evidence)
        else:
            yield from _directory(mailbox, live, evidence)


def members_of(mailbox: Mailbox) -> tuple[str, ...]:
    """Who is to have access now: nobody to a retired mailbox."""
    return mailbox.members if mailbox.state == "present" else ()


def _cyrus(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    """One finding for each identifier, with all its folders."""
    members = members_of(mailbox)
    wanted = effective(policy.cyrus.member_rights)
    found: dict[str, dict[str, str]] = {}
    folders = {""}
    for grant in live.grants:
        if grant.kind == "rights":
            folders.add(grant.folder)
            given = given_rights(grant.rights, policy.cyrus, is_owner=grant.identifier == mailbox.name)
            found.setdefault(grant.identifier, {})[grant.folder] = given
    for identifier in sorted((found.keys() | {mailbox.name, *members}) - policy.cyrus.administrators):
        rights = found.get(identifier, {})
        shown = _on_folders(rights)
        if identifier not in members and identifier != mailbox.name:
            yield _stranger(mailbox, live, evidence, identifier, identifier, shown)
        elif any(set(rights.get(folder, "")) != set(wanted) for folder in folders):
            who = "the shared login" if identifier == mailbox.name else identifier
            rule = "rights-differ" if rights.get("") or identifier == mailbox.name else "member-missing"
            message = f"{who} has {shown or 'no rights'} on Cyrus, and is to have {wanted} everywhere"
            yield evidence.finding(
                rule, mailbox, "cyrus", message, declared=f"{identifier}: {wanted}", found=f"{identifier}: {shown}" if shown else None,
                key=_key(identifier, mailbox),
            )  # fmt: skip


def _on_folders(rights: dict[str, str]) -> str:
    """``lrs``, or ``lrs on INBOX; lr on Sent`` when it is not the same everywhere."""
    if len(set(rights.values())) == 1 and "" in rights:
        return next(iter(rights.values())) or "nothing"
    by_rights: dict[str, list[str]] = {}
    for folder, given in sorted(rights.items()):
        by_rights.setdefault(given, []).append(folder or "INBOX")
    return "; ".join(f"{given or 'nothing'} on {', '.join(folders)}" for given, folders in by_rights.items())


def _key(login: str, mailbox: Mailbox) -> tuple[str, ...]:
    return ("members", login) if login in mailbox.members else ("members",)


def _stranger(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, login: str, identifier: str, rights: str) -> AuditFinding:
    """Somebody who has access and is no member; nobody at all when the account does not exist."""
    found = f"{identifier}: {rights}"
    if _is_orphan(login, identifier, live, evidence):
        message = f"{identifier} has {rights}, and there is no such account"
        return evidence.finding("orphan-grant", mailbox, live.system, message, found=found, key=("members",))
    who = "everybody" if identifier in SPECIAL_IDENTIFIERS else login or identifier
    retired = "the mailbox is retired" if mailbox.state == "retired" else f"{who} is no member"
    message = f"{who} has access ({rights}), and {retired}"
    return evidence.finding("member-extra", mailbox, live.system, message, found=found, key=("members", login or identifier))


def _is_orphan(login: str, identifier: str, live: LiveMailbox, evidence: Evidence) -> bool:
    """On Exchange what is left is the security identifier; a name without an account may be a group. On Cyrus groups and everybody have
    names of their own (RFC 4314, section 3), and so has a denial."""
    if live.system == "exchange":
        return identifier.upper().startswith(ORPHAN)
    if identifier in SPECIAL_IDENTIFIERS or identifier.startswith(("group:", "-")):
        return False
    return evidence.people is not None and login not in evidence.people


def _exchange(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    members = members_of(mailbox)
    full = [grant for grant in live.grants if grant.kind == "full access"]
    for grant in full:
        if _allows(grant) and grant.login not in members:
            yield _stranger(mailbox, live, evidence, grant.login, grant.identifier, grant.rights)
    for login in members:
        of_member = [grant for grant in full if grant.login == login]
        allowed = {right for grant in of_member if not grant.deny for right in _names(grant)}
        denied = [grant.rights for grant in of_member if grant.deny]
        if allowed != {FULL_ACCESS} or denied:
            shown = "; ".join([*sorted(allowed), *(f"{rights} denied" for rights in denied)])
            rule = "rights-differ" if shown else "member-missing"
            message = f"{login} has {shown or 'no access'} on Exchange, and is to have {FULL_ACCESS}"
            yield evidence.finding(
                rule, mailbox, "exchange", message, declared=f"{login}: {FULL_ACCESS}", found=f"{login}: {shown}" if shown else None,
                key=("members", login),
            )  # fmt: skip
    yield from _senders(mailbox, live, evidence, [grant for grant in live.grants if grant.kind in ("send as", "send on behalf")])


def _allows(grant: Grant) -> bool:
    return not grant.deny


def _names(grant: Grant) -> list[str]:
    return [right.strip() for right in grant.rights.split(",") if right.strip()]


def _senders(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, grants: Iterable[Grant]) -> Iterator[AuditFinding]:
    """Send As for each member and nobody else; Send on Behalf for nobody."""
    grants = list(grants)
    members = members_of(mailbox)
    for grant in grants:
        who = grant.login or grant.identifier
        if _is_orphan(grant.login, grant.identifier, live, evidence):
            message = f"{grant.identifier} may {grant.kind}, and there is no such account"
            yield evidence.finding(
                "orphan-grant", mailbox, live.system, message, found=f"{grant.identifier}: {grant.kind}", key=("members",)
            )
        elif grant.deny and grant.login in members:
            message = f"{who} is a member and may not {grant.kind}: it is denied"
            yield _sender(mailbox, live, evidence, message, who, declared=f"{who}: {grant.kind}", found=f"{who}: denied")
        elif not grant.deny and (grant.login not in members or grant.kind == "send on behalf"):
            why = "is to use send as" if grant.login in members else "is no member"
            yield _sender(mailbox, live, evidence, f"{who} may {grant.kind}, and {why}", who, found=f"{who}: {grant.kind}")
    allowed = {grant.login for grant in grants if grant.kind == "send as" and not grant.deny}
    for login in members:
        if login not in allowed:
            message = f"{login} is a member and may not send as the address"
            yield _sender(mailbox, live, evidence, message, login, declared=f"{login}: send as")


def _sender(
    mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, message: str, login: str, declared: str | None = None, found: str | None = None
) -> AuditFinding:
    return evidence.finding("send-as-differs", mailbox, live.system, message, declared=declared, found=found, key=("members", login))


def _directory(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    members = members_of(mailbox)
    may_log_in = members if mailbox.backend == "cyrus" else ()
    kinds = (
        ("login", may_log_in, "login-entry-differs", "log in with the shared address"),
        ("owner", members, "send-as-differs", "send as the address at the mail relay"),
    )
    for kind, wanted, rule, may in kinds:
        grants = [grant for grant in live.grants if grant.kind == kind]
        for grant in grants:
            if grant.login not in wanted:
                yield _may_not(mailbox, live, evidence, grant, rule, may)
        for login in sorted(set(wanted) - {grant.login for grant in grants}):
            message = f"{login} is a member and may not {may}"
            yield evidence.finding(rule, mailbox, "directory", message, declared=f"{login}: {kind}", key=("members", login))


def _may_not(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, grant: Grant, rule: str, may: str) -> AuditFinding:
    who = grant.login or grant.identifier
    found = f"{who}: {grant.kind}"
    if _is_orphan(grant.login, grant.identifier, live, evidence):
        message = f"{grant.identifier} may {may}, and there is no such account"
        return evidence.finding("orphan-grant", mailbox, "directory", message, found=found, key=("members",))
    why = "is no member" if who not in mailbox.members else "the mailbox is retired" if mailbox.state == "retired" else "nobody is to"
    return evidence.finding(rule, mailbox, "directory", f"{who} may {may}, and {why}", found=found, key=("members", who))
