"""Letters, as the people whom they are for read them in the practice mail world."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from .conftest import ROOT, Lab, Repository, Run
from .mail import MailClient
from .test_safety import kill

REQUESTER = "jgoossens"


@dataclass(frozen=True)
class Post:
    """Playbooks that send letters, with a ledger of the test's own, and the mail that they make."""

    repository: Repository
    mail: MailClient

    @property
    def lab(self) -> Lab:
        return self.mail.lab

    def given(self, **variables: object) -> dict[str, object]:
        return {"letters__smtp_host": "localhost", "letters__ledger": str(self.repository.folder / "ledger/letters.jsonl"), **variables}

    def declare(self, name: str = "", **keys: object) -> str:
        return self.repository.declare(name or self.repository.name(), requested_by=REQUESTER, **keys)

    def run(self, *arguments: str, playbook: str = "apply", **variables: object) -> Run:
        return self.repository.run(playbook, *arguments, **self.given(**variables))

    def apply(self, **variables: object) -> Run:
        return self.repository.apply(**self.given(**variables))

    def taken(self, name: str) -> list[str]:
        """The kinds of the letters about a mailbox that the mail server took, in its own log's words: also one that Cyrus would drop for
        being a duplicate."""
        log = (self.lab.directory / "log" / "mail.log").read_text()
        marks = [line.partition(f"message-id=<{name}.")[2] for line in log.splitlines()]
        return [mark.partition(".")[0] for mark in marks if mark]

    def read(self, login: str, subject: str) -> Message:
        message = self.mail.read(login, login, subject)
        assert message is not None, f"{login} got no letter about {subject}"
        return message


@pytest.fixture
def post(lab: Lab, repository: Repository) -> Post:
    if "postfix" not in lab.ports:
        pytest.skip("Postfix needs root, so this lab has no mail relay")
    return Post(repository, MailClient(lab))


def text_of(message: Message) -> str:
    plain, html = message.get_payload()
    assert isinstance(plain, Message)
    assert isinstance(html, Message)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    content = plain.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def test_who_asked_for_a_mailbox_is_told_once_how_to_use_it(post: Post) -> None:
    name = post.declare(members=["ajanssens", "aozturk"], language="en")
    assert "Letters, not sent" in post.run(playbook="plan").output
    assert "Letters, not sent" in post.run("--check").output
    assert post.taken(name) == []
    assert not (post.repository.folder / "ledger").exists()
    shown = post.repository.folder / "reports/letters"
    assert {file.name for file in shown.iterdir()} == {f"{name}.created.{REQUESTER}.txt", f"{name}.created.{REQUESTER}.html"}

    run = post.apply()
    assert f"Jan Goossens <{REQUESTER}@ugent.be>: The shared mailbox {name.capitalize()}@UGent.be is ready" in run.said
    message = post.read(REQUESTER, f"The shared mailbox {name.capitalize()}@UGent.be is ready")
    text = text_of(message)
    for said in (f"{name.capitalize()}@UGent.be", "An Janssens (ajanssens)", "Ayşe Öztürk (aozturk)", "mail.ugent.be", "143"):
        assert said in text
    assert text in (shown / f"{name}.created.{REQUESTER}.txt").read_text()
    headers = ("To", "Auto-Submitted", "Content-Language", "Return-Path")
    assert [message[header] for header in headers] == [
        f"Jan Goossens <{REQUESTER}@ugent.be>",
        "auto-generated",
        "en",
        "<helpdesk@ugent.be>",
    ]

    assert "Letters" not in post.apply().output
    assert "Letters" not in post.run("--check").output
    assert post.taken(name) == ["created"]


