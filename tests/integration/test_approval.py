"""The plan that was approved is the plan that runs; no run does more than it may; one apply at a time; a journal of each."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import MAILBOXES, ROOT, Lab, Repository

LOCK = f"cn=apply lock,{MAILBOXES}"


def approve(repository: Repository) -> Path:
    assert repository.run("plan").code == 0
    return Path(shutil.copy(repository.folder / "reports/plan.json", repository.folder / "approved.json"))


def journal(repository: Repository) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (repository.folder / "reports/journal.jsonl").read_text().splitlines()]


def test_the_approved_plan_runs(repository: Repository, lab: Lab) -> None:
    name = repository.declare(repository.name())
    repository.apply(approved_plan=str(approve(repository)))
    assert lab.lets_in(name, "bpeeters")
    assert lab.entry(name)


def test_another_plan_than_the_approved_one_changes_nothing(repository: Repository, lab: Lab) -> None:
    name, other = repository.declare(repository.name()), repository.name()
    approved = approve(repository)
    repository.declare(other)
    repository.declare(name, members=["ajanssens", "emaes"])
    for _ in range(2):  # the refused plan does not take the place of the approved one
        run = repository.run("apply", approved_plan=str(approved))
        assert run.code != 0
        assert f"{other} on cyrus: create is planned, and was not approved" in run.said
        assert f"{name} on cyrus: rights of emaes: nothing -> lrswipkte is planned, and was not approved" in run.said
        assert not lab.exists(f"user/{name}")
        assert lab.entry(name) + lab.entry(other) == ""
    assert (repository.folder / "reports/refused-plan.md").exists()


def test_a_server_that_changed_after_the_approval_changes_nothing(repository: Repository, lab: Lab) -> None:
    name = repository.made()
    repository.declare(name, quota_gb=6)
    approved = approve(repository)
    lab.admin().setacl(f'"user/{name}"', "cdevos", "lrs")
    run = repository.run("apply", approved_plan=str(approved))
    assert run.code != 0
    assert f"{name} on cyrus: rights of cdevos on INBOX: lrs -> nothing is planned, and was not approved" in run.said
    assert lab.acl(f"user/{name}")["cdevos"].startswith("lrs")


@pytest.mark.parametrize(("content", "message"), [(None, "cannot read"), ("{}", "it is not a plan.json"), ("no", "it is not JSON")])
def test_what_is_no_approved_plan_changes_nothing(repository: Repository, lab: Lab, content: str | None, message: str) -> None:
    name = repository.declare(repository.name())
    approved = repository.folder / "approved.json"
    if content is not None:
        approved.write_text(content)
    run = repository.run("apply", approved_plan=str(approved))
    assert run.code != 0
    assert message in run.said
    assert not lab.exists(f"user/{name}")


def test_a_plan_of_the_version_before_is_refused_in_words(repository: Repository, lab: Lab) -> None:
    name = repository.declare(repository.name())
    approved = approve(repository)
    plan = json.loads(approved.read_text())
    for change in plan["changes"]:
        for detail in change["details"]:
            del detail["subjects"]
    approved.write_text(json.dumps({**plan, "format": 1}))
    run = repository.run("apply", approved_plan=str(approved))
    assert run.code != 0
    assert "another version of Postroom wrote it (its format is 1, this version's is 2); plan again" in run.said
    assert "Traceback" not in run.output
    assert not lab.exists(f"user/{name}")


def test_a_run_over_a_limit_changes_nothing_until_it_is_allowed(repository: Repository, lab: Lab) -> None:
    """Over each of the three limits, each of which is a refusal of its own."""
    names = [repository.declare(repository.name()) for _ in range(15)]
    repository.converge()
    for number, name in enumerate(names):
        repository.declare(name, **({"state": "retired"}, {"members": ["ajanssens"]}, {"quota_gb": 6})[number % 3])
    before = [(lab.acl(f"user/{name}"), lab.entry(name)) for name in names]
    reasons = {
        "retired": (5, "5 mailboxes would be retired, and one run may do at most 2"),
        "members_removed": (5, "5 members would be removed from mailboxes that stay"),
        "touched": (15, "15 mailboxes would be changed"),
    }
    for playbook in ("plan", "apply"):
        run = repository.run(playbook, **{f"plan_report__{limit}_maximum": 2 for limit in reasons})
        assert run.code != 0
        for limit, (needed, reason) in reasons.items():
            assert reason in run.said
            assert f"plan_report__{limit}_maximum={needed}" in run.said
    assert len(run.plan["refusals"]) == 3
    assert [(lab.acl(f"user/{name}"), lab.entry(name)) for name in names] == before
    repository.apply(**{f"plan_report__{limit}_maximum": needed for limit, (needed, _) in reasons.items()})
    assert repository.planned().plan["changes"] == []


def test_a_protected_mailbox_keeps_a_staff_member(repository: Repository, lab: Lab) -> None:
    name = repository.made(members=["ajanssens", "cdevos"])
    repository.declare(name, members=["cdevos"])
    protected = {"plan_report__protected": [f"{name}@UGent.be"]}
    run = repository.run("apply", **protected)
    assert run.code != 0
    assert f"{name} is protected and would have no staff member left" in run.said
    assert lab.lets_in(name, "ajanssens")
    repository.declare(name, members=["bpeeters", "cdevos"])
    repository.apply(**protected)
    assert lab.lets_in(name, "bpeeters")


def test_no_declarations_at_all_are_refused(repository: Repository) -> None:
    (repository.folder / "mailboxes").mkdir()
    for playbook in ("plan", "apply", "validate"):
        run = repository.run(playbook)
        assert run.code != 0
        assert "there is no declaration in" in run.said


def test_the_journal_says_what_was_done_and_what_failed(repository: Repository, lab: Lab) -> None:
    ours, theirs = repository.declare(repository.name()), repository.declare(repository.name())
    lab.admin().create(f'"user/{theirs}"')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(10)
        repository.run("apply", plan_report__syslog=f"127.0.0.1:{syslog.getsockname()[1]}")
        sent = [syslog.recv(65536).decode() for _ in journal(repository)]
    found = {(one["mailbox"], one["system"]): one for one in journal(repository)}
    assert [found[ours, system]["result"] for system in ("cyrus", "directory")] == ["done", "done"]
    assert found[ours, "cyrus"]["after"]["rights of bpeeters"] == "lrswipkte"
    assert found[theirs, "cyrus"]["result"] == "failed"
    assert "collides" in found[theirs, "cyrus"]["message"]
    assert all(line.partition("postroom: ")[2].startswith('{"time"') for line in sent)


@pytest.fixture
def other_run(lab: Lab) -> Iterator[subprocess.Popen[bytes]]:
    """Another run on this machine, as the lock sees it."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()
    lab.ldap("ldapdelete", LOCK)


