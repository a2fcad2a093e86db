"""Logging in with a shared address harms nobody: the practice directory has a password policy that locks people out after five failures."""

from __future__ import annotations

import imaplib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ldap
import pytest

from .conftest import ANSIBLE_PLAYBOOK, MAILBOXES, PEOPLE, POLICY, POSTROOM, ROOT, Lab, Repository
from .living_world import passwords

MEMBERS = ["ajanssens", "bpeeters", "emaes"]
PERSON = "gmertens"
"""Somebody who is a member of nothing here, whose account may be locked."""
SECOND = 1.0


@pytest.fixture
def shared(lab: Lab, repository: Repository) -> str:
    """The name of a shared mailbox with three members."""
    return repository.made(members=MEMBERS)


@pytest.fixture
def person(lab: Lab) -> Iterator[str]:
    """Somebody's login, whose entry is put right afterwards."""
    yield PERSON
    set_person(lab, f"replace: userPassword\nuserPassword: {hashed('{SSHA}', f'lab-{PERSON}')}")
    assert within(5, lambda: knows(lab, PERSON, f"lab-{PERSON}"))


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def knows(lab: Lab, login: str, password: str) -> bool:
    """Whether saslauthd, which the directory asks for {SASL} values, takes the password: by Debian's testsaslauthd."""
    mux = lab.directory / "run" / "sasl-ldap" / "mux"
    done = subprocess.run(
        ["testsaslauthd", "-f", str(mux), "-u", login, "-p", password, "-s", "ldap"], capture_output=True, text=True, check=False
    )
    return done.stdout.startswith("0: OK")


def failures(lab: Lab, login: str) -> int:
    """How many failed logins the directory has counted for somebody."""
    return lab.idm("ldapsearch", "-LLL", "-b", f"uid={login},{PEOPLE}", "-s", "base", "pwdFailureTime").count("pwdFailureTime:")


def connection(lab: Lab) -> Any:
    connection = ldap.initialize(f"ldap://127.0.0.1:{lab.ports['slapd']}")
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(lab.directory / "tls" / "ca.pem"))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.start_tls_s()
    return connection


def binds(lab: Lab, name: str, password: str) -> bool:
    """Whether the directory takes the password for the shared entry."""
    try:
        connection(lab).simple_bind_s(f"uid={name},{MAILBOXES}", password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def hashed(scheme: str, password: str) -> str:
    module = {"{ARGON2}": "argon2", "{SSHA512}": "pw-sha2"}.get(scheme)
    load = ["-o", "module-path=/usr/lib/ldap", "-o", f"module-load={module}.so"] if module else []
    return subprocess.run(["slappasswd", *load, "-h", scheme, "-s", password], capture_output=True, text=True, check=True).stdout.strip()


def set_person(lab: Lab, change: str) -> None:
    lab.idm("ldapmodify", ldif=f"dn: uid={PERSON},{PEOPLE}\nchangetype: modify\n{change}\n")


@pytest.mark.parametrize("scheme", ["{SSHA}", "{SSHA512}", "{ARGON2}"])
def test_a_new_password_is_known_within_a_second_in_every_scheme(lab: Lab, person: str, scheme: str) -> None:
    new = f"new-{scheme.strip('{}')}"
    assert knows(lab, person, f"lab-{person}")
    set_person(lab, f"replace: userPassword\nuserPassword: {hashed(scheme, new)}")
    assert within(SECOND, lambda: knows(lab, person, new))
    assert not knows(lab, person, f"lab-{person}")


def test_an_account_that_an_administrator_locked_is_out_within_a_second_and_a_lock_that_ends_by_itself_is_none(
    lab: Lab, person: str
) -> None:
    set_person(lab, "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z")
    assert within(SECOND, lambda: not knows(lab, person, f"lab-{person}"))
    set_person(lab, "replace: pwdAccountLockedTime\npwdAccountLockedTime: 20260101000000Z")
    assert within(SECOND, lambda: knows(lab, person, f"lab-{person}"))


def test_the_policy_is_in_force_for_the_own_login(lab: Lab, person: str) -> None:
    """Else the tests below would say nothing."""
    for _ in range(5):
        assert not lab.lets_in(person, "ajanssens")
    assert failures(lab, person) == 5
    assert not lab.lets_in(person, person)


def test_guesses_at_the_own_login_are_counted_where_mail_is_sent_too(lab: Lab, person: str) -> None:
    if "postfix" not in lab.ports:
        pytest.skip("Postfix needs root, so this lab has no mail relay")
    where = ["--server", "127.0.0.1", "--port", str(lab.ports["postfix-submission"]), "--tls", "--quit-after", "AUTH"]
    for _ in range(5):
        subprocess.run(
            ["swaks", *where, "--auth", "PLAIN", "--auth-user", person, "--auth-password", "x"], capture_output=True, check=False
        )
    assert failures(lab, person) == 5


def test_a_members_login_is_counted_as_a_failure_of_nobody(lab: Lab, shared: str) -> None:
    before = [failures(lab, login) for login in MEMBERS]
    for _ in range(6):
        assert lab.lets_in(f"{shared}@ugent.be", "emaes")
    assert [failures(lab, login) for login in MEMBERS] == before
    assert all(lab.lets_in(login, login) for login in MEMBERS)


def test_guesses_at_the_shared_address_lock_neither_members_nor_mailbox(lab: Lab, shared: str) -> None:
    before = [failures(lab, login) for login in MEMBERS]
    for _ in range(6):
        assert not lab.lets_in(f"{shared}@ugent.be", "cdevos")
    assert [failures(lab, login) for login in MEMBERS] == before
    assert all(lab.lets_in(login, login) for login in MEMBERS)
    assert [lab.lets_in(f"{shared}@ugent.be", login) for login in MEMBERS] == [True] * 3


def test_forty_logins_at_once_leave_the_directory_free(lab: Lab, shared: str) -> None:
    """The directory used to wait for itself: a minute and more."""
    reader = connection(lab)
    reader.simple_bind_s(POSTROOM, lab.secret("directory"))
    waits: list[float] = []
    done = threading.Event()

    def search() -> None:
        while not done.wait(0.02):
            start = time.monotonic()
            reader.search_s(PEOPLE, ldap.SCOPE_SUBTREE, "(uid=cdevos)", ["cn"])
            waits.append(time.monotonic() - start)

    beside = threading.Thread(target=search)
    beside.start()
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda number: binds(lab, shared, f"lab-{MEMBERS[number % 3]}"), range(40)))
    done.set()
    beside.join()
    assert answers == [True] * 40
    assert waits
    assert max(waits) < SECOND


