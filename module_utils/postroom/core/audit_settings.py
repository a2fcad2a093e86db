"""Quotas, names and settings, against what apply would make them; and mail that is sent on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .audit_evidence import SHOWN, AuditFinding, AuditPolicy, Evidence
from .cyrus import KIB_PER_GB
from .exchange import wanted_settings
from .live import LiveMailbox
from .model import Mailbox

QUOTAS = ("UseDatabaseQuotaDefaults", "IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")
FORWARDING = ("ForwardingAddress", "ForwardingSmtpAddress", "DeliverToMailboxAndForward")
ON_BEHALF = "GrantSendOnBehalfTo"
"""Reported with those who may send."""


def settings(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    for mailbox, live in evidence.ours():
        if live.system == "directory":
            yield from _entry(mailbox, live, evidence)
        else:
            differing = _differing(mailbox, live, policy)
            yield from _quota(mailbox, live, evidence, differing)
            names = [name for name in differing if name not in (*QUOTAS, *FORWARDING, ON_BEHALF)]
            yield from _settings(mailbox, live, evidence, {name: differing[name] for name in names})


Differing = Mapping[str, tuple[object, object]]
"""What is declared and what is found, by setting."""


def _differing(mailbox: Mailbox, live: LiveMailbox, policy: AuditPolicy) -> Differing:
    if live.system != "exchange":
        return {}
    found = live.settings or {}
    wanted = wanted_settings(mailbox, policy.exchange)
    return {name: (value, found[name]) for name, value in wanted.items() if name in found and found[name] != value}


def _quota(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, differing: Differing) -> Iterator[AuditFinding]:
    wanted = mailbox.quota_gb * KIB_PER_GB
    details = "; ".join(f"{name} is {_said(differing[name][1])}, not {_said(differing[name][0])}" for name in QUOTAS if name in differing)
    if live.quota_kib == wanted and not details:
        return
    message = f"the quota on {SHOWN[live.system]} is {size(live.quota_kib)}, declared are {size(wanted)}"
    message = details if live.quota_kib == wanted else message
    yield evidence.finding(
        "quota-differs", mailbox, live.system, message, declared=size(wanted), found=details or size(live.quota_kib), key=("quota_gb",)
    )


def size(kib: int | None) -> str:
    """A size as people say it, exact: ``5 GiB``, ``100 KiB``, ``unlimited``."""
    if kib is None:
        return "unlimited"
    for unit, name in ((KIB_PER_GB, "GiB"), (1024, "MiB")):
        if kib and kib % unit == 0:
            return f"{kib // unit} {name}"
    return f"{kib} KiB"


def _settings(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence, differing: Differing) -> Iterator[AuditFinding]:
    if differing:
        declared = "; ".join(f"{name}: {_said(wanted)}" for name, (wanted, _) in differing.items())
        found = "; ".join(f"{name}: {_said(is_)}" for name, (_, is_) in differing.items())
        message = f"on {SHOWN[live.system]} " + ", ".join(f"{name} is {_said(is_)}" for name, (_, is_) in differing.items())
        key = ("display_name",) if "DisplayName" in differing else ("address",) if "PrimarySmtpAddress" in differing else ()
        yield evidence.finding("settings-differ", mailbox, live.system, message, declared=declared, found=found, key=key)


def _said(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


def _entry(mailbox: Mailbox, live: LiveMailbox, evidence: Evidence) -> Iterator[AuditFinding]:
    """What the relay goes by differs in earnest; the name that people see is a setting."""
    status = {True: "retired", False: "present", None: None}[live.is_retired]
    relayed = {"address": (mailbox.address, live.address), "state": (mailbox.state, status), "backend": (mailbox.backend, live.backend)}
    for key, (declared, found) in relayed.items():
        if declared != found and not (key == "backend" and found is None and declared == "cyrus"):
            message = f"the directory entry says {key} {found or 'nothing'}, declared is {declared}"
            yield evidence.finding("login-entry-differs", mailbox, "directory", message, declared=declared, found=found, key=(key,))
    named = {"display_name": (mailbox.display_name, live.display_name)}
    if live.settings and "description" in live.settings:
        named["purpose"] = (mailbox.purpose, str(live.settings["description"] or ""))
    for key, (declared, found) in named.items():
        if declared != found:
            message = f"the directory entry has {found or 'nothing'} for {key}, declared is {declared}"
            yield evidence.finding("settings-differ", mailbox, "directory", message, declared=declared, found=found or None, key=(key,))


def forwarding(evidence: Evidence) -> Iterator[AuditFinding]:
    """What the forwarding modules found, and on Exchange the settings themselves where those were not asked."""
    told = set()
    for item in evidence.forwarding:
        name, system = str(item.get("mailbox", "")), str(item.get("system", ""))
        told.add((name, system, item.get("kind")))
        if not evidence.only or name in evidence.only:
            active = bool(item.get("active", True))
            what = " ".join(str(item.get(part) or "") for part in ("kind", "name")).strip()
            found = f"{what}: {item.get('action') or 'forward'} to {item.get('target') or 'an unknown address'}"
            note = f" ({item['note']})" if item.get("note") else ""
            message = f"mail is sent on by {found}{note}" if active else f"switched off, but there: {found}{note}"
            mailbox = evidence.declared.get(name, name)
            yield evidence.finding("forwarding-set" if active else "forwarding-inactive", mailbox, system, message, found=found)
    for mailbox, live in evidence.ours():
        found = "; ".join(f"{name}: {_said(value)}" for name, value in (live.settings or {}).items() if name in FORWARDING and value)
        if live.system == "exchange" and found and (live.name, "exchange", "property") not in told:
            yield evidence.finding("forwarding-set", mailbox, "exchange", f"mail is sent on by {found}", found=found)