def hold(lab: Lab, process: int, **other: object) -> None:
    """Put the lock of another run there, by LDAP."""
    began = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    machine = f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
    holder = {
        "host": "runner1", "machine": machine, "process": process, "began": began, "operator": "helpdesk", "run": "job 7",
        "since": time.time(), **other,
    }  # fmt: skip
    lab.ldap("ldapadd", ldif=f"dn: {LOCK}\nobjectClass: applicationProcess\ncn: apply lock\ndescription: {json.dumps(holder)}\n")


def test_the_second_of_two_runs_ends_with_who_holds_the_lock_and_a_dry_run_needs_none_and_leaves_no_journal(
    repository: Repository, lab: Lab, other_run: subprocess.Popen[bytes]
) -> None:
    name = repository.declare(repository.name())
    hold(lab, other_run.pid)
    run = repository.run("apply")
    assert run.code != 0
    assert f"another apply runs: helpdesk on runner1 (process {other_run.pid}, job 7) since 20" in run.said
    assert not lab.exists(f"user/{name}")
    assert repository.run("plan").code == 0
    assert repository.run("apply", "--check").code == 0
    assert not (repository.folder / "reports/journal.jsonl").exists()


def test_it_waits_when_told_to(repository: Repository, lab: Lab, other_run: subprocess.Popen[bytes]) -> None:
    name = repository.declare(repository.name())
    hold(lab, other_run.pid)
    waiting = subprocess.Popen(repository.command("apply", directory_entries__lock_wait=60), cwd=ROOT, stdout=subprocess.DEVNULL)
    time.sleep(5)
    assert (waiting.poll(), lab.exists(f"user/{name}")) == (None, False)
    lab.ldap("ldapdelete", LOCK)
    assert waiting.wait(60) == 0
    assert lab.exists(f"user/{name}")


def test_the_lock_of_a_killed_run_is_taken_over_and_given_back(
    repository: Repository, lab: Lab, other_run: subprocess.Popen[bytes]
) -> None:
    repository.declare(repository.name())
    hold(lab, other_run.pid)
    os.kill(other_run.pid, signal.SIGKILL)
    other_run.wait()
    run = repository.apply()
    assert "took over the lock that helpdesk on runner1" in run.said
    assert lab.ldap("ldapsearch", "-LLL", "-b", LOCK, "-s", "base") == ""


@pytest.mark.parametrize(("hours", "code"), [(11, 2), (13, 0)])
def test_the_lock_of_another_machine_expires(
    repository: Repository, lab: Lab, other_run: subprocess.Popen[bytes], hours: float, code: int
) -> None:
    repository.declare(repository.name())
    hold(lab, other_run.pid, machine="another", since=time.time() - hours * 3600)
    assert repository.run("apply").code == code
