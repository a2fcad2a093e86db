"""Letters, as the people whom they are for read them in the practice mail world."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

import pytest

from .conftest import ROOT, Lab, Repository, Run
from .mail import MailClient, relay
from .modules import Modules
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
    return Post(repository, relay(lab))


def text_of(message: Message) -> str:
    plain, html = message.get_payload()
    assert isinstance(plain, Message)
    assert isinstance(html, Message)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    content = plain.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


@dataclass
class Story:
    """A world through which the same runs go for the tests below. After each of them: which letters about each mailbox were taken, which
    mailboxes there were, whether there was a ledger, and the letters that were shown only."""

    post: Post
    names: dict[str, str]
    runs: dict[str, Run] = field(default_factory=dict)
    taken: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    living: dict[str, list[str]] = field(default_factory=dict)
    has_ledger: dict[str, bool] = field(default_factory=dict)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)

    def goes_on(self, moment: str, *arguments: str, playbook: str = "apply", **variables: object) -> None:
        self.runs[moment] = self.post.run(*arguments, playbook=playbook, **variables)
        self.taken[moment] = {word: self.post.taken(name) for word, name in self.names.items()}
        self.living[moment] = [word for word, name in self.names.items() if self.post.lab.exists(f"user/{name}")]
        folder = self.post.repository.folder / "reports" / "letters"
        self.shown[moment] = {file.name: file.read_text() for file in folder.glob("*")}
        self.has_ledger[moment] = (self.post.repository.folder / "ledger").exists()

    def kinds(self, word: str) -> dict[str, list[str]]:
        """The letters about a mailbox, by the moment after which they were there."""
        return {moment: taken[word] for moment, taken in self.taken.items()}

    def declare(self, word: str, **keys: object) -> None:
        self.post.declare(self.names[word], **keys)


WORDS = ("old", "kept", "changing", "theirs", "gone")
"""There before the ledger; not changed after it was made; changed in each run; in the way of one of the same name; without a requester."""


@pytest.fixture(scope="module")
def story(lab: Lab, modules: Modules, without_exchange: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    repository = Repository(tmp_path_factory.mktemp("letters"), lab, without_exchange, modules)
    post = Post(repository, relay(lab))
    story = Story(post, {word: repository.name() for word in WORDS})
    story.declare("old")
    repository.converge()
    story.declare("kept", members=["ajanssens", "aozturk"], language="en")
    story.declare("changing")
    story.declare("theirs")
    story.declare("gone")
    story.goes_on("no ledger", letters__ledger="/proc/letters.jsonl")
    story.goes_on("planned", playbook="plan")
    story.goes_on("checked", "--check")
    repository.declare(story.names["gone"], requested_by="pvroeger")
    lab.admin().create(f'"user/{story.names["theirs"]}"')
    story.goes_on("applied")
    lab.forget(story.names["theirs"])
    story.declare("gone")
    story.declare("changing", members=["ajanssens", "aozturk"], quota_gb=7)
    story.goes_on("applied again")
    story.declare("changing", members=["ajanssens", "aozturk"], quota_gb=8)
    story.goes_on("larger")
    story.goes_on("checked again", "--check")
    story.declare("changing", members=["ajanssens", "aozturk"], state="retired")
    story.goes_on("retired")
    story.declare("changing", members=["ajanssens", "aozturk"])
    story.goes_on("present")
    yield story
    lab.forget(*repository.names)


def test_nothing_is_sent_before_anything_is_made(story: Story) -> None:
    for moment in ("planned", "checked"):
        assert story.runs[moment].code == 0
        assert "Letters, not sent" in story.runs[moment].output
        assert not any(story.taken[moment].values())
        assert not story.has_ledger[moment]


def test_a_ledger_that_cannot_be_used_stops_the_run(story: Story) -> None:
    run = story.runs["no ledger"]
    assert run.code != 0
    assert "cannot use the ledger of letters /proc/letters.jsonl" in run.said
    assert story.living["no ledger"] == ["old"]


def test_a_ledger_that_is_begun_late_owes_nothing(story: Story) -> None:
    assert not any(story.kinds("old").values())


def test_who_asked_for_a_mailbox_is_told_once_how_to_use_it(story: Story) -> None:
    name, post = story.names["kept"], story.post
    assert f"Jan Goossens <{REQUESTER}@ugent.be>: The shared mailbox {name.capitalize()}@UGent.be is ready" in story.runs["applied"].said
    message = post.read(REQUESTER, f"The shared mailbox {name.capitalize()}@UGent.be is ready")
    text = text_of(message)
    for said in (f"{name.capitalize()}@UGent.be", "An Janssens (ajanssens)", "Ayşe Öztürk (aozturk)", "mail.ugent.be", "143"):
        assert said in text
    shown = {file: content for file, content in story.shown["checked"].items() if file.startswith(name)}
    assert shown.keys() == {f"{name}.created.{REQUESTER}.txt", f"{name}.created.{REQUESTER}.html"}
    assert text in shown[f"{name}.created.{REQUESTER}.txt"]
    headers = ("To", "Auto-Submitted", "Content-Language", "Return-Path")
    assert [message[header] for header in headers] == [
        f"Jan Goossens <{REQUESTER}@ugent.be>",
        "auto-generated",
        "en",
        "<helpdesk@ugent.be>",
    ]
    assert [kinds for kinds in story.kinds("kept").values() if kinds] == [["created"]] * 6


def test_a_change_is_told_to_the_requester_and_to_those_it_concerns(story: Story) -> None:
    name, post = story.names["changing"], story.post
    kinds = story.kinds("changing")
    assert (kinds["applied"], sorted(kinds["applied again"])) == (["created"], ["added", "changed", "created", "removed"])
    assert "Ayşe Öztürk" in text_of(post.read(REQUESTER, f"De gebruikers van {name.capitalize()}@UGent.be"))
    assert "Beste Ayşe Öztürk" in text_of(post.read("aozturk", f"toegang tot de shared mailbox {name.capitalize()}@UGent.be"))
    assert "geen toegang meer" in text_of(post.read("bpeeters", f"U hebt geen toegang meer tot {name.capitalize()}@UGent.be"))
    assert (kinds["retired"][4:], kinds["present"][5:]) == (["retired"], ["created"])
    assert post.read(REQUESTER, f"De shared mailbox {name.capitalize()}@UGent.be is afgesloten")


def test_a_run_that_nobody_has_to_be_told_of_says_nothing_of_letters(story: Story) -> None:
    for moment in ("larger", "checked again"):
        assert story.runs[moment].code == 0
        assert "Letters" not in story.runs[moment].output
        assert story.taken[moment] == story.taken["applied again"]


def test_what_failed_is_told_when_it_is_done_and_the_others_at_once(story: Story) -> None:
    """A mailbox that could not be made, and one whose requester has no account."""
    run = story.runs["applied"]
    assert run.code != 0
    file = f"{story.post.repository.folder}/mailboxes/{story.names['gone']}.yml"
    assert f"pvroeger has no active account; name somebody else in {file}" in run.said.replace("- ", "")
    assert {word: story.taken["applied"][word] for word in WORDS[1:]} == {
        "kept": ["created"], "changing": ["created"], "theirs": [], "gone": [],
    }  # fmt: skip
    assert story.runs["applied again"].code == 0
    assert (story.taken["applied again"]["theirs"], story.taken["applied again"]["gone"]) == (["created"], ["created"])


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


def test_only_sends_what_it_is_about(post: Post) -> None:
    one, other = post.declare(), post.declare()
    post.apply(only=one)
    assert (post.taken(one), post.taken(other)) == (["created"], [])
    assert Path(str(post.given()["letters__ledger"])).read_text().count(other) == 0
