"""What must not happen: touching what is not ours, stopping at the first failure, telling secrets, leaving half a mailbox."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from ansible.module_utils.postroom.backends.cyrus import Cyrus, CyrusServer
from ansible.module_utils.postroom.backends.imap import ImapServer
from ansible.module_utils.postroom.core.cyrus.plan import CyrusPolicy, plan_cyrus
from ansible.module_utils.postroom.progress import Progress

from ..unit.declaration import mailbox
from .conftest import MAILBOXES, ROOT, Lab, Repository, cyrus_with, directory_with

JOURNAL = '("/private/comment")'


def test_what_does_not_carry_the_mark_is_never_touched_and_the_others_are_done(repository: Repository, lab: Lab) -> None:
    """A mailbox, and an entry without a mailbox."""
    theirs, entry, ours = (repository.declare(repository.name()) for _ in range(3))
    lab.admin().create(f'"user/{theirs}"')
    lab.ldap("ldapadd", ldif=f"dn: uid={entry},{MAILBOXES}\nobjectClass: sharedMailbox\nuid: {entry}\ncn: Theirs\nmail: {entry}@ugent.be\n")
    before = lab.acl(f"user/{theirs}"), lab.entry(entry)
    run = repository.run("apply")
    assert run.code != 0
    assert f"{theirs}.yml collides with user/{theirs}" in run.output
    assert f"collides with uid={entry},{MAILBOXES}" in run.output
    assert (lab.acl(f"user/{theirs}"), lab.entry(entry)) == before
    assert lab.entry(theirs) == ""
    assert lab.lets_in(ours, "ajanssens")


def test_a_mailbox_that_no_file_declares_stays_as_it_is(repository: Repository, lab: Lab) -> None:
    gone, kept = repository.made(), repository.made()
    (repository.folder / "mailboxes" / f"{gone}.yml").unlink()
    run = repository.apply()
    assert (run.changed, run.plan["summary"]["unchanged"]) == (0, 1)
    assert lab.lets_in(gone, "ajanssens")
    assert lab.lets_in(kept, "ajanssens")


def test_only_limits_plan_and_apply(repository: Repository, lab: Lab) -> None:
    one, other = repository.declare(repository.name()), repository.declare(repository.name())
    assert {change["mailbox"] for change in repository.run("plan", only=one).plan["changes"]} == {one}
    repository.apply(only=one)
    assert (lab.exists(f"user/{one}"), lab.exists(f"user/{other}")) == (True, False)
    unknown = repository.run("apply", only="nobody")
    assert unknown.code != 0
    assert "only= names nobody, which no declaration has" in unknown.output


def test_a_few_mailboxes_with_many_people_on_the_server_are_refused_and_stay_as_they_are(repository: Repository, lab: Lab) -> None:
    """Four mailboxes that lose seven people each: nobody whom a file ever named, and more than one run may remove."""
    names = [repository.made() for _ in range(4)]
    admin = lab.admin()
    for name in names:
        for number in range(7):
            admin.setacl(f'"user/{name}"', f"guest{number}", "lrs")
        repository.declare(name, quota_gb=6)
    before = [(lab.acl(f"user/{name}"), admin.getquota(f'"user/{name}"'), lab.entry(name)) for name in names]
    run = repository.run("apply")
    assert run.code != 0
    assert "28 members would be removed from mailboxes that stay, and one run may do at most 20" in run.said
    assert [(lab.acl(f"user/{name}"), admin.getquota(f'"user/{name}"'), lab.entry(name)) for name in names] == before
    repository.apply(only=",".join(names[:2]))
    assert [("guest0" in lab.acl(f"user/{name}")) for name in names] == [False, False, True, True]


NO_NAME = "only= names no mailbox"


@pytest.mark.parametrize(
    ("playbook", "only", "said"),
    [
        ("apply", "", NO_NAME),
        ("validate", [], NO_NAME),
        ("who", [""], "there is no variable only"),
        ("audit", "", NO_NAME),
        ("adopt", "", NO_NAME),
    ],
)
def test_an_only_that_names_nothing_is_not_all(repository: Repository, lab: Lab, playbook: str, only: object, said: str) -> None:
    name = repository.declare(repository.name())
    run = repository.run(playbook, only=only, mailbox=name)
    assert run.code != 0
    assert said in run.said
    assert not lab.exists(f"user/{name}")


OTHERS = "/etc/ssl/certs/ca-certificates.crt"
"""Authorities that did not sign the lab's certificate."""


