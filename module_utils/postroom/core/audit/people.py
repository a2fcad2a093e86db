"""What the directory knows of the people whom a declaration names, and how a mailbox is used."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Mailbox
from .evidence import AuditFinding, AuditPolicy, Evidence, Managed
from .settings import size

_WAIVED_BY = {"member-not-eligible": "member-eligible", "member-left-no-staff": "members-staff", "requester-left": "requester-staff"}
"""The rule of the declarations that forbids what the audit finds."""


def people(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    """What the directory knows of them, but for what an exception allows."""
    for mailbox in evidence.mailboxes:
        waived = {rule for rule, _, until in mailbox.exceptions if until >= policy.today}
        yield from (finding for finding in _people(mailbox, evidence) if _WAIVED_BY.get(finding.id) not in waived)


def exceptions(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    for mailbox in evidence.mailboxes:
        for rule, reason, until in mailbox.exceptions:
            if until >= policy.today:
                message = f"the rule {rule} is waived until {until}: {reason}"
                yield evidence.finding("exception", mailbox, mailbox.backend, message, declared=rule, key=("exceptions",))


def _people(mailbox: Mailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    if evidence.people is not None and mailbox.state == "present":
        yield from _members(mailbox, evidence)
        requester = evidence.people.get(mailbox.requested_by)
        if not (requester and requester.is_staff):
            what = "is not an active staff member" if requester else "has no account"
            message = f"{mailbox.requested_by}, who asked for the mailbox, {what}"
            yield evidence.finding("requester-left", mailbox, "directory", message, declared=mailbox.requested_by, key=("requested_by",))


def _members(mailbox: Mailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    known = evidence.people or {}
    for login in mailbox.members:
        person, key = known.get(login), ("members", login)
        if person is None or not person.active:
            what = "an account that has ended" if person else "no account"
            message = f"the member {login} has {what}"
            yield evidence.finding("member-account-ended", mailbox, "directory", message, declared=login, found=what, key=key)
        elif not person.is_eligible:
            found = ", ".join(sorted(person.affiliations)) or "no affiliation"
            message = f"the member {login} is neither staff nor student ({found})"
            yield evidence.finding("member-not-eligible", mailbox, "directory", message, declared=login, found=found, key=key)
    if not any(person and person.is_staff for person in map(known.get, mailbox.members)):
        message = "no member is an active staff member"
        yield evidence.finding("member-left-no-staff", mailbox, "directory", message, declared=", ".join(mailbox.members), key=("members",))


def usage(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    for managed in evidence.ours():
        live = managed.live
        if live.used_kib is not None and live.quota_kib:
            percent = live.used_kib * 100 // live.quota_kib
            rule = "over-quota" if percent >= 100 else "nearly-full" if percent >= policy.nearly_full_percent else ""
            if rule:
                message = f"{percent} % of the quota on {managed.shown} is used"
                found = f"{size(live.used_kib)} used"
                yield managed.finding(rule, message, declared=size(live.quota_kib), found=found, key=("quota_gb",))
        if live.system == managed.mailbox.backend and managed.mailbox.state == "present":
            yield from _unused(managed, policy)


def _unused(managed: Managed, policy: AuditPolicy) -> Iterator[AuditFinding]:
    """The directory keeps the last login with the shared address, where it keeps it at all."""
    entry = managed.evidence.one("directory", managed.mailbox.name)
    logins = [live.last_login for live in (managed.live, entry) if live and live.last_login]
    times = {"mail": managed.live.last_mail, "login": max(logins, default=None)}
    known = {what: time for what, time in times.items() if time}
    if known and all(time < policy.unused_before for time in known.values()):
        found = ", ".join(f"last {what} {time[:10]}" for what, time in known.items())
        yield managed.finding("unused", f"nothing happened since {max(known.values())[:10]}", found=found)
