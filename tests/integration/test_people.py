"""People as the directory has them: several login names, and accounts that have ended or are only locked for a while."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from .conftest import PEOPLE, Lab, Repository, directory_with
from .test_login import knows, person, set_person, within  # noqa: F401 (person is a fixture)

TWO_LOGINS = f"""\
dn: uid=mverm,{PEOPLE}
objectClass: inetOrgPerson
objectClass: eduPerson
uid: mverm
uid: maria.v
cn: Maria Verm
sn: Verm
mail: Maria.Verm@UGent.be
eduPersonAffiliation: staff
userPassword: lab-mverm

dn: cn=Janssens\\, Piet\\2B,{PEOPLE}
objectClass: inetOrgPerson
objectClass: eduPerson
uid: pjanssens
cn: Janssens, Piet+
sn: Janssens
mail: Piet.Janssens@UGent.be
eduPersonAffiliation: staff
userPassword: lab-pjanssens
"""


@pytest.fixture
def two_logins(lab: Lab) -> Iterator[None]:
    """Somebody with two login names, and somebody whose name takes escapes in a DN."""
    lab.idm("ldapadd", ldif=TWO_LOGINS)
    assert within(5, lambda: knows(lab, "maria.v", "lab-mverm"))
    yield
    lab.idm("ldapdelete", f"uid=mverm,{PEOPLE}", f"cn=Janssens\\, Piet\\2B,{PEOPLE}")


@pytest.mark.usefixtures("two_logins")
def test_each_login_name_of_a_person_counts(lab: Lab, repository: Repository) -> None:
    name = repository.made(members=["maria.v", "pjanssens"])
    assert [lab.lets_in(name, login) for login in ("mverm", "pjanssens")] == [True, True]
    assert repository.converge().changed == 0
    assert repository.findings(name) == {}
    taken = repository.declare("maria.v")
    for playbook in ("validate", "plan"):
        run = repository.run(playbook, use_directory=True)
        assert run.code != 0
        assert f"Maria.v is a login name of uid=mverm,{PEOPLE}" in run.said
    run = repository.attempt(taken)
    assert (run.code != 0, f"uid=mverm,{PEOPLE}, who has maria.v already" in run.said) == (True, True)


def test_a_lock_that_ends_by_itself_is_no_ended_account(lab: Lab, repository: Repository, person: str) -> None:  # noqa: F811
    repository.declare(repository.name(), members=["ajanssens", person])
    for _ in range(5):
        assert not lab.lets_in(person, "ajanssens")
    assert "pwdAccountLockedTime: 2" in lab.idm("ldapsearch", "-LLL", "-b", f"uid={person},{PEOPLE}", "pwdAccountLockedTime")
    assert "has an account that has ended" not in repository.problems()
    set_person(lab, "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z")
    assert "has an account that has ended" in repository.problems()
    never = directory_with(ended_accounts="(uid=nobody)")
    assert repository.run("validate", use_directory=True, **never).code == 0


def test_an_ended_account_stops_only_merge_requests_about_its_mailbox(lab: Lab, repository: Repository, person: str) -> None:  # noqa: F811
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(repository.folder), "-c", "user.name=x", "-c", "user.email=x", *arguments], check=True)

    set_person(lab, "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z")
    theirs, other = repository.name(), repository.name()
    repository.declare(theirs, members=["ajanssens", person])
    git("init", "-q", "-b", "main")
    git("add", "mailboxes")
    git("commit", "-q", "-m", "x")
    repository.declare(other)
    run = repository.run("validate", use_directory=True, target_branch="main")
    assert (run.code, "member-unknown (warning)" in run.said) == (0, True)
    repository.declare(theirs, members=["ajanssens", person], purpose="Another")
    assert repository.run("validate", use_directory=True, target_branch="main").code != 0
