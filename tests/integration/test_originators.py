"""Whom mail says it is from: shared addresses in From are for members, whoever logs in to the relay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from .conftest import Lab, Repository
from .mail import MailClient, relay
from .modules import Modules

SUPERVISORCTL = [sys.executable, "-m", "supervisor.supervisorctl", "-c"]


@dataclass(frozen=True)
class Mailboxes:
    """By address. bpeeters is a member of both; the second one is retired."""

    active: str
    retired: str


@pytest.fixture(scope="module")
def mail(lab: Lab) -> MailClient:
    return relay(lab)


@pytest.fixture(scope="module")
def boxes(mail: MailClient, modules: Modules, tmp_path_factory: pytest.TempPathFactory, without_exchange: Path) -> Iterator[Mailboxes]:
    repository = Repository(tmp_path_factory.mktemp("originators"), mail.lab, without_exchange, modules)
    active, retired = (repository.declare(repository.name()) for _ in range(2))
    repository.converge()
    repository.declare(retired, state="retired")
    repository.converge()
    yield Mailboxes(f"{active}@ugent.be", f"{retired}@ugent.be")
    for name in repository.names:
        mail.lab.forget(name)


def arrived(mail: MailClient, subject: str) -> Message:
    message = mail.read("cdevos", "cdevos", subject)
    assert message is not None
    return message


def forms(address: str) -> dict[str, list[str]]:
    """Header fields that say, in one way or another, that a message is from this address."""
    name, _, domain = address.partition("@")
    half = len(name) // 2
    return {
        "alone": [f"From: {address}"],
        "in capitals": [f"FROM: <{address.upper()}>"],
        "with a name": [f'From: "Info, Labo" <{address}>'],
        "with an encoded name": [f"From: =?utf-8?q?Labo_=C3=A9?= <{address}>"],
        "as the name": [f'From: "{address}" <emaes@ugent.be>'],
        "as an encoded name": [f"From: =?utf-8?q?{name}=40{domain}?= <emaes@ugent.be>"],
        "second of two": [f"From: emaes@ugent.be, {address}", "Sender: emaes@ugent.be"],
        "in a second line": ["From: emaes@ugent.be", f"From: {address}"],
        "in a group": [f"From: team: emaes@ugent.be, {address};"],
        "in a comment": [f"From: emaes@ugent.be (for {address})"],
        "with comments within": [f"From: {name}(a) @ (b){domain}"],
        "folded": ["From: Labo", f" <{name}@", f"\t{domain}>"],
        "in two words": [
            f"From: =?utf-8?q?{name[:half]}?=",
            f" =?utf-8?q?{name[half:]}=40{domain}?= <emaes@ugent.be>",
        ],
        "as the sender": ["From: emaes@ugent.be", f"Sender: {address}"],
        "sent again": [f"From: {address}", "Resent-From: emaes@ugent.be"],
        "sent again by it": ["From: emaes@ugent.be", f"Resent-From: {address}"],
    }


@pytest.mark.parametrize("form", forms("labo@ugent.be"))
def test_only_members_write_from_a_shared_address(mail: MailClient, boxes: Mailboxes, form: str) -> None:
    fields = forms(boxes.active)[form]
    refused = mail.write("emaes", *fields)
    assert (refused.accepted, refused.answer[:9]) == (False, "550 5.7.1")
    assert f"says that it is from {boxes.active}; only members of a shared mailbox write as it" in refused.answer
    sent = mail.write("bpeeters", *fields)
    assert sent.accepted, sent.answer
    arrived(mail, sent.subject)


def test_a_member_writes_from_both_with_either_envelope(mail: MailClient, boxes: Mailboxes) -> None:
    for sender in (boxes.active, "bpeeters@ugent.be"):
        for author in (boxes.active, "bpeeters@ugent.be"):
            sent = mail.write("bpeeters", f"From: {author}", sender=sender)
            assert sent.accepted, sent.answer
            message = arrived(mail, sent.subject)
            assert (message["From"], message["Return-Path"]) == (author, f"<{sender}>")


def test_nobody_writes_from_a_retired_address(mail: MailClient, boxes: Mailboxes) -> None:
    refused = mail.write("bpeeters", f"From: {boxes.retired}")
    assert (refused.accepted, refused.answer[:9]) == (False, "550 5.7.1")


@pytest.mark.parametrize(
    "fields",
    [
        ["From: Els Maes <emaes@ugent.be>"],
        ["From: =?utf-8?q?Els_=3A=28?= <Emaes@UGent.be>"],
        ['From: "Maes, Els" <emaes@ugent.be>', "In-Reply-To: <a@b>", "References: <a@b>"],
        ["From: emaes@ugent.be, gmertens@ugent.be", "Sender: emaes@ugent.be"],
        ["From: asker@example.org", "Resent-From: emaes@ugent.be"],
        ["From: O'Brien <emaes+vragen@ugent.be>", "List-Id: <list.ugent.be>"],
        ["X-Mailer: one that writes no From"],
        ["From: emaes@ugent.be", "Content-Type: message/rfc822"],
    ],
)
def test_whoever_names_no_shared_address_is_not_held_up(mail: MailClient, boxes: Mailboxes, fields: list[str]) -> None:
    sent = mail.write("emaes", *fields)
    assert sent.accepted, sent.answer
    assert arrived(mail, sent.subject)["From"] == next((line[6:] for line in fields if line.startswith("From: ")), None)


def test_answers_may_be_asked_to_the_shared_address_by_anybody(mail: MailClient, boxes: Mailboxes) -> None:
    assert mail.write("emaes", "From: emaes@ugent.be", f"Reply-To: {boxes.active}", f"Cc: {boxes.active}").accepted


def test_what_cannot_be_read_with_certainty_is_refused_with_what_to_write(mail: MailClient, boxes: Mailboxes) -> None:
    refused = mail.write("emaes", "From: Els ( <emaes@ugent.be>")
    assert (refused.accepted, refused.answer[:9]) == (False, "550 5.6.0")
    assert "write it as Name <address>" in refused.answer


def test_what_was_judged_is_what_is_sent(mail: MailClient, boxes: Mailboxes) -> None:
    """Postfix completes no name to an address of ours behind the milter."""
    name = boxes.active.partition("@")[0]
    for author in (name, f"{name}%ugent.be"):
        sent = mail.write("emaes", f"From: {author}")
        assert sent.accepted
        assert arrived(mail, sent.subject)["From"] == author


def test_while_the_milter_is_away_mail_waits_at_the_sender(mail: MailClient, boxes: Mailboxes) -> None:
    command = [*SUPERVISORCTL, str(mail.lab.directory / "supervisord.conf")]
    assert "stopped" in subprocess.run([*command, "stop", "milter"], capture_output=True, text=True, check=True).stdout
    try:
        waits = mail.write("emaes", "From: emaes@ugent.be")
        assert (waits.accepted, waits.answer[:9]) == (False, "454 4.3.0")
        assert mail.from_outside("asker@example.org", boxes.active).accepted
    finally:
        subprocess.run([*command, "start", "milter"], capture_output=True, check=True)
    assert mail.write("emaes", "From: emaes@ugent.be").accepted


def test_while_the_directory_tells_nothing_mail_waits_at_the_sender(mail: MailClient, boxes: Mailboxes) -> None:
    """As its map is asked for another server; the envelope's sender is looked up in a map of its own."""
    forged = mail.lab.directory / "postfix" / "config" / "ldap" / "forged.cf"
    before = forged.read_text()
    forged.write_text(before.replace(str(mail.lab.ports["slapd"]), "1"))
    try:
        waits = mail.write("emaes", f"From: {boxes.active}")
        assert (waits.accepted, waits.answer[:9]) == (False, "451 4.3.0")
        assert mail.write("emaes", "From: emaes@ugent.be").accepted
    finally:
        forged.write_text(before)


def test_a_killed_milter_is_started_again(mail: MailClient, boxes: Mailboxes) -> None:
    command = [*SUPERVISORCTL, str(mail.lab.directory / "supervisord.conf")]
    os.kill(int(subprocess.run([*command, "pid", "milter"], capture_output=True, text=True, check=True).stdout), signal.SIGKILL)
    answers = iter(lambda: mail.write("emaes", f"From: {boxes.active}").answer[:3], "550")
    assert [answer for _, answer in zip(range(100), answers, strict=False) if answer not in ("451", "454")] == []