@pytest.mark.parametrize("server", ["slapd", "replica"])
def test_a_password_is_not_taken_without_tls(lab: Lab, server: str) -> None:
    person = f"uid=ajanssens,{PEOPLE}"
    assert lab.ldap_as(person, "lab-ajanssens", "ldapwhoami", server=server).returncode == 0
    refused = lab.ldap_as(person, "lab-ajanssens", "ldapwhoami", server=server, tls=False)
    assert (refused.returncode, "onfidentiality required" in refused.stderr) == (13, True)


def test_a_member_cannot_rewrite_the_shared_entry(lab: Lab, shared: str) -> None:
    dn = f"uid={shared},{MAILBOXES}"
    for change in ("add: userPassword\nuserPassword: {SASL}cdevos", "replace: userPassword\nuserPassword: mine", "replace: cn\ncn: x"):
        done = lab.ldap_as(dn, "lab-emaes", "ldapmodify", ldif=f"dn: {dn}\nchangetype: modify\n{change}\n")
        assert done.returncode == 50, done.stderr
    assert not lab.lets_in(shared, "cdevos")


def test_the_replica_is_written_to_by_nobody_and_read_by_saslauthd_only(lab: Lab) -> None:
    ldif = f"dn: uid=cdevos,{PEOPLE}\nchangetype: modify\nreplace: userPassword\nuserPassword: mine\n"
    assert lab.ldap_as(f"uid=cdevos,{PEOPLE}", "lab-cdevos", "ldapmodify", ldif=ldif, server="replica").returncode != 0
    seen = lab.ldap_as(f"uid=cdevos,{PEOPLE}", "lab-cdevos", "ldapsearch", "-LLL", "-b", PEOPLE, server="replica").stdout
    assert "uid: " not in seen
    reader = ("uid=saslauthd,ou=services,dc=ugent,dc=be", lab.secret("saslauthd"))
    seen = lab.ldap_as(*reader, "ldapsearch", "-LLL", "-b", "dc=ugent,dc=be", "*", "+", server="replica").stdout
    assert "uid: cdevos" in seen
    assert not re.search("userPassword|sharedMailbox|^cn:|^mail:", seen, re.MULTILINE)


@pytest.mark.parametrize("default_policy", [True, False])
def test_members_come_and_go_under_a_password_policy(
    lab: Lab, repository: Repository, default_policy: bool, directory_without_default: Callable[[], None]
) -> None:
    if not default_policy:
        directory_without_default()
    keys: dict[str, dict[str, object]] = {} if default_policy else {"directory": {"policy_subentry": None}}
    name = repository.declare(repository.name(), members=MEMBERS)
    repository.converge(**keys)
    assert (f"pwdPolicySubentry: {POLICY}" in lab.ldap("ldapsearch", "-LLL", "-b", MAILBOXES, f"(uid={name})", "+")) is default_policy
    for members in (["ajanssens", "cdevos"], MEMBERS, ["bpeeters", "emaes"], MEMBERS):
        repository.declare(name, members=members)
        repository.converge(**keys)
        assert [login for login in (*MEMBERS, "cdevos") if lab.lets_in(name, login)] == members
    assert repository.converge(**keys).changed == 0
    repository.declare(name, members=MEMBERS, state="retired")
    repository.converge(**keys)
    assert not any(lab.lets_in(name, login) for login in MEMBERS)


@pytest.fixture
def directory_without_default(lab: Lab) -> Iterator[Callable[[], None]]:
    """Takes the default password policy away, for this test."""
    file = lab.directory / "directory" / "slapd.conf"
    before = file.read_text()

    def restart(text: str) -> None:
        file.write_text(text)
        subprocess.run([".venv/bin/python", "lab/services.py", "start", str(lab.directory)], cwd=ROOT, check=True, capture_output=True)

    yield lambda: restart(before.replace("ppolicy_default", "#ppolicy_default"))
    if file.read_text() != before:
        restart(before)


