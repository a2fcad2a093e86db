"""The practice mail world itself, seen with ordinary clients."""

from __future__ import annotations

import imaplib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import services

from .conftest import ANSIBLE_PLAYBOOK, MAILBOXES, POLICY, ROOT, Lab
from .living_world import passwords


def supervisor(lab: Lab, *arguments: str) -> str:
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(lab.directory / "supervisord.conf"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def shared(lab: Lab) -> Iterator[str]:
    """A shared mailbox of ajanssens and bpeeters, made with nothing of Postroom's: logging in to it takes all five daemons."""
    name = f"t{secrets.token_hex(5)}"
    lines = [f"dn: uid={name},{MAILBOXES}", "changetype: add", "objectClass: sharedMailbox", f"uid: {name}", "cn: Practice"]
    lines += [f"mail: {name}@ugent.be", f"pwdPolicySubentry: {POLICY}", ""]
    lab.ldap("ldapadd", ldif="\n".join([*lines, *passwords(name, ["ajanssens", "bpeeters"])]))
    lab.admin().create(f'"user/{name}"')
    yield name
    lab.forget(name)


def works(lab: Lab, user: str, patience: float = 30) -> bool:
    """Whether ajanssens can log in as this user within so many seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if lab.lets_in(user, "ajanssens"):
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


def test_each_member_logs_in_with_the_own_password_and_nobody_else(lab: Lab, shared: str) -> None:
    assert [lab.lets_in(f"{shared}@UGent.be", login) for login in ("ajanssens", "bpeeters", "emaes")] == [True, True, False]


@pytest.mark.parametrize("daemon", ["slapd", "replica", "saslauthd-ldap", "saslauthd-cyrus", "cyrus"])
def test_a_killed_daemon_is_repaired(lab: Lab, shared: str, daemon: str) -> None:
    before = supervisor(lab, "pid", daemon)
    os.kill(int(before), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while supervisor(lab, "pid", daemon).strip() in (before.strip(), "0") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert supervisor(lab, "pid", daemon).strip() not in (before.strip(), "0")
    assert works(lab, shared)


def test_a_killed_supervisor_is_repaired_by_the_next_start(lab: Lab, shared: str) -> None:
    orphans = {name: int(supervisor(lab, "pid", name)) for name in ("slapd", "replica", "saslauthd-ldap", "saslauthd-cyrus", "cyrus")}
    os.kill(int(supervisor(lab, "pid")), signal.SIGKILL)
    services.start(lab.directory)
    assert works(lab, shared)
    assert not [name for name, pid in orphans.items() if Path(f"/proc/{pid}").exists()]


def test_changed_settings_restart_that_daemon_only_and_once_and_a_second_start_changes_nothing(lab: Lab) -> None:
    programs = ("slapd", "replica", "saslauthd-ldap", "saslauthd-cyrus", "cyrus")
    before = {name: supervisor(lab, "pid", name) for name in programs}
    with (lab.directory / "cyrus" / "imapd.conf").open("a") as file:
        file.write("# changed by hand\n")
    for restarted in (["cyrus"], []):
        command = [sys.executable, str(ROOT / "lab" / "services.py"), "start", str(lab.directory)]
        subprocess.run(command, capture_output=True, check=True)
        after = {name: supervisor(lab, "pid", name) for name in programs}
        assert [name for name in programs if after[name] != before[name]] == restarted
        before = after
    done = subprocess.run([ANSIBLE_PLAYBOOK, "playbooks/lab.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "changed by hand" not in (lab.directory / "cyrus" / "imapd.conf").read_text()
    assert supervisor(lab, "pid", "cyrus") != before["cyrus"]
    done = subprocess.run([ANSIBLE_PLAYBOOK, "playbooks/lab.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "changed=0" in done.stdout


def test_another_lab_on_this_machine_is_left_alone(lab: Lab, shared: str) -> None:
    mounts = Path(f"/proc/{supervisor(lab, 'pid', 'slapd').strip()}/mountinfo").read_text()
    if " /etc/ldap/sasl2 " not in mounts:
        pytest.skip("nothing may mount here: the lab uses the machine's own file, and refuses when it is another lab's")
    assert works(lab, shared)


def test_only_a_labs_state_is_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    command = [sys.executable, str(ROOT / "lab" / "state_directory.py"), "remove", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, (tmp_path / "thesis.txt").exists()) == (1, True)
    assert "does not look like a lab's state" in done.stderr


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
    command = [sys.executable, str(ROOT / "lab" / "state_directory.py"), "make", str(deep / ".lab")]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(2))
    assert (first[0], second[0], first[1]) == ("made", "found", second[1])
    assert len(first[1]) < 60
    subprocess.run([*command[:2], "remove", command[3]], check=True)
    assert not Path(first[1]).exists()
