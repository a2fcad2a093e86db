"""``audit.prom``: an audit in numbers, in the text format that node_exporter's textfile collector reads.

Prometheus documentation, "Exposition formats", text-based format. Every kind of finding has a value, so that a rule can tell none from
not looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..systems import BACKENDS
from .kinds import RULES

Sample = tuple[Mapping[str, str], int]


def as_metrics(document: Mapping[str, Any], timestamp: int) -> str:
    """``timestamp`` is the time of the audit, in seconds since 1970."""
    by_id = document["summary"]["by_id"]
    mailboxes = document["mailboxes"]
    declared = Counter((one["backend"], one["state"]) for one in mailboxes if one["declared"])
    families: tuple[tuple[str, str, list[Sample]], ...] = (
        ("postroom_audit_timestamp_seconds", "When the audit was made.", [({}, timestamp)]),
        (
            "postroom_server_answered", "Whether a server told what it holds.",
            [({"system": one["system"], "server": one["server"]}, int(one["answered"])) for one in document["servers"]],
        ),
        (
            "postroom_findings", "Findings of the audit by kind.",
            [({"id": rule.id, "severity": rule.severity}, by_id.get(rule.id, 0)) for rule in RULES.values()],
        ),
        (
            "postroom_mailboxes", "Declared mailboxes.",
            [({"backend": backend, "state": state}, declared[backend, state]) for backend in BACKENDS for state in ("present", "retired")],
        ),
        ("postroom_mailboxes_undeclared", "Shared mailboxes that no file declares.", [({}, sum(not one["declared"] for one in mailboxes))]),
        ("postroom_quota_bytes", "Sum of the quotas of shared mailboxes.", _sums(mailboxes, "quota_kib")),
        ("postroom_used_bytes", "Sum of what shared mailboxes use.", _sums(mailboxes, "used_kib")),
    )  # fmt: skip
    return "".join(_family(name, text, samples) for name, text, samples in families)


def _sums(mailboxes: Iterable[Mapping[str, Any]], key: str) -> list[Sample]:
    return [({"backend": backend}, 1024 * sum(one[key] or 0 for one in mailboxes if one["backend"] == backend)) for backend in BACKENDS]


def _family(name: str, help_text: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
    for labels, value in {tuple(labels.items()): value for labels, value in samples}.items():
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        lines.append(f"{name}{'{' + shown + '}' if shown else ''} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
