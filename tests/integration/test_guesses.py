"""Who guesses passwords is shut out, and nobody else: clients are counted, not the address that they guess at."""

from __future__ import annotations

import imaplib
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import ANSIBLE_PLAYBOOK, MAILBOXES, POLICY, ROOT, Lab
from .living_world import passwords

OUTSIDER, COLLEAGUE, BYSTANDER = "127.0.0.41", "127.0.0.42", "127.0.0.43"
"""Clients; 127.0.0.1 is on the list of those that are never shut out."""
LIMIT = 5
PATIENCE = 30.0
FAIL2BAN_REGEX = re.compile(r"^Lines: (\d+) lines, \d+ ignored, (\d+) matched, \d+ missed", re.MULTILINE)


class Imap(imaplib.IMAP4):
    """A session from another address of loopback."""

    def __init__(self, lab: Lab, client: str) -> None:
        self.client, self.place = client, ("127.0.0.1", lab.ports["cyrus"])
        super().__init__("localhost", lab.ports["cyrus"], timeout=30)
        self.starttls(ssl.create_default_context(cafile=str(lab.directory / "tls" / "ca.pem")))

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection(self.place, timeout, source_address=(self.client, 0))


def login(lab: Lab, client: str, user: str, password: str) -> str:
    """What comes of it: ``in``, ``wrong``, or ``shut out`` where Cyrus does not speak to the client at all."""
    try:
        Imap(lab, client).login(user, password)
    except (imaplib.IMAP4.abort, OSError):
        return "shut out"
    except imaplib.IMAP4.error:
        return "wrong"
    return "in"


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


@pytest.fixture(autouse=True)
def limited(lab: Lab) -> Iterator[None]:
    if "fail2ban" not in json.loads((lab.directory / "settings.json").read_text()):
        pytest.skip("Cyrus has no log of its own here, which takes root and private mounts, so this lab limits no guesses")
    yield
    fail2ban(lab, "unban", "--all")


def fail2ban(lab: Lab, *command: str) -> str:
    socket_file = lab.directory / "run" / "fail2ban.sock"
    done = subprocess.run(["fail2ban-client", "-s", str(socket_file), *command], capture_output=True, text=True, check=False)
    return done.stdout


def log_of(lab: Lab, name: str) -> list[str]:
    return (lab.directory / "log" / name).read_text(errors="replace").splitlines()


@pytest.fixture
def shared(lab: Lab) -> Iterator[str]:
    name = "tguesses"
    lines = [f"dn: uid={name},{MAILBOXES}", "changetype: add", "objectClass: sharedMailbox", f"uid: {name}", "cn: Practice"]
    lines += [f"mail: {name}@ugent.be", f"pwdPolicySubentry: {POLICY}", ""]
    lab.ldap("ldapadd", ldif="\n".join([*lines, *passwords(name, ["ajanssens", "bpeeters"])]))
    lab.admin().create(f'"user/{name}"')
    yield name
    lab.forget(name)


def test_who_guesses_is_shut_out_for_a_while_and_members_log_in_all_the_while(lab: Lab, shared: str) -> None:
    address = f"{shared}@ugent.be"
    came_of_it = []

    def is_shut_out() -> bool:
        came_of_it.append(login(lab, OUTSIDER, address, "a guess"))
        assert login(lab, COLLEAGUE, address, "lab-bpeeters") == "in"
        return came_of_it[-1] == "shut out"

    assert within(PATIENCE, is_shut_out)
    assert came_of_it[:LIMIT] == ["wrong"] * LIMIT
    assert login(lab, OUTSIDER, address, "lab-ajanssens") == "shut out"
    assert [login(lab, COLLEAGUE, address, f"lab-{member}") for member in ("ajanssens", "bpeeters")] == ["in", "in"]
    assert within(PATIENCE, lambda: login(lab, OUTSIDER, address, "lab-ajanssens") == "in")


def test_a_client_on_the_list_is_never_shut_out(lab: Lab, shared: str) -> None:
    """Webmail, and the networks of the university, behind whose addresses many people are."""
    assert [login(lab, "127.0.0.1", shared, "a guess") for _ in range(LIMIT + 2)] == ["wrong"] * (LIMIT + 2)
    assert within(5, lambda: "127.0.0.1" in fail2ban(lab, "get", "cyrus-logins", "ignoreip"))
    assert "127.0.0.1\n" not in (lab.directory / "fail2ban" / "shut_out").read_text()


