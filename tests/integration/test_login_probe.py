"""validate.yml sees whether logins with a shared address are counted against members, and adds next to nothing to what is counted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import PEOPLE, POLICY, ROOT, Lab, Repository

ACCOUNT, ENTRY = f"uid=probe,{PEOPLE}", f"uid=shared-probe,{PEOPLE}"
PASSWORD = "a long password of the probe"
ENTRIES = f"""\
dn: {ACCOUNT}
objectClass: inetOrgPerson
uid: probe
cn: Probe
sn: Probe
userPassword: {PASSWORD}

dn: {ENTRY}
objectClass: account
objectClass: simpleSecurityObject
uid: shared-probe
userPassword: {{SASL}}probe
pwdPolicySubentry: {POLICY}
"""
COUNTED = "logins with a shared address count against the members"


@pytest.fixture
def probe(lab: Lab) -> Iterator[None]:
    lab.idm("ldapadd", ldif=ENTRIES)
    yield
    lab.idm("ldapdelete", ACCOUNT, ENTRY)


@pytest.fixture
def asks_the_first_server(lab: Lab) -> Iterator[None]:
    """The saslauthd behind {SASL} asks the directory whose password policy counts, as it would without a replica."""
    file = lab.directory / "run" / "sasl-ldap" / "saslauthd.conf"
    before = file.read_text()
    (replica,) = (line for line in before.splitlines() if line.startswith("ldap_servers:"))
    first = f"ldap_servers: ldap://127.0.0.1:{lab.ports['slapd']}/"
    restart(lab, file, before.replace(replica, first).replace("ldap_start_tls: no", "ldap_start_tls: yes"))
    yield
    restart(lab, file, before)


def restart(lab: Lab, file: Path, text: str) -> None:
    file.write_text(text)
    command = [".venv/bin/python", "lab/services.py", "start", str(lab.directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def failures(lab: Lab) -> int:
    return lab.idm("ldapsearch", "-LLL", "-b", ACCOUNT, "-s", "base", "pwdFailureTime").count("pwdFailureTime:")


def wrong_own_login(lab: Lab) -> None:
    assert lab.ldap_as(ACCOUNT, "wrong", "ldapwhoami").returncode == 49


def validate(repository: Repository, **keys: object) -> str:
    if not repository.names:
        repository.declare(repository.name())
    given = {"entry": ENTRY, "account": ACCOUNT, "password": PASSWORD, **keys}
    run = repository.run("validate", "-v", use_directory=True, directory_entries__login_probe=given)
    assert run.code == 0, run.output
    assert PASSWORD not in run.output
    return run.said


@pytest.mark.usefixtures("probe")
def test_it_is_silent_where_the_replica_is_asked(lab: Lab, repository: Repository) -> None:
    wrong_own_login(lab)
    said = validate(repository)
    assert "counted: 'no'" in said
    assert "WARNING" not in said
    assert failures(lab) == 1


@pytest.mark.usefixtures("probe", "asks_the_first_server")
def test_it_warns_where_logins_are_counted_and_adds_at_most_one_failure(lab: Lab, repository: Repository) -> None:
    said = validate(repository)
    assert COUNTED in said
    assert "had 0 failed logins, and 1 after one wrong password" in said
    assert failures(lab) == 1
    for _ in range(2):
        said = validate(repository)
        assert COUNTED in said
        assert failures(lab) <= 1


@pytest.mark.usefixtures("probe")
def test_it_says_when_it_cannot_tell(lab: Lab, repository: Repository) -> None:
    assert "shows no failed login, before and after a wrong password" in validate(repository)
    wrong_own_login(lab)
    assert "does not take the password of the probe account" in validate(repository, password="of-before")
    assert failures(lab) == 1


@pytest.mark.usefixtures("probe", "asks_the_first_server")
def test_it_tries_nothing_near_the_lock(lab: Lab, repository: Repository) -> None:
    for _ in range(3):
        wrong_own_login(lab)
    assert "so nothing was tried" in validate(repository)
    assert failures(lab) == 3
    assert lab.ldap_as(ACCOUNT, PASSWORD, "ldapwhoami").returncode == 0


@pytest.mark.usefixtures("probe")
def test_an_account_that_is_not_there_is_said(lab: Lab, repository: Repository) -> None:
    repository.declare(repository.name())
    given = {"entry": ENTRY, "account": f"uid=nobody,{PEOPLE}", "password": PASSWORD}
    run = repository.run("validate", use_directory=True, directory_entries__login_probe=given)
    assert run.code != 0
    assert f"uid=nobody,{PEOPLE}" in run.said