def test_a_change_is_told_to_the_requester_and_to_those_it_concerns(post: Post) -> None:
    name = post.declare(members=["ajanssens", "bpeeters"])
    post.apply()
    post.declare(name, members=["ajanssens", "aozturk"], quota_gb=7)
    post.apply()
    assert sorted(post.taken(name)) == ["added", "changed", "created", "removed"]
    assert "Ayşe Öztürk" in text_of(post.read(REQUESTER, f"De gebruikers van {name.capitalize()}@UGent.be"))
    assert "Beste Ayşe Öztürk" in text_of(post.read("aozturk", f"toegang tot de shared mailbox {name.capitalize()}@UGent.be"))
    assert "geen toegang meer" in text_of(post.read("bpeeters", f"U hebt geen toegang meer tot {name.capitalize()}@UGent.be"))

    post.declare(name, members=["ajanssens", "aozturk"], quota_gb=8)
    assert "Letters" not in post.apply().output
    post.declare(name, members=["ajanssens", "aozturk"], state="retired")
    post.apply()
    assert post.taken(name)[4:] == ["retired"]
    assert post.read(REQUESTER, f"De shared mailbox {name.capitalize()}@UGent.be is afgesloten")
    post.declare(name, members=["ajanssens", "aozturk"])
    post.apply()
    assert post.taken(name)[5:] == ["created"]


def test_a_mail_server_that_cannot_be_used_fails_the_run_and_the_next_one_sends(post: Post) -> None:
    name = post.declare()
    run = post.run(letters__smtp_port=1)
    assert run.code != 0
    assert f"the letter to {REQUESTER} (created) is still owed: localhost:1: cannot be reached: Connection refused" in run.said
    assert post.lab.lets_in(name, "ajanssens")
    run = post.run(letters__smtp_ca_file="/etc/ssl/certs/ca-certificates.crt", plan_report__touched_maximum=0)
    assert (run.code != 0, post.taken(name)) == (True, [])
    assert "its certificate is not trusted" in run.said
    run = post.apply(plan_report__touched_maximum=0)  # a reviewed run that finds nothing to make
    assert run.changed == 1
    assert post.taken(name) == ["created"]
    assert post.read(REQUESTER, f"De shared mailbox {name.capitalize()}@UGent.be is klaar")


@pytest.mark.parametrize("variables", [{}, {"plan_report__members_removed_maximum": 0, "plan_report__retired_maximum": 0}])
def test_a_run_that_is_killed_before_the_letter_is_sent_leaves_it_to_the_next(post: Post, variables: dict[str, object]) -> None:
    """In one pass, and reviewed. The server that is called takes the call and says nothing."""
    name = post.declare()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        given = post.given(letters__smtp_port=silent.getsockname()[1], **variables)
        command = post.repository.command("apply", **given)
        run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        silent.accept()
        kill(run.pid)
        run.wait()
    assert post.lab.lets_in(name, "ajanssens")
    assert post.taken(name) == []
    assert post.apply(**variables).plan.get("changes", []) == []
    assert post.taken(name) == ["created"]


def test_a_ledger_that_is_begun_late_owes_nothing_and_one_that_cannot_be_used_stops_the_run(post: Post) -> None:
    old = post.declare()
    post.repository.converge()
    new = post.declare()
    unusable = post.run(letters__ledger="/proc/letters.jsonl")
    assert unusable.code != 0
    assert "cannot use the ledger of letters /proc/letters.jsonl" in unusable.said
    assert not post.lab.exists(f"user/{new}")
    post.apply()
    assert (post.taken(old), post.taken(new)) == ([], ["created"])


def test_what_failed_is_told_when_it_is_done_and_the_others_at_once(post: Post) -> None:
    """A mailbox that could not be made, and one whose requester has no account."""
    theirs, ours = post.declare(), post.declare()
    gone = post.repository.declare(post.repository.name(), requested_by="pvroeger")
    post.lab.admin().create(f'"user/{theirs}"')
    run = post.run()
    assert run.code != 0
    assert f"pvroeger has no active account; name somebody else in {post.repository.folder}/mailboxes/{gone}.yml" in run.said.replace(
        "- ", ""
    )
    assert (post.taken(theirs), post.taken(ours), post.taken(gone)) == ([], ["created"], [])
    post.lab.forget(theirs)
    post.declare(gone)
    post.apply()
    assert (post.taken(theirs), post.taken(ours), post.taken(gone)) == (["created"], ["created"], ["created"])


def test_only_sends_what_it_is_about(post: Post) -> None:
    one, other = post.declare(), post.declare()
    post.apply(only=one)
    assert (post.taken(one), post.taken(other)) == (["created"], [])
    assert Path(str(post.given()["letters__ledger"])).read_text().count(other) == 0