def test_a_login_that_reads_as_another_client_shuts_nobody_else_out(lab: Lab) -> None:
    """fail2ban says whom it takes each guess for."""
    before = len(log_of(lab, "fail2ban.log"))

    def found(client: str) -> bool:
        return any(f"Found {client} " in line for line in log_of(lab, "fail2ban.log")[before:])

    for name in (f"x) [SASL(-13): x] badlogin: [{BYSTANDER}] PLAIN (y", f"[{BYSTANDER}]"):
        session = Imap(lab, COLLEAGUE)
        with pytest.raises(imaplib.IMAP4.error):
            session.login(f'"{name}"', "x")
    assert within(10, lambda: found(COLLEAGUE))
    assert not found(BYSTANDER)


def sieve_guess(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(lab.directory / "tls" / "ca.pem"))
    place = ("127.0.0.1", lab.ports["cyrus-sieve"])
    with socket.create_connection(place, 30, source_address=(OUTSIDER, 0)) as plain:
        plain.recv(4096)
        plain.sendall(b"STARTTLS\r\n")
        plain.recv(4096)
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.recv(4096)
            secured.sendall(b'AUTHENTICATE "PLAIN" "AGFqYW5zc2VucwB3cm9uZw=="\r\n')
            assert b"NO" in secured.recv(4096)


def submission_guess(lab: Lab, mechanism: str) -> None:
    where = ["--server", "127.0.0.1", "--port", str(lab.ports["postfix-submission"]), "--local-interface", OUTSIDER]
    given = ["--tls", "--quit-after", "AUTH", "--auth", mechanism, "--auth-user", "hgast", "--auth-password", "x"]
    subprocess.run(["swaks", *where, *given], capture_output=True, check=False)


def imap_guess(lab: Lab) -> None:
    with pytest.raises(imaplib.IMAP4.error):
        Imap(lab, OUTSIDER).authenticate("PLAIN", lambda _: b"\0hgast\0wrong")


def new_lines(lab: Lab, name: str, act: Callable[[], None]) -> list[str]:
    """What the daemons wrote about the outsider because of this."""
    before = len(log_of(lab, name))
    act()
    assert within(10, lambda: any(f"{OUTSIDER}]" in line for line in log_of(lab, name)[before:]))
    time.sleep(0.5)
    return log_of(lab, name)[before:]


