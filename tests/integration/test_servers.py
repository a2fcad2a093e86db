"""One server of each system; and one whose module dies, or that cannot be reached, does not keep the others from their turn."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import MAILBOXES, ROOT, Lab, Repository

Inventory = Callable[..., Path]
LAB = ROOT / "inventories" / "lab"
DEAD_MODULE = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
raise RuntimeError("the module broke")
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """The lab's inventory, in which Cyrus is on these hosts; ``imap1`` is another name for this machine, with these variables."""

    def made(*hosts: str, **variables: object) -> Path:
        folder = tmp_path / "inventory"
        shutil.copytree(ROOT / "inventories" / "lab", folder)
        content: dict[str, Any] = yaml.safe_load((folder / "hosts.yml").read_text())
        lab = content["all"]["hosts"]["lab"]
        content["all"]["hosts"]["imap1"] = {**lab, **variables}
        content["all"]["children"]["cyrus_servers"] = {"hosts": {host: {} for host in hosts}}
        (folder / "hosts.yml").write_text(yaml.safe_dump(content, sort_keys=False))
        return folder

    return made


def is_locked(lab: Lab) -> bool:
    return "apply lock" in lab.ldap("ldapsearch", "-LLL", "-b", MAILBOXES, "(cn=apply lock)", "cn")


@pytest.mark.parametrize(
    ("playbook", "question"),
    [("plan", {}), ("apply", {}), ("audit", {}), ("adopt", {}), ("who", {"live": True, "person": "ajanssens"})],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_second_host_of_a_system_is_refused_before_anything_is_asked(
    repository: Repository, lab: Lab, inventory: Inventory, playbook: str, question: dict[str, object]
) -> None:
    repository.inventory = inventory("lab", "imap1")
    name = repository.declare(repository.name())
    run = repository.run(playbook, **question)
    assert run.code != 0
    assert "the inventory has 2 hosts in cyrus_servers (lab, imap1), and Postroom takes one" in run.said
    assert run.output.count("TASK [") == 1
    assert not lab.exists(f"user/{name}")
    assert lab.entry(name) == ""
    assert not is_locked(lab)


def test_a_limit_that_leaves_a_system_out_is_refused(repository: Repository, lab: Lab, inventory: Inventory) -> None:
    repository.inventory = inventory("imap1")
    name = repository.declare(repository.name())
    run = repository.run("apply", "--limit", "lab")
    assert run.code != 0
    assert "--limit leaves out imap1 of cyrus_servers" in run.said
    assert lab.entry(name) == ""
    assert not is_locked(lab)


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class World:
    """A world in which Cyrus' module dies; ``says`` is what has to be told."""

    inventory: Inventory
    variables: dict[str, object]
    library: Path | None
    says: str
    patch: pytest.MonkeyPatch

    def broken(self, module: str) -> Path:
        if self.library:
            self.library.mkdir()
            (self.library / f"{module}.py").write_text(DEAD_MODULE)
            self.patch.setenv("ANSIBLE_LIBRARY", f"{self.library}:{ROOT / 'library'}")
        return self.inventory("imap1", **self.variables)


@pytest.fixture(params=["no interpreter", "no connection", "the module raises"])
def world(request: pytest.FixtureRequest, inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    by_ssh: dict[str, object] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": closed_port()}
    ways: dict[str, tuple[dict[str, object], Path | None, str]] = {
        "no interpreter": (
            {"ansible_python_interpreter": "/nonexistent/python3"},
            None,
            "failed: The module interpreter '/nonexistent/python3' was not found.",
        ),
        "no connection": (by_ssh, None, "the host cannot be reached, so the task"),
        "the module raises": ({}, tmp_path / "library", "RuntimeError: the module broke"),
    }
    return World(inventory, *ways[request.param], monkeypatch)


def test_apply_tells_a_system_that_died_and_does_the_others(repository: Repository, lab: Lab, world: World) -> None:
    on_cyrus, on_exchange, new = repository.made(), repository.made(backend="exchange"), repository.name()
    repository.declare(on_cyrus, purpose="Another purpose", quota_gb=7)
    repository.declare(on_exchange, backend="exchange", display_name="Another name")
    repository.declare(new, backend="exchange")
    repository.inventory = world.broken("cyrus_mailboxes")
    run = repository.run("apply")
    assert run.code != 0
    assert "on cyrus (imap1): " in run.said
    assert "'Configure the shared mailboxes on Cyrus'" in run.said
    assert world.says in run.said
    assert "Another purpose" in lab.entry(on_cyrus)
    with lab.exchange() as exchange:
        assert exchange.mailbox(on_exchange)["DisplayName"] == "Another name"
        assert not exchange.exists(new)  # it could live on Cyrus
    assert lab.entry(new) == ""
    assert not is_locked(lab)
    repository.converge()
    assert lab.entry(new) != ""


def test_the_audit_tells_a_system_that_died_and_looks_at_the_others(repository: Repository, world: World) -> None:
    name = repository.declare(repository.name())
    repository.inventory = world.broken("cyrus_mailboxes_info")
    run = repository.run("audit", only=[name])
    assert run.code != 0
    findings = json.loads((repository.folder / "reports" / "audit.json").read_text())["findings"]
    unavailable = [finding for finding in findings if finding["id"] == "server-unavailable"]
    assert {(finding["system"], finding["server"]) for finding in unavailable} == {("cyrus", "imap1")}
    (message,) = [finding["message"] for finding in unavailable if "'Read all mailboxes of Cyrus'" in finding["message"]]
    assert world.says in message
    assert ("missing", "directory") in [(finding["id"], finding["system"]) for finding in findings]


def test_an_entry_is_not_made_before_its_mailbox_when_cyrus_gives_no_answer(repository: Repository, lab: Lab) -> None:
    """Nothing is declared for Cyrus, but the mailbox could live there, so Exchange makes none: mail must not go there."""
    repository.inventory = LAB
    name = repository.declare(repository.name(), backend="exchange")
    run = repository.run("apply", cyrus_mailboxes__port=closed_port(), cyrus_mailboxes__host_tools={})
    assert run.code != 0
    with lab.exchange() as exchange:
        assert not exchange.exists(name)
    assert lab.entry(name) == ""


def test_modules_are_sent_to_a_host_with_another_python(repository: Repository, lab: Lab, inventory: Inventory) -> None:
    """Here they run in Ansible's own process otherwise."""
    other = sys.executable.rpartition("/")[0] + f"/python3.{sys.version_info.minor}"
    repository.inventory = inventory("imap1", ansible_python_interpreter=other)
    name = repository.declare(repository.name())
    run = repository.apply("-vvv")
    assert lab.exists(f"user/{name}")
    assert f"{other} '" in run.output or f"{other} &&" in run.output or f"'{other}" in run.output
    assert lab.secret("cyrus") not in run.output
    assert repository.apply("-vvv").output.count("changed=0") == 2
