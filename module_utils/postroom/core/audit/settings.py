"""Quotas, names and settings, against what apply would make them; and mail that is sent on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from ..cyrus.plan import KIB_PER_GB
from ..exchange.policy import wanted_settings
from .evidence import AuditFinding, AuditPolicy, Evidence, Managed

QUOTAS = ("UseDatabaseQuotaDefaults", "IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")
FORWARDING = ("ForwardingAddress", "ForwardingSmtpAddress", "DeliverToMailboxAndForward")
ON_BEHALF = "GrantSendOnBehalfTo"
"""Reported with those who may send."""


def settings(evidence: Evidence, policy: AuditPolicy) -> Iterator[AuditFinding]:
    for managed in evidence.ours():
        match managed.live.system:
            case "directory":
                yield from _entry(managed)
            case "cyrus":
                yield from _quota(managed, {})
            case "exchange":
                differing = _differing(managed, policy)
                yield from _quota(managed, differing)
                rest = {name: values for name, values in differing.items() if name not in (*QUOTAS, *FORWARDING, ON_BEHALF)}
                yield from _settings(managed, rest)
            case _:
                assert_never(managed.live.system)


Differing = Mapping[str, tuple[object, object]]
"""What is declared and what is found, by setting."""


def _differing(managed: Managed, policy: AuditPolicy) -> Differing:
    found = {name: value for name, value in (managed.live.settings or {}).items() if name != "ImapEnabled" or value is not None}
    wanted = wanted_settings(managed.mailbox, policy.exchange)
    return {name: (value, found[name]) for name, value in wanted.items() if name in found and found[name] != value}


def _quota(managed: Managed, differing: Differing) -> Iterator[AuditFinding]:
    wanted, live = managed.mailbox.quota_gb * KIB_PER_GB, managed.live.quota_kib
    details = "; ".join(f"{name} is {_said(differing[name][1])}, not {_said(differing[name][0])}" for name in QUOTAS if name in differing)
    if live != wanted or details:
        message = details if live == wanted else f"the quota on {managed.shown} is {size(live)}, declared is {size(wanted)}"
        yield managed.finding("quota-differs", message, declared=size(wanted), found=details or size(live), key=("quota_gb",))


def size(kib: int | None) -> str:
    """A size as people say it, exact: ``5 GiB``, ``100 KiB``, ``unlimited``."""
    if kib is None:
        return "unlimited"
    for unit, name in ((KIB_PER_GB, "GiB"), (1024, "MiB")):
        if kib and kib % unit == 0:
            return f"{kib // unit} {name}"
    return f"{kib} KiB"


def _settings(managed: Managed, differing: Differing) -> Iterator[AuditFinding]:
    if differing:
        declared = "; ".join(f"{name}: {_said(wanted)}" for name, (wanted, _) in differing.items())
        found = "; ".join(f"{name}: {_said(is_)}" for name, (_, is_) in differing.items())
        message = f"on {managed.shown} " + ", ".join(f"{name} is {_said(is_)}" for name, (_, is_) in differing.items())
        key = ("display_name",) if "DisplayName" in differing else ("address",) if "PrimarySmtpAddress" in differing else ()
        yield managed.finding("settings-differ", message, declared=declared, found=found, key=key)


def _said(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


def _entry(managed: Managed) -> Iterator[AuditFinding]:
    """What logins and the relay go by differs in earnest; the name that people see is a setting."""
    mailbox, live = managed.mailbox, managed.live
    state = {True: "retired", False: "present", None: ""}[live.is_retired]
    compared = (
        ("address", "login-entry-differs", mailbox.address, live.address),
        ("state", "login-entry-differs", mailbox.state, state),
        ("backend", "login-entry-differs", mailbox.backend, live.backend or ""),
        ("display_name", "settings-differ", mailbox.display_name, live.display_name),
        ("purpose", "settings-differ", mailbox.purpose, str((live.settings or {}).get("purpose") or "")),
    )
    for key, rule, declared, found in compared:
        if declared != found:
            message = f"the directory entry has {found or 'nothing'} for {key}, declared is {declared}"
            yield managed.finding(rule, message, declared=declared, found=found or None, key=(key,))


def forwarding(evidence: Evidence) -> Iterator[AuditFinding]:
    """What the forwarding modules found, and on Exchange the settings themselves where those were not asked."""
    reported = set()
    for item in evidence.forwarding:
        name, system = str(item.get("mailbox", "")), str(item.get("system", ""))
        reported.add((name, system, item.get("kind")))
        if not evidence.only or name in evidence.only:
            active = bool(item.get("active", True))
            what = " ".join(str(item.get(part) or "") for part in ("kind", "name")).strip()
            found = f"{what}: {item.get('action') or 'forward'} to {item.get('target') or 'an unknown address'}"
            note = f" ({item['note']})" if item.get("note") else ""
            message = f"mail is sent on by {found}{note}" if active else f"switched off, but there: {found}{note}"
            mailbox = evidence.declared.get(name, name)
            yield evidence.finding("forwarding-set" if active else "forwarding-inactive", mailbox, system, message, found=found)
    for managed in evidence.ours():
        found = "; ".join(
            f"{name}: {_said(value)}" for name, value in (managed.live.settings or {}).items() if name in FORWARDING and value
        )
        if found and (managed.live.name, managed.live.system, "property") not in reported:
            yield managed.finding("forwarding-set", f"mail is sent on by {found}", found=found)