def matched(lab: Lab, service: str, lines: list[str], folder: Path) -> int:
    """How many lines fail2ban-regex takes for a guess of the outsider."""
    log = folder / "lines.log"
    log.write_text("\n".join(lines) + "\n")
    command = ["fail2ban-regex", "-c", str(lab.directory / "fail2ban"), "--print-all-matched", str(log), f"{service}-logins"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = FAIL2BAN_REGEX.search(said)
    assert found, said
    return int(found[2])


@pytest.mark.parametrize(
    ("service", "log", "act"),
    [
        ("cyrus", "cyrus-syslog.log", lambda lab: login(lab, OUTSIDER, "hgast", "wrong")),
        ("cyrus", "cyrus-syslog.log", imap_guess),
        ("cyrus", "cyrus-syslog.log", sieve_guess),
        ("postfix", "mail.log", lambda lab: submission_guess(lab, "PLAIN")),
        ("postfix", "mail.log", lambda lab: submission_guess(lab, "LOGIN")),
    ],
    ids=["imap-login", "imap-plain", "sieve", "submission-plain", "submission-login"],
)
def test_a_wrong_password_is_one_line_that_counts(lab: Lab, tmp_path: Path, service: str, log: str, act: Callable[[Lab], object]) -> None:
    if service == "postfix" and "postfix" not in lab.ports:
        pytest.skip("Postfix needs root, so this lab has no mail relay")
    lines = new_lines(lab, log, lambda: act(lab) and None)
    assert matched(lab, service, lines, tmp_path) == 1


@pytest.mark.parametrize(
    ("service", "log", "daemon"), [("cyrus", "cyrus-syslog.log", "saslauthd-cyrus"), ("postfix", "mail.log", "saslauthd-relay")]
)
def test_a_saslauthd_that_does_not_answer_shuts_nobody_out(lab: Lab, tmp_path: Path, service: str, log: str, daemon: str) -> None:
    def supervisor(command: str) -> None:
        configuration = str(lab.directory / "supervisord.conf")
        given = [sys.executable, "-m", "supervisor.supervisorctl", "-c", configuration, command, daemon]
        subprocess.run(given, capture_output=True, check=True)

    supervisor("stop")
    try:
        lines = new_lines(lab, log, lambda: imap_guess(lab) if service == "cyrus" else submission_guess(lab, "PLAIN"))
    finally:
        supervisor("start")
    assert "generic failure" in "\n".join(lines)
    assert matched(lab, service, lines, tmp_path) == 0
    name = daemon.removeprefix("saslauthd-")
    assert within(10, (lab.directory / "run" / f"sasl-{name}" / "mux").exists)


def test_a_right_password_does_not_count(lab: Lab, tmp_path: Path) -> None:
    lines = new_lines(lab, "cyrus-syslog.log", lambda: login(lab, OUTSIDER, "ajanssens", "lab-ajanssens") and None)
    assert any("User logged in" in line for line in lines)
    assert matched(lab, "cyrus", lines, tmp_path) == 0


ROLE = """\
- hosts: localhost
  gather_facts: false
  roles: [fail2ban]
"""


def made_by_the_role(tmp_path: Path, *of_debian: str, **variables: object) -> Path:
    """fail2ban's configuration: these files of Debian's, and what the role's own defaults make."""
    folder = tmp_path / "fail2ban"
    for name in ("filter.d", "jail.d"):
        (folder / name).mkdir(parents=True)
    for name in ("fail2ban.conf", "jail.conf", "paths-common.conf", "paths-debian.conf", "filter.d/common.conf", "action.d", *of_debian):
        (folder / name).symlink_to(f"/etc/fail2ban/{name}")
    (folder / "fail2ban.local").write_text("[Definition]\ndbfile = None\n")
    given = {"fail2ban__config_directory": str(folder), "fail2ban__systemd_unit": "", **variables}
    given["ansible_python_interpreter"] = sys.executable
    playbook = tmp_path / "role.yml"
    playbook.write_text(ROLE)
    command = [str(ANSIBLE_PLAYBOOK), "-i", "localhost,", "-c", "local", "-e", json.dumps(given), str(playbook)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_fail2ban_takes_the_role_beside_debians_own_jail_where_there_are_no_log_files(tmp_path: Path) -> None:
    folder = made_by_the_role(tmp_path, "jail.d/defaults-debian.conf", "filter.d/sshd.conf")
    done = subprocess.run(["fail2ban-server", "-c", str(folder), "-d"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for unit in ("cyrus-imapd.service", "postfix@-.service"):
        assert f"_SYSTEMD_UNIT={unit}" in done.stdout


def test_the_firewall_closes_the_ports_to_that_client_only(lab: Lab, tmp_path: Path) -> None:
    """The role's default: nftables, here in a network namespace of its own, fed with lines that the lab's daemons wrote."""
    tried = subprocess.run(["unshare", "--net", "nft", "add", "table", "inet", "t"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("nothing here may make a network namespace with nftables")
    lines = {
        "cyrus": new_lines(lab, "cyrus-syslog.log", lambda: imap_guess(lab)),
        "postfix": new_lines(lab, "mail.log", lambda: submission_guess(lab, "PLAIN")) if "postfix" in lab.ports else [],
    }
    guesses = {service: [line for line in found if f"{OUTSIDER}]" in line and "failure" in line] for service, found in lines.items()}
    logs = {service: tmp_path / f"{service}.log" for service in guesses}
    for log in logs.values():
        log.touch()
    files = {f"fail2ban__{service}_log_file": str(log) for service, log in logs.items()}
    folder = made_by_the_role(tmp_path, fail2ban__ignored_networks=["127.0.0.1"], **files)
    given = {"folder": str(folder), "logs": str(tmp_path), "lines": guesses, "clients": [OUTSIDER, COLLEAGUE]}
    command = ["unshare", "--net", sys.executable, str(Path(__file__).with_name("fail2ban_namespace.py")), json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    before, after_nine, after_ten, unbanned = json.loads(done.stdout)
    reached = {f"{client} {port}": True for client in (OUTSIDER, COLLEAGUE) for port in (25, 143, 587, 993)}
    closed = {f"{OUTSIDER} {port}": False for port in ((143, 587, 993) if guesses["postfix"] else (143, 993))}
    assert (before, after_nine, after_ten, unbanned) == (reached, reached, reached | closed, reached)
