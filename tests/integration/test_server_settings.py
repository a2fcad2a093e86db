"""Each key of how a server is reached can be set where a site sets it, and has its effect there."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from .conftest import ANSIBLE_PLAYBOOK, ROOT, Lab, Repository, cyrus_with, directory_with, exchange_with
from .exchange import Exchange

MARK = b'("/private/comment" "other")'


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_folders_of_a_new_mailbox(repository: Repository, lab: Lab) -> None:
    name = repository.declare(repository.name())
    keys: dict[str, object] = {"folders": {"Sent": "\\Sent", "Afgehandeld": "\\Archive"}}
    repository.apply(**cyrus_with(**keys))
    found = {folder: lab.exists(f"user/{name}/{folder}") for folder in ("Sent", "Afgehandeld", "Archive", "Drafts", "Trash")}
    assert found == {"Sent": True, "Afgehandeld": True, "Archive": False, "Drafts": False, "Trash": False}
    assert any(b"\\Archive" in line and b"Afgehandeld" in line for line in lab.as_owner(name).list()[1] if isinstance(line, bytes))
    assert repository.converge(cyrus=keys).changed == 0


def test_the_mark_of_ownership(repository: Repository, lab: Lab, exchange: Exchange) -> None:
    """On each system; a mailbox that bears another mark than the one that is set is not ours."""
    repository.inventory = ROOT / "inventories" / "lab"
    box, there = repository.declare(repository.name()), repository.declare(repository.name(), backend="exchange")
    settings = cyrus_with(ownership_mark="other") | directory_with(ownership_mark="other") | exchange_with(ownership_mark="other")
    repository.apply(**settings)
    admin = lab.admin()
    admin.xatom("GETMETADATA", f'"user/{box}"', '("/private/comment")')
    assert admin.untagged_responses["METADATA"][-1].endswith(MARK)
    assert "sharedMailboxManagedBy: other\n" in lab.entry(box)
    assert exchange.run("Get-Mailbox", Identity=there)[0]["CustomAttribute1"] == f"other:{there}"
    other = {"ownership_mark": "other"}
    assert repository.converge(cyrus=other, exchange=other, directory=other).changed == 0
    assert "reports/audit.md" not in repository.run("audit", **settings).said
    run = repository.attempt()
    assert run.code != 0
    assert f"{box}.yml collides with user/{box}" in run.said


def test_the_timeout_of_cyrus(repository: Repository, silent: int) -> None:
    repository.declare(repository.name())
    run = repository.run("plan", **cyrus_with(port=silent, timeout=2, host_tools=None))
    assert f"Cyrus: localhost:{silent}: the connection broke: no answer within 2 seconds" in run.said


def test_whether_the_directory_speaks_tls(repository: Repository, lab: Lab) -> None:
    """With StartTLS, these authorities are not the ones that signed the lab's certificate. Without, no certificate is looked at, and the
    server itself refuses a password in the clear."""
    name = repository.declare(repository.name())
    others = "/etc/ssl/certs/ca-certificates.crt"
    assert "cannot bind as uid=postroom" in repository.run("apply", **directory_with(ca_file=others)).said
    assert lab.entry(name) == ""
    run = repository.run("apply", **directory_with(ca_file=others, start_tls=False))
    assert "cannot bind as uid=postroom,ou=services,dc=ugent,dc=be: Confidentiality required" in run.said
    assert lab.entry(name) == ""


def test_a_password_comes_from_the_environment_where_the_inventory_has_none(repository: Repository, lab: Lab) -> None:
    """On the machine that runs Ansible; the inventory of the lab has one, so it is taken out."""
    name = repository.declare(repository.name())
    without = {
        "cyrus_mailboxes__server": "{{ lab__cyrus | dict2items | rejectattr('key', 'eq', 'password') | items2dict }}",
        "directory_entries__server": "{{ lab__directory_server | dict2items | rejectattr('key', 'eq', 'bind_password') | items2dict }}",
    }
    passwords = {"POSTROOM_CYRUS_PASSWORD": lab.secret("cyrus"), "POSTROOM_DIRECTORY_PASSWORD": lab.secret("directory")}

    def run(**environment: str) -> str:
        command = repository.command("apply", "-vvv", **without)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        return done.stdout + done.stderr

    assert "there is no password for uid=postroom" in run()
    assert lab.entry(name) == ""
    output = run(**passwords)
    assert lab.lets_in(name, "ajanssens")
    assert not any(secret in output for secret in passwords.values())


def test_a_variable_that_is_not_read_any_more_is_refused(repository: Repository, lab: Lab) -> None:
    name = repository.declare(repository.name())
    given = {"cyrus_mailboxes__port": 1143, "exchange_mailboxes__password": "hunter2"}
    for playbook in ("apply", "adopt", "validate"):
        run = repository.run(playbook, **given)
        assert run.code != 0
        assert "cyrus_mailboxes__port is not read any more: set the key port of cyrus_mailboxes__server" in run.said
        assert "exchange_mailboxes__password is not read any more: set the key password of exchange_mailboxes__server" in run.said
        assert "hunter2" not in run.output
    assert not lab.exists(f"user/{name}")


def test_the_example_of_an_inventory_has_no_such_variable() -> None:
    command = [ANSIBLE_PLAYBOOK, "-i", "inventories/production", "playbooks/validate.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
