"""The parameters of the cmdlets that the practice endpoint has: a table of facts, and what makes it from the documentation's.

``python -m lab.exchange.cmdlet_table exchange-cmdlets.json`` writes ``cmdlet_table.json`` anew, with what exists in Exchange 2016, 2019
and SE, and ``cmdlet_table_online.json``, with what exists in Exchange Online. Some cmdlets that the reference lacks are written here by
hand, from their documentation pages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lab.exchange.behaviour import Deployment

TABLES: Mapping[Deployment, Path] = {
    "on_premises": Path(__file__).with_name("cmdlet_table.json"),
    "online": Path(__file__).with_name("cmdlet_table_online.json"),
}

RECIPIENT_TASKS = "Microsoft.Exchange.Management.RecipientTasks"
SYSTEM_TASKS = "Microsoft.Exchange.Management.SystemConfigurationTasks"
MAPI_TASKS = "Microsoft.Exchange.Management.MapiTasks"
STORE_TASKS = "Microsoft.Exchange.Management.Common"

# Cmdlet: (namespace of its class, default parameter set, asks before it acts). The documentation's tables have neither; a default set
# that they do mark is kept.
CMDLETS: Mapping[str, tuple[str, str, bool]] = {
    "Get-Mailbox": (RECIPIENT_TASKS, "Identity", False),
    "New-Mailbox": (RECIPIENT_TASKS, "User", False),
    "Set-Mailbox": (RECIPIENT_TASKS, "Identity", False),
    "Disable-Mailbox": (RECIPIENT_TASKS, "Identity", True),
    "Remove-Mailbox": (RECIPIENT_TASKS, "Identity", True),
    "Connect-Mailbox": (MAPI_TASKS, "User", False),
    "Get-MailboxPermission": (RECIPIENT_TASKS, "AccessRights", False),
    "Add-MailboxPermission": (RECIPIENT_TASKS, "AccessRights", False),
    "Remove-MailboxPermission": (RECIPIENT_TASKS, "AccessRights", True),
    "Get-ADPermission": (RECIPIENT_TASKS, "AccessRights", False),
    "Add-ADPermission": (RECIPIENT_TASKS, "AccessRights", False),
    "Remove-ADPermission": (RECIPIENT_TASKS, "AccessRights", True),
    "Get-Recipient": (RECIPIENT_TASKS, "Identity", False),
    "Get-User": (RECIPIENT_TASKS, "Identity", False),
    "Get-CASMailbox": (RECIPIENT_TASKS, "Identity", False),
    "Set-CASMailbox": (RECIPIENT_TASKS, "Identity", False),
    "Get-InboxRule": (STORE_TASKS, "Identity", False),
    "New-InboxRule": (STORE_TASKS, "Identity", False),
    "Enable-InboxRule": (STORE_TASKS, "Identity", False),
    "Disable-InboxRule": (STORE_TASKS, "Identity", True),
    "Remove-InboxRule": (STORE_TASKS, "Identity", True),
    "Get-MailboxStatistics": (MAPI_TASKS, "Identity", False),
    "Get-MailboxDatabase": (SYSTEM_TASKS, "Identity", False),
    "Set-ADServerSettings": (SYSTEM_TASKS, "FullParams", False),
    "Get-OrganizationConfig": (SYSTEM_TASKS, "Identity", False),
    "Get-SecurityPrincipal": (RECIPIENT_TASKS, "Identity", False),
}
NOT_ONLINE = frozenset({
    "Get-ADPermission", "Add-ADPermission", "Remove-ADPermission", "Disable-Mailbox", "Connect-Mailbox", "Get-MailboxDatabase",
    "Set-ADServerSettings", "Get-SecurityPrincipal",
})  # fmt: skip
"""Commands that Exchange Online has not, or that are not played there."""
ONLINE: Mapping[str, tuple[str, str, bool]] = {
    **{name: entry for name, entry in CMDLETS.items() if name not in NOT_ONLINE},
    "Get-RecipientPermission": (RECIPIENT_TASKS, "Identity", False),
    "Add-RecipientPermission": (RECIPIENT_TASKS, "Identity", True),
    "Remove-RecipientPermission": (RECIPIENT_TASKS, "Identity", True),
    "Connect-ExchangeOnline": ("Microsoft.Exchange.Management.ExoPowershellSnapin", "Identity", False),
}

EXISTS: Mapping[Deployment, str] = {"on_premises": "on_prem_2016_2019_se", "online": "cloud"}
"""What the documentation's tables say of a parameter."""

# The documentation gives cmdlets with one set the name "(default)", and leaves out the sets that have no parameter of their own.
UNNAMED_SETS = {"(default)": "Identity", "Identity (Default)": "Identity"}
PLAIN_SET = {"Disable-Mailbox": "Identity"}
ON_PREMISES_SETS = {"Set-Mailbox": ("Identity",), "Remove-Mailbox": ("Identity", "StoreMailboxIdentity")}

