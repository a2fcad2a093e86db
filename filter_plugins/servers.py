"""Filters: which servers a run has, what their modules returned, and what may be made there.

Filters run on the control node. They import Postroom by the one name that modules use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

MODULE_UTILS = str(Path(__file__).parents[1] / "module_utils")
if MODULE_UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(MODULE_UTILS)

from ansible.module_utils.postroom.core.run import holding_back, one_host, variables  # noqa: E402
from ansible.module_utils.postroom.core.run.module_result import Asked, as_result  # noqa: E402
from ansible.module_utils.postroom.core.systems import BACKENDS, SYSTEMS, Backend, System  # noqa: E402

Groups = Mapping[str, Sequence[str]]
HostVars = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a task leaves its result. That of one that is not ``expected`` is left out when it did not run, that of one that only serves
    another (``serves``) also when it succeeded."""

    of: str
    group: str
    variable: str
    task: str
    is_expected: bool = True
    serves: bool = False

    def is_due(self, result: Mapping[str, Any]) -> bool:
        if "skipped" in result or not (result or self.is_expected):
            return False
        return not self.serves or bool(result.get("failed") or result.get("unreachable"))

    def asked(self, host: str) -> Asked:
        return Asked(self.of, host, self.task)


def _of(system: System, variable: str, task: str, *, is_expected: bool = True, serves: bool = False) -> Registered:
    return Registered(system, SYSTEMS[system].inventory_group, variable, task, is_expected, serves)


REGISTERED: Mapping[str, Sequence[Registered]] = {
    "plan": (
        _of("cyrus", "cyrus_mailboxes__result", "Configure the shared mailboxes on Cyrus"),
        _of("directory", "directory_entries__result", "Configure the entries of shared mailboxes"),
        _of("exchange", "exchange_mailboxes__result", "Configure the shared mailboxes on Exchange"),
    ),
    "observed": (
        _of("cyrus", "cyrus_mailboxes__info", "Read all mailboxes of Cyrus"),
        _of("exchange", "exchange_mailboxes__info", "Read all shared mailboxes of Exchange"),
        _of("directory", "directory_entries__info", "Read the entries of shared mailboxes and the people"),
    ),
    "forwarding": (
        _of("cyrus", "cyrus_mailboxes__forwarding", "Look for Sieve scripts that forward", is_expected=False),
        _of("cyrus", "cyrus_mailboxes__copies", "Keep a copy of each script that is to be removed", is_expected=False, serves=True),
        _of("exchange", "exchange_mailboxes__forwarding", "Look for forwarding", is_expected=False),
        _of("exchange", "exchange_mailboxes__copies", "Keep a copy of each rule that is to be removed", is_expected=False, serves=True),
    ),
    "letters": (Registered("letters", one_host.CONTROL, "letters__result", "Write the letters", is_expected=False),),
}
"""The results that reports are made of, by what they are about."""


def refused_hosts(groups: Groups, asked: Collection[str]) -> list[str]:
    """Why a run with these hosts is refused, a sentence each; empty when it is not. ``asked`` are the hosts that ``--limit`` leaves."""
    return list(one_host.refusals(groups, asked))


def refused_variables(hostvars: HostVars, groups: Groups) -> list[str]:
    """Why a run with these variables is refused, a sentence each; empty when it is not."""
    hosts = [host for group in groups.values() for host in group]
    set_here = {name for host in hosts for name in hostvars[host]}
    return list(variables.refusals(set_here, next((hostvars[host].get("forwarding", "") for host in hosts), "")))


def unknown_variables(known: Sequence[str]) -> list[str]:
    """Why a run with what follows ``-e`` is refused, a sentence each: what is neither known nor a variable of a role or of Ansible."""
    return list(variables.unknown(load_extra_vars(DataLoader()), known))


def backends_with_servers(groups: Groups) -> list[Backend]:
    return [backend for backend in BACKENDS if groups.get(SYSTEMS[backend].inventory_group)]


def host_of(hostvars: HostVars, system: System, groups: Groups) -> Mapping[str, Any]:
    """The variables of the system's server; none when the inventory has no such server."""
    hosts = groups.get(SYSTEMS[system].inventory_group)
    return hostvars[hosts[0]] if hosts else {}


def results_of(hostvars: HostVars, what: str, groups: Groups) -> list[dict[str, Any]]:
    """What the modules returned in this run, each with its system and server; what died or never ran says so.

    ``what`` is a key of ``REGISTERED``. Raises AnsibleError for another.
    """
    if what not in REGISTERED:
        raise AnsibleError(f"there are no results of {what}; there are those of {', '.join(REGISTERED)}")
    return list(_results(hostvars, REGISTERED[what], groups))


def _results(hostvars: HostVars, wanted: Sequence[Registered], groups: Groups) -> Iterator[dict[str, Any]]:
    for registered in wanted:
        for host in groups.get(registered.group, ())[:1]:
            result = _result(hostvars[host], registered.variable)
            if registered.is_due(result):
                yield as_result(result, registered.asked(host), () if "system" in result else _secrets(hostvars[host]))


def _result(variables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return (variables[name] or {}) if name in variables else {}


def _secrets(variables: Mapping[str, Any]) -> Iterator[str]:
    """Every password that the host's variables have: what a program says when it dies went through no module's hands."""
    for name in variables:
        if "password" in name or name.endswith("__server") or name.startswith("connection_to_"):
            try:
                yield from _passwords(name, variables[name])
            except AnsibleError:  # it cannot be made of what there is, so no module had it
                continue


def _passwords(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _passwords(str(key), inner)
    elif "password" in name and isinstance(value, str):
        yield value


def held_back(hostvars: HostVars, system: System, groups: Groups, declared: Collection[Backend]) -> list[str]:
    """The mailboxes that may not be made on the system in this run: see ``core/run/holding_back.py``."""
    results = {
        registered.of: _result(hostvars[hosts[0]], registered.variable)
        for registered in REGISTERED["plan"]
        if (hosts := groups.get(registered.group))
    }
    return list(holding_back.held_back(system, results, declared))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        return {
            "refused_hosts": refused_hosts,
            "refused_variables": refused_variables,
            "unknown_variables": unknown_variables,
            "backends_with_servers": backends_with_servers,
            "host_of": host_of,
            "results_of": results_of,
            "held_back": held_back,
        }
