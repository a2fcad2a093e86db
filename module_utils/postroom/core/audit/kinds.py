"""What the audit can find: each kind with its id, its severity, and what to do about it. ``docs/operator.md`` has the same table.

An error is a server that holds something else than the repository declares, or a rule of the service that is broken. A warning is for
somebody to decide on. An info is good to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

AuditSeverity = Literal["error", "warning", "info"]
SEVERITIES: tuple[AuditSeverity, ...] = ("error", "warning", "info")
"""The weightiest first."""


@dataclass(frozen=True, slots=True)
class AuditRule:
    id: str
    severity: AuditSeverity
    title: str
    action: str


def _by_id(rules: Iterable[AuditRule]) -> dict[str, AuditRule]:
    return {rule.id: rule for rule in rules}


RULES = _by_id(
    (
        AuditRule(
            "server-unavailable", "error", "A server gave no answer, so nothing is known of what it holds", "mend what it says, audit again"
        ),
        AuditRule("declaration-invalid", "error", "A file breaks the rules, and its mailbox is not audited", "correct it (`make check`)"),
        AuditRule("not-read", "warning", "A server did not tell all that it holds", "see what it says; that part is not audited"),
        AuditRule(
            "login-cache", "error", "saslauthd remembers passwords, so a removed member still gets in",
            "start saslauthd without `-c`, remove the file",
        ),
        AuditRule("missing", "error", "A declared mailbox or its directory entry is not there", "apply; migrate it if it lives elsewhere"),
        AuditRule("collides", "error", "What bears a declared name, or has a declared address, is another's",
            "take it under management, take the address away from it, or choose another",
        ),
        AuditRule("on-both-systems", "error", "A mailbox lives on Cyrus and on Exchange", "see where mail arrives, finish the migration"),
        AuditRule(
            "marked-but-undeclared", "error", "A mailbox is ours and no file declares it",
            "put the file back, with `state: retired` if it has ended",
        ),
        AuditRule("unmanaged", "warning", "A mailbox is not ours and no file declares it", "adopt it, or leave it to whoever runs it"),
        AuditRule("member-extra", "error", "Somebody has access and is no member", "apply takes it away; declare it if it is meant"),
        AuditRule("member-missing", "error", "A member has no access", "apply"),
        AuditRule("rights-differ", "error", "A member's rights, or the shared login's, are not the declared ones", "apply"),
        AuditRule("login-entry-differs", "error", "The directory entry lets in, or says, something else", "apply"),
        AuditRule(
            "password-of-its-own", "error", "The directory entry has a password that is no `{SASL}` value: whoever knows it logs in",
            "apply takes it away; see who can write to the entry",
        ),
        AuditRule("send-as-differs", "error", "Who may send as the address is not who is declared", "apply"),
        AuditRule("quota-differs", "error", "The quota is not the declared one", "apply, or change `quota_gb`"),
        AuditRule("settings-differ", "error", "A name or setting is not what apply would make it", "apply"),
        AuditRule("forwarding-set", "error", "Mail is sent on; a shared mailbox may not forward", "ask the members, take it away"),
        AuditRule("forwarding-inactive", "info", "A forward is there and switched off", "take it away, so that nobody switches it on"),
        AuditRule(
            "orphan-grant", "warning", "A grant is to an account that does not exist", "remove it: a new account could get the same name"
        ),
        AuditRule("member-account-ended", "warning", "A member has no active account", "take the member out of the file"),
        AuditRule("member-not-eligible", "warning", "A member is neither staff nor student", "take the member out of the file"),
        AuditRule("member-left-no-staff", "error", "No member is active staff", "ask the unit for a staff member, or retire the mailbox"),
        AuditRule("requester-left", "warning", "Who asked for the mailbox is no longer staff", "ask the unit who answers for it now"),
        AuditRule("over-quota", "warning", "The mailbox is full: mail is refused", "ask the members to clean up, or raise `quota_gb`"),
        AuditRule("nearly-full", "info", "The mailbox is nearly full", "tell the members"),
        AuditRule("exception", "info", "A rule is waived for the mailbox until a day", "see to it that the rule is kept before that day"),
        AuditRule("unused", "info", "No mail and no login for a long time", "ask the unit whether it can be retired"),
    )
)  # fmt: skip
"""By id, in the order in which they are listed."""