BY_HAND: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "New-InboxRule": {
        "Name": {"type": "String", "required": ["Identity"]},
        "Mailbox": {"type": "MailboxIdParameter"},
        "Priority": {"type": "Int32"},
        "From": {"type": "RecipientIdParameter[]"},
        "SentTo": {"type": "RecipientIdParameter[]"},
        "SubjectContainsWords": {"type": "MultiValuedProperty"},
        "BodyContainsWords": {"type": "MultiValuedProperty"},
        "SubjectOrBodyContainsWords": {"type": "MultiValuedProperty"},
        "ForwardTo": {"type": "RecipientIdParameter[]"},
        "RedirectTo": {"type": "RecipientIdParameter[]"},
        "ForwardAsAttachmentTo": {"type": "RecipientIdParameter[]"},
        "DeleteMessage": {"type": "Boolean"},
        "MarkAsRead": {"type": "Boolean"},
        "StopProcessingRules": {"type": "Boolean"},
    },
    "Enable-InboxRule": {
        "Identity": {"type": "InboxRuleIdParameter", "required": ["Identity"], "position": 1, "pipeline": True},
        "Mailbox": {"type": "MailboxIdParameter"},
    },
    "Get-SecurityPrincipal": {
        "Identity": {"type": "ExtendedSecurityPrincipalIdParameter", "position": 1, "pipeline": True},
        "Types": {
            "type": "SecurityPrincipalType[]",
            "values": ["WellknownSecurityPrincipal", "UserSecurityPrincipal", "GroupSecurityPrincipal", "Computer"],
        },
        "ResultSize": {"type": "Unlimited"},
        "DomainController": {"type": "Fqdn"},
    },
    "Connect-ExchangeOnline": {
        "AppId": {"type": "String"},
        "CertificateThumbprint": {"type": "String"},
        "Organization": {"type": "String"},
        "ShowBanner": {"type": "SwitchParameter"},
    },
    "Set-ADServerSettings": {
        "PreferredServer": {"type": "Fqdn", "sets": ["SingleDC"], "position": 1},
        "ConfigurationDomainController": {"type": "Fqdn", "sets": ["FullParams"]},
        "PreferredGlobalCatalog": {"type": "Fqdn", "sets": ["FullParams"]},
        "SetPreferredDomainControllers": {"type": "MultiValuedProperty", "sets": ["FullParams"]},
        "RecipientViewRoot": {"type": "String"},
        "ViewEntireForest": {"type": "Boolean"},
        "Confirm": {"type": "SwitchParameter", "aliases": ["cf"]},
        "WhatIf": {"type": "SwitchParameter", "aliases": ["wi"]},
    },
}
_RULE_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "AlwaysDeleteOutlookRulesBlob": {"type": "SwitchParameter"},
    "Confirm": {"type": "SwitchParameter", "aliases": ["cf"]},
    "DomainController": {"type": "Fqdn"},
    "Force": {"type": "SwitchParameter"},
    "WhatIf": {"type": "SwitchParameter", "aliases": ["wi"]},
}
HAND_SETS = {"Set-ADServerSettings": ["FullParams", "SingleDC"]}

