"""The modules of ``library/``, run in this process with the arguments that the roles give them: a run without Ansible around it.

For tests of what a module does on its server, and to make what a test begins with. It takes a twentieth of a playbook's time. What the
playbooks do themselves (the review, the lock, reports, exit codes, words on the terminal) is tested with the playbooks.
"""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_server
from ansible.module_utils.postroom.arguments.mailboxes import pack_mailboxes
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.declarations import read_schema, validate_folder
from ansible.module_utils.postroom.backends.directory import view_of
from ansible.module_utils.postroom.core.declarations.report import as_text
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.packed import pack
from ansible.module_utils.postroom.core.run.holding_back import held_back
from ansible.module_utils.postroom.core.systems import System
from ansible.module_utils.testing import patch_module_args

ROOT = Path(__file__).parents[2]
Result = dict[str, Any]
Keys = Mapping[System, Mapping[str, object]]
"""What is set of how a server is reached, by system."""


@cache
def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"library_{name}", ROOT / "library" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_module(name: str, *, check: bool = False, **arguments: object) -> Result:
    """What the module returns, with its ``warnings``; also when it fails."""
    said = io.StringIO()
    warned: list[str] = []
    given = patch_module_args({**arguments, "_ansible_check_mode": check})
    # Where a test has loaded what Ansible has on the control node, warnings would be printed there.
    collecting = patch.object(AnsibleModule, "warn", lambda module, message: warned.append(message))
    with given, collecting, redirect_stdout(said), pytest.raises(SystemExit):
        _module(name).main()
    result: Result = json.loads(said.getvalue())
    return result | {"warnings": warned}


@cache
def _schema() -> Any:
    return read_schema(ROOT / "schemas" / "mailbox.schema.json")


def declared_in(folder: Path, only: Iterable[str] = ()) -> list[Mailbox]:
    """The valid declarations of a folder."""
    return list(validate_folder(folder, frozenset(only), _schema(), None).mailboxes)


@dataclass(frozen=True)
class Modules:
    """``servers`` says how each is reached: what the inventory says."""

    servers: Keys

    def server(self, system: System, keys: Mapping[str, object] | None = None) -> dict[str, object]:
        return {**self.servers[system], **(keys or {})}

    def converge(self, mailboxes: list[Mailbox], *, check: bool = False, keys: Keys | None = None) -> dict[System, Result]:
        """Each system in its turn. Exchange is not asked when nothing is declared for it; ``keys`` are set of how a server is reached."""
        backends = sorted({mailbox.backend for mailbox in mailboxes})
        results: dict[System, Result] = {}
        order: list[tuple[System, str]] = [("exchange", "exchange_mailboxes"), ("cyrus", "cyrus_mailboxes")]
        for system, module in (*order, ("directory", "directory_entries")):
            if system == "exchange" and system not in backends:
                continue
            results[system] = run_module(
                module, check=check, mailboxes=pack_mailboxes(mailboxes), hold_back=list(held_back(system, results, backends)),
                server=self.server(system, (keys or {}).get(system)),
            )  # fmt: skip
        return results

    def problems(self, folder: Path, keys: Mapping[str, object]) -> str:
        """What the check of the declarations says with the directory at hand."""
        server = defaults(DIRECTORY) | self.server("directory", keys)
        view = view_of(directory_server(server), server["ownership_mark"], ())
        return as_text(validate_folder(folder, frozenset(), _schema(), view, date.today()))

    def observed(self, keys: Keys | None = None, *, exchange: bool = False, mailboxes: str = "[]") -> list[Result]:
        """What runs, by the modules that look. ``mailboxes`` are the declared ones, whose addresses others on Exchange may have."""
        asked: dict[System, str] = {"cyrus": "cyrus_mailboxes_info", "directory": "directory_entries_info"}
        if exchange:
            asked["exchange"] = "exchange_mailboxes_info"
        told = {system: {"mailboxes": mailboxes} if system == "exchange" else {} for system in asked}
        return [run_module(name, server=self.server(system, (keys or {}).get(system)), **told[system]) for system, name in asked.items()]

    def audit(
        self, folder: Path, report_dir: Path, names: Iterable[str], *, exchange: bool = False, keys: Keys | None = None, **options: object
    ) -> Result:
        """What audit_report returns of these mailboxes, with ``audit.json`` as its ``document``. ``options`` are arguments of its own."""
        validation = validate_folder(folder, frozenset(names), _schema(), None)
        mailboxes = pack_mailboxes(validation.mailboxes)
        servers = {"cyrus": self.server("cyrus", (keys or {}).get("cyrus"))}
        forwarding = [run_module("cyrus_forwarding", check=True, mailboxes=mailboxes, server=servers["cyrus"])]
        if exchange:
            servers["exchange"] = self.server("exchange", (keys or {}).get("exchange"))
            looked = run_module("exchange_forwarding", check=True, mailboxes=mailboxes, others=["*"], server=servers["exchange"])
            forwarding.append(looked)
        result = run_module(
            "audit_report", mailboxes=mailboxes, mailboxes_dir=str(folder), only=list(names), report_dir=str(report_dir),
            invalid=pack(finding.as_dict() for finding in validation.findings if finding.severity == "error"),
            observed=self.observed(keys, exchange=exchange, mailboxes=mailboxes), forwarding=forwarding, **servers, **options,
        )  # fmt: skip
        assert not result.get("failed"), result
        return {**result, "document": json.loads((report_dir / "audit.json").read_text())}

    def remove_forwarding(self, mailboxes: list[Mailbox], report_dir: Path) -> Result:
        """Takes away the Sieve scripts that forward, after a copy was kept of each."""
        given = {"mailboxes": pack_mailboxes(mailboxes), "server": self.server("cyrus"), "remove": True}
        looked = run_module("cyrus_forwarding", check=True, **given)
        if not looked["copies"]:
            return looked
        kept = run_module("removed_copies", copies=looked["copies"], report_dir=str(report_dir))
        return run_module("cyrus_forwarding", copied=kept["copied"], **given)