def test_who_is_taken_out_is_out_though_the_directory_refuses_the_rest(lab: Lab, repository: Repository) -> None:
    """The entry has a policy that takes no second password within the hour."""
    name = repository.made(members=MEMBERS)
    entry = f"dn: uid={name},{MAILBOXES}\nchangetype: modify\n"
    lab.ldap("ldapmodify", ldif=entry + "replace: pwdPolicySubentry\npwdPolicySubentry: cn=strict,ou=policies,dc=ugent,dc=be\n")
    repository.declare(name, members=["ajanssens", "cdevos"])
    run = repository.attempt(directory={"policy_subentry": None})
    assert run.code != 0
    assert "Password is too young to change" in run.said
    assert [lab.lets_in(name, login) for login in (*MEMBERS, "cdevos")] == [True, False, False, False]
    assert repository.converge().changed > 0
    assert lab.lets_in(name, "cdevos")


def test_a_value_with_a_realm_lets_somebody_in_and_is_taken_away(lab: Lab, repository: Repository) -> None:
    name = repository.made(members=["ajanssens"])
    lab.ldap("ldapmodify", ldif="".join(passwords(name, ["cdevos@UGENT.BE"])))
    assert lab.lets_in(name, "cdevos")
    findings = repository.findings(name)
    assert findings == {"login-entry-differs": "cdevos: login"}
    repository.converge()
    assert not lab.lets_in(name, "cdevos")


def test_who_is_taken_out_stays_out(lab: Lab, repository: Repository) -> None:
    """A saslauthd with a cache would let somebody in who had just been there, for hours."""
    name = repository.made(members=["ajanssens", "cdevos"])
    assert lab.lets_in(name, "cdevos")
    repository.declare(name, members=["ajanssens"])
    repository.converge()
    for _ in range(60):
        assert not lab.lets_in(name, "cdevos")
        time.sleep(1)
    assert lab.lets_in(name, "ajanssens")


def test_the_audit_finds_a_saslauthd_that_remembers(lab: Lab, repository: Repository) -> None:
    name = repository.made()
    assert repository.findings(name) == {}
    cache = lab.directory / "run" / "sasl-cyrus" / "cache.mmap"
    cache.touch()
    try:
        assert repository.findings(name) == {"login-cache": str(cache)}
    finally:
        cache.unlink()


@pytest.mark.parametrize("account", ["cyrus", "saslauthd", "postroom", "relay", "replica"])
def test_service_accounts_do_not_log_in_to_mail(lab: Lab, account: str) -> None:
    """But Cyrus' own administrator, which is one."""
    try:
        lab.imap(account, lab.secret({"postroom": "directory"}.get(account, account))).logout()
        let_in = True
    except imaplib.IMAP4.error:
        let_in = False
    assert let_in is (account == "cyrus")


def test_a_password_of_its_own_is_an_error_and_is_taken_away(lab: Lab, repository: Repository) -> None:
    name = repository.made()
    lab.ldap("ldapmodify", ldif=f"dn: uid={name},{MAILBOXES}\nchangetype: modify\nadd: userPassword\nuserPassword: mine-alone\n")
    assert repository.findings(name) == {"password-of-its-own": "a password"}
    repository.converge()
    assert repository.findings(name) == {}
    assert [lab.lets_in(name, login) for login in ("ajanssens", "bpeeters", "cdevos")] == [True, True, False]
    assert not binds(lab, name, "mine-alone")


def test_the_roles_own_unit_keeps_no_passwords(lab: Lab, tmp_path: Path) -> None:
    """What Debian starts by itself has -c, the cache."""
    settings = lab.directory / "run" / "sasl-ldap" / "saslauthd.conf"
    item = {"name": "test", "run_directory": str(tmp_path), "config_file": str(settings), "processes": 1}
    source = ROOT / "roles" / "saslauthd" / "templates" / "saslauthd.service.j2"
    unit = tmp_path / "saslauthd@test.service"
    command = [str(ANSIBLE_PLAYBOOK.with_name("ansible")), "localhost", "-i", "localhost,", "-c", "local", "-m", "template"]
    given = {"item": item, "ansible_python_interpreter": sys.executable}
    subprocess.run([*command, "-a", f"src={source} dest={unit}", "-e", json.dumps(given)], check=True, capture_output=True, cwd=ROOT)
    (start,) = re.findall("^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    subprocess.run(start.split(), check=True, capture_output=True)
    try:
        mux = ["testsaslauthd", "-f", str(tmp_path / "mux"), "-u", "ajanssens", "-p", "lab-ajanssens"]
        assert within(5, lambda: subprocess.run(mux, capture_output=True, text=True, check=False).stdout.startswith("0: OK"))
        assert not list(tmp_path.glob("cache.*"))
    finally:
        os.kill(int((tmp_path / "saslauthd.pid").read_text()), signal.SIGTERM)