@pytest.mark.parametrize(
    ("system", "keys", "message"),
    [
        ("cyrus", {"port": 1}, "Cyrus: localhost:1: cannot be reached: Connection refused"),
        ("cyrus", {"ca_file": OTHERS}, "its certificate is not trusted"),
        ("cyrus", {"password": "wrong"}, "does not let cyrus log in"),
        ("directory", {"uri": "ldap://127.0.0.1:1"}, "ldap://127.0.0.1:1: cannot bind as uid=postroom"),
        ("directory", {"ca_file": OTHERS}, "cannot bind as uid=postroom"),
        ("directory", {"bind_password": "wrong"}, "Invalid credentials"),
    ],
)
def test_a_server_that_cannot_be_used_is_named(
    repository: Repository, lab: Lab, system: str, keys: dict[str, object], message: str
) -> None:
    name = repository.declare(repository.name())
    run = repository.attempt(**{system: keys})
    assert run.code != 0
    assert message in run.said
    assert lab.entry(name) == ""


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (cyrus_with(password="wrong"), "localhost:{cyrus}: does not let cyrus log in"),
        (directory_with(bind_password="wrong"), "Invalid credentials"),
    ],
)
def test_a_playbook_names_a_server_that_cannot_be_used(
    repository: Repository, lab: Lab, variables: dict[str, object], message: str
) -> None:
    name = repository.declare(repository.name())
    run = repository.run("apply", **variables)
    assert run.code != 0
    assert message.format(**lab.ports) in run.said
    assert lab.entry(name) == ""


def test_no_secret_is_shown(repository: Repository, lab: Lab) -> None:
    repository.declare(repository.name())
    run = repository.apply("-vvv", "--diff")
    for name in ("cyrus", "directory"):
        assert lab.secret(name) not in run.output


def test_an_interrupted_creation_is_completed(repository: Repository, lab: Lab) -> None:
    """As if the run was killed between CREATE and the mark: the journal names the mailbox."""
    name = repository.declare(repository.name())
    admin = lab.admin()
    admin.xatom("SETMETADATA", '""', f'(/private/comment "{name}")')
    admin.create(f'"user/{name}"')
    assert repository.planned().details(name, "cyrus")["mark of ownership"] == (None, "postroom")
    repository.converge()
    assert lab.lets_in(name, "ajanssens")
    admin.xatom("GETMETADATA", '""', JOURNAL)
    assert b"NIL" in admin.untagged_responses["METADATA"][-1]


@pytest.mark.parametrize(("journal", "done"), [(True, True), (False, False)])
def test_a_mailbox_made_while_the_run_looked_is_completed_only_if_it_is_ours(
    repository: Repository, lab: Lab, journal: bool, done: bool
) -> None:
    """A killed run's session goes on with the commands that the server has received; somebody else's mailbox stays theirs."""
    name = repository.name()
    server = CyrusServer(
        ImapServer("localhost", "cyrus", lab.secret("cyrus"), lab.ports["cyrus"], ca_file=str(lab.directory / "tls/ca.pem"))
    )
    changes = plan_cyrus([mailbox(address=f"{name}@UGent.be")], {}, CyrusPolicy()).changes
    lab.admin().create(f'"user/{name}"')
    with Cyrus(server) as cyrus:
        failures = cyrus.apply(changes, Progress("", 0), journal=name if journal else "")
        assert not cyrus.observe([name]).mailboxes[name].unfinished
    assert [failure.message for failure in failures] == ([] if done else ["Mailbox already exists"])
    assert lab.exists(f"user/{name}/Sent") is done


def kill(pid: int) -> None:
    """A process and all below it: Ansible's workers are in sessions of their own."""
    os.kill(pid, signal.SIGSTOP)
    for child in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split():
        kill(int(child))
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("seconds_into_the_writes", [0.05, 0.3])
def test_a_killed_run_is_mended_by_the_next(repository: Repository, lab: Lab, seconds_into_the_writes: float) -> None:
    names = [repository.declare(repository.name()) for _ in range(40)]
    run = subprocess.Popen(repository.command("apply"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    admin = lab.admin()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and run.poll() is None:
        admin.untagged_responses.clear()
        admin.xatom("GETMETADATA", '""', JOURNAL)
        if b"NIL" not in admin.untagged_responses["METADATA"][-1]:
            break
        time.sleep(0.01)
    time.sleep(seconds_into_the_writes)
    kill(run.pid)
    run.wait()
    repository.apply()
    assert all(lab.acl(f"user/{name}/Trash").keys() == {name, "ajanssens", "bpeeters"} for name in names)
    assert repository.converge().changed == 0
