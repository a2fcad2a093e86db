"""The practice mail world itself, seen with ordinary clients."""

from __future__ import annotations

import imaplib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import ANSIBLE_PLAYBOOK, ROOT, Lab


def supervisor(lab: Lab, *arguments: str) -> str:
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(lab.directory / "supervisord.conf"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def works(lab: Lab, patience: float = 30) -> bool:
    """Whether a person can log in within so many seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if lab.lets_in("ajanssens", "ajanssens"):
                return True
        except (OSError, imaplib.IMAP4.abort):
            pass
        time.sleep(0.3)
    return False


def test_a_password_is_not_taken_without_tls(lab: Lab) -> None:
    session = imaplib.IMAP4("localhost", lab.ports["cyrus"])
    with pytest.raises(imaplib.IMAP4.error):
        session.login("ajanssens", "lab-ajanssens")


@pytest.mark.parametrize(("person", "allowed"), [("ajanssens", True), ("cdevos", True), ("hgast", True), ("pvroeger", False)])
def test_people_log_in_and_an_ended_account_does_not(lab: Lab, person: str, allowed: bool) -> None:
    assert lab.lets_in(person, person) is allowed


def test_postroom_does_not_see_peoples_passwords(lab: Lab) -> None:
    found = lab.ldap("ldapsearch", "-LLL", "-b", "ou=people,dc=ugent,dc=be", "(uid=ajanssens)", "userPassword", "cn")
    assert "cn: An Janssens" in found
    assert "userPassword" not in found


def test_sieve_and_lmtp_answer(lab: Lab) -> None:
    for name in ("cyrus-sieve", "cyrus-lmtp"):
        with socket.create_connection(("127.0.0.1", lab.ports[name]), timeout=5) as connection:
            assert connection.recv(200)


def test_a_second_start_changes_nothing(lab: Lab) -> None:
    done = subprocess.run([ANSIBLE_PLAYBOOK, "playbooks/lab.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "changed=0" in done.stdout


@pytest.mark.parametrize("daemon", ["slapd", "saslauthd-ldap", "saslauthd-cyrus", "cyrus"])
def test_a_killed_daemon_is_repaired(lab: Lab, daemon: str) -> None:
    os.kill(int(supervisor(lab, "pid", daemon)), signal.SIGKILL)
    assert works(lab)


def test_a_killed_supervisor_is_repaired_by_the_next_start(lab: Lab) -> None:
    os.kill(int(supervisor(lab, "pid")), signal.SIGKILL)
    done = subprocess.run([ANSIBLE_PLAYBOOK, "playbooks/lab.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert works(lab)


def test_a_taken_port_is_named_with_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        (tmp_path / "ports.json").write_text(f'{{"slapd": {port}}}')
        command = [sys.executable, str(ROOT / "lab" / "services.py"), "start", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {port}, which slapd needs, is taken by" in done.stderr
    assert f"pid={os.getpid()}" in done.stderr


def test_the_state_directory_is_short_and_reachable_wherever_the_checkout_is(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    command = [sys.executable, str(ROOT / "lab" / "state_directory.py"), str(deep / ".lab")]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(2))
    assert (first[0], second[0], first[1]) == ("made", "found", second[1])
    assert len(first[1]) < 60
    Path(first[1]).rmdir()
