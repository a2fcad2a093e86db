"""What the figures of Cyrus and the directory are measured on: the lab, and declarations of mailboxes of their own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import ROOT
from .measuring import Work, cost_of_command

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
DECLARATION = """\
address: {name}@UGent.be
display_name: Practice mailbox {n}
purpose: Questions from students about practical number {n}
unit: {{type: lab, name: Vakgroep Informatica}}
abbreviations: {{}}
requested_by: ajanssens
members: [ajanssens, bpeeters, cdevos]
backend: cyrus
"""
EMPTY = "- hosts: control\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: {msg: nothing}\n"
EXCHANGE = ("exchange_servers",)
"""The inventory's groups that most figures do without: Exchange has figures of its own."""
STRICT = "plan_report__touched_maximum: 1\nplan_report__touched_percent: 0\n"
"""The limits of a run, as tight as they can be: whoever fills a server has to allow it, whatever the number."""


def lab_directory() -> Path:
    return Path(os.environ.get("POSTROOM_LAB_DIR") or ROOT / ".lab").resolve()


@dataclass(frozen=True)
class Practice:
    """``count`` declarations below ``folder``, of mailboxes called ``prefix.`` and three syllables."""

    folder: Path
    count: int
    prefix: str

    @property
    def lab(self) -> Path:
        return lab_directory()

    @cached_property
    def ports(self) -> dict[str, int]:
        ports: dict[str, int] = json.loads((self.lab / "ports.json").read_text())
        return ports

    def secret(self, name: str) -> str:
        return (self.lab / "secrets" / f"{name}_password").read_text().strip()

    @cached_property
    def names(self) -> list[str]:
        return [f"{self.prefix}.{_syllables(n)}" for n in range(self.count)]

    @cached_property
    def declarations(self) -> list[Path]:
        """The files, which are written when this is asked for first."""
        paths = []
        for n, name in enumerate(self.names):
            path = self.folder / "mailboxes" / f"{n // 1000:02}" / f"{name}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(DECLARATION.format(n=n, name=name.capitalize()))
            paths.append(path)
        return paths

    def inventory(self, without: Sequence[str]) -> Path:
        """The lab's, with the strictest limits, and without these groups of servers."""
        copy = self.folder / "-".join(["inventory", *without])
        if not copy.exists():
            shutil.copytree(ROOT / "inventories" / "lab", copy)
            (copy / "group_vars" / "all" / "strict.yml").write_text(STRICT)
            hosts = copy / "hosts.yml"
            kept = [line for line in hosts.read_text().splitlines(True) if not line.strip().startswith(tuple(without))]
            hosts.write_text("".join(kept))
        return copy

    def command(self, playbook: str, *, without: Sequence[str] = EXCHANGE, **variables: object) -> Sequence[str | Path]:
        assert self.declarations
        given: dict[str, object] = {"mailboxes_dir": str(self.folder / "mailboxes"), "report_dir": str(self.folder / "reports")}
        given |= {"lab__checkout": str(ROOT), "letters__smtp_host": "", **variables}
        inventory = self.inventory(without)
        return [ANSIBLE_PLAYBOOK, "-i", inventory, f"playbooks/{playbook}.yml", "-e", json.dumps(given)]

    def playbook(self, playbook: str, *, without: Sequence[str] = EXCHANGE, **variables: object) -> Work:
        command = self.command(playbook, without=without, **variables)
        return lambda: cost_of_command(command, ROOT)

    def empty_playbook(self, *, without: Sequence[str] = EXCHANGE) -> Work:
        """One task that says a word: what Ansible takes for itself."""
        book = self.folder / "empty.yml"
        book.write_text(EMPTY)
        command: list[str | Path] = [ANSIBLE_PLAYBOOK, "-i", self.inventory(without), book, "-e", f"lab__checkout={ROOT}"]
        return lambda: cost_of_command(command, ROOT)


def _syllables(n: int) -> str:
    """Three that nobody finds hard to type, for a warning would be printed for each mailbox; another word for each number below
    274,625."""
    syllables = [consonant + vowel for consonant in "bdfgkmnprstvz" for vowel in "aeiou"]
    n = n * 7919 % len(syllables) ** 3
    return "".join(syllables[n // len(syllables) ** power % len(syllables)] for power in range(3))