ACTIONS = ["SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore"]
COMMON: Mapping[str, Mapping[str, Any]] = {
    "Verbose": {"type": "SwitchParameter", "aliases": ["vb"]},
    "Debug": {"type": "SwitchParameter", "aliases": ["db"]},
    "ErrorAction": {"type": "ActionPreference", "aliases": ["ea"], "values": ACTIONS},
    "WarningAction": {"type": "ActionPreference", "aliases": ["wa"], "values": ACTIONS},
    "InformationAction": {"type": "ActionPreference", "aliases": ["infa"], "values": ACTIONS},
    "ErrorVariable": {"type": "String", "aliases": ["ev"]},
    "WarningVariable": {"type": "String", "aliases": ["wv"]},
    "InformationVariable": {"type": "String", "aliases": ["iv"]},
    "OutVariable": {"type": "String", "aliases": ["ov"]},
    "OutBuffer": {"type": "Int32", "aliases": ["ob"]},
    "PipelineVariable": {"type": "String", "aliases": ["pv"]},
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``required`` are the parameter sets in which it is mandatory; ``position`` counts from 1."""

    name: str
    type: str
    sets: frozenset[str]
    required: frozenset[str] = frozenset()
    position: int | None = None
    pipeline: bool = False
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cmdlet:
    name: str
    type: str
    default_set: str
    asks: bool
    sets: frozenset[str]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@cache
def cmdlets(deployment: Deployment = "on_premises") -> Mapping[str, Cmdlet]:
    """The table as it is in the project, by the cmdlet's name in lower case."""
    table = json.loads(TABLES[deployment].read_text(encoding="utf-8"))
    return {name.lower(): _cmdlet(name, entry, table["common"]) for name, entry in table["cmdlets"].items()}


def _cmdlet(name: str, entry: Mapping[str, Any], common: Mapping[str, Mapping[str, Any]]) -> Cmdlet:
    every = frozenset(entry["sets"])
    parameters = {key: _parameter(key, value, every) for key, value in {**entry["parameters"], **common}.items()}
    return Cmdlet(name, entry["type"], entry["default_set"], entry["asks"], every, parameters)


def _parameter(name: str, entry: Mapping[str, Any], every: frozenset[str]) -> Parameter:
    return Parameter(
        name, entry["type"], frozenset(entry.get("sets", every)), frozenset(entry.get("required", ())), entry.get("position"),
        entry.get("pipeline", False), tuple(entry.get("aliases", ())), tuple(entry.get("values", ())),
    )  # fmt: skip


def from_reference(reference: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The table's content, from the documentation's tables in ``exchange-cmdlets.json``."""
    entries = {}
    for name, (namespace, default_set, asks) in (ONLINE if deployment == "online" else CMDLETS).items():
        documented = reference["cmdlets"].get(name)
        parameters = _documented(name, documented["parameters"], EXISTS[deployment]) if documented else _by_hand(name)
        if deployment == "online":
            parameters.pop("DomainController", None)
        sets = sorted({item for entry in parameters.values() for item in entry.get("sets", ())} | {default_set})
        entries[name] = {
            "type": f"{namespace}.{name.replace('-', '')}",
            "default_set": default_set,
            "asks": asks,
            "sets": sets,
            "parameters": {key: _trimmed(value, sets) for key, value in sorted(parameters.items())},
        }
    return {"about": "Made by lab/exchange/cmdlet_table.py; do not edit.", "common": COMMON, "cmdlets": entries}


def _documented(cmdlet: str, parameters: Mapping[str, Mapping[str, Any]], exists: str) -> dict[str, dict[str, Any]]:
    found = {}
    for name, documented in parameters.items():
        if not documented.get(exists):
            continue
        sets = {UNNAMED_SETS.get(key, key): value["required"] for key, value in documented["syntax_sets"].items()}
        sets = {key: value for key, value in sets.items() if key in ON_PREMISES_SETS.get(cmdlet, sets)}
        if not sets:
            continue
        if cmdlet in PLAIN_SET and name in {"Identity", "Confirm", "WhatIf", "DomainController", "IgnoreDefaultScope", "IgnoreLegalHold"}:
            sets[PLAIN_SET[cmdlet]] = name == "Identity"
        found[name] = {
            "type": documented["type"],
            "sets": sorted(sets),
            "required": sorted(key for key, required in sets.items() if required),
            "position": documented["position"] if documented["position"] != "Named" else None,
            "pipeline": documented["pipeline_input"],
            "aliases": documented.get("aliases", []),
            "values": [value for value in documented.get("valid_values", ()) if not value.startswith("$")],
        }
    return found


def _by_hand(cmdlet: str) -> dict[str, dict[str, Any]]:
    own = {**BY_HAND[cmdlet], **(_RULE_PARAMETERS if cmdlet.endswith("-InboxRule") else {})}
    return {name: {"sets": HAND_SETS.get(cmdlet, ["Identity"]), **entry} for name, entry in own.items()}


def _trimmed(entry: Mapping[str, Any], every: Iterable[str]) -> dict[str, Any]:
    """Without what is empty, and without the sets where the parameter is in all of them."""
    kept = {key: value for key, value in entry.items() if value}
    if kept.get("sets") == list(every):
        del kept["sets"]
    return kept


def rendered(table: Mapping[str, Any]) -> str:
    """The table as text: one line per parameter, so that changes can be read."""
    lines = ["{", f' "about": {json.dumps(table["about"])},', ' "common": {']
    lines += _lines(table["common"], "  ")
    lines += [" },", ' "cmdlets": {']
    last = len(table["cmdlets"]) - 1
    for index, (name, entry) in enumerate(table["cmdlets"].items()):
        head = {key: value for key, value in entry.items() if key != "parameters"}
        lines.append(f'  {json.dumps(name)}: {json.dumps(head)[:-1]}, "parameters": {{')
        lines += _lines(entry["parameters"], "   ")
        lines.append("  }}" + ("," if index < last else ""))
    return "\n".join([*lines, " }", "}", ""])


def _lines(entries: Mapping[str, Any], indent: str) -> list[str]:
    lines = [f"{indent}{json.dumps(name)}: {json.dumps(entry)}," for name, entry in entries.items()]
    return [*lines[:-1], *(line.rstrip(",") for line in lines[-1:])]


if __name__ == "__main__":
    facts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for deployment, path in TABLES.items():
        path.write_text(rendered(from_reference(facts, deployment)), encoding="utf-8")
