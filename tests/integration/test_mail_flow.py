"""Mail to shared mailboxes and from them, by the clients that people use."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .conftest import ROOT, Lab, Repository
from .mail import MailClient, relay
from .modules import Modules

RETIRED = "This shared mailbox has been retired; ask the helpdesk"


@dataclass(frozen=True)
class Mailboxes:
    """Two that stay as they are, and three that the second run changes: a member less, and two retired."""

    repository: Repository
    cyrus: str
    exchange: str
    smaller: str
    retired: str
    retired_on_exchange: str


@pytest.fixture(scope="module")
def mail(lab: Lab) -> MailClient:
    return relay(lab)


@pytest.fixture(scope="module")
def boxes(mail: MailClient, modules: Modules, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailboxes]:
    repository = Repository(tmp_path_factory.mktemp("mail"), mail.lab, ROOT / "inventories" / "lab", modules)
    backends = ("cyrus", "exchange", "cyrus", "cyrus", "exchange")
    names = [repository.declare(repository.name(), backend=backend) for backend in backends]
    repository.converge()
    yield Mailboxes(repository, *names)
    mail.lab.forget(*names)


@pytest.fixture(scope="module")
def changed(boxes: Mailboxes, mail: MailClient) -> Mailboxes:
    """After bpeeters was a member and was taken out, and two mailboxes were in use and are retired."""
    for name in (boxes.smaller, boxes.retired):
        assert mail.as_person("bpeeters", f"{name}@ugent.be", "cdevos@ugent.be").accepted
        assert mail.from_outside("asker@example.org", f"{name}@ugent.be").accepted
    boxes.repository.declare(boxes.smaller, members=["ajanssens"])
    boxes.repository.declare(boxes.retired, state="retired")
    boxes.repository.declare(boxes.retired_on_exchange, backend="exchange", state="retired")
    lacking = f"dn: uid={boxes.exchange},ou=mailboxes,dc=ugent,dc=be\nchangetype: modify\ndelete: sharedMailboxBackend\n"
    mail.lab.ldap("ldapmodify", ldif=lacking)
    assert boxes.repository.apply().plan["summary"]["retire"] == 2
    return boxes


def test_two_members_read_what_an_outsider_a_student_and_a_colleague_wrote(mail: MailClient, boxes: Mailboxes) -> None:
    address = f"{boxes.cyrus}@ugent.be"
    sent = [
        mail.from_outside("asker@example.org", address),
        mail.from_outside("asker@example.org", address.upper()),
        mail.from_outside("asker@example.org", f"{boxes.cyrus.capitalize()}@UGent.be"),
        mail.as_person("cdevos", "cdevos@ugent.be", address),
        mail.as_person("emaes", "emaes@UGent.be", address),
    ]
    assert [one.answer for one in sent if not one.accepted] == []
    for one in sent:
        by_shared_login = mail.read(address, "ajanssens", one.subject)
        by_own_login = mail.read("bpeeters", "bpeeters", one.subject, f"Other Users/{boxes.cyrus}")
        assert by_shared_login is not None
        assert by_own_login is not None
        assert by_shared_login.as_bytes() == by_own_login.as_bytes()


def test_mail_for_a_mailbox_on_exchange_goes_there_in_every_letter_case(mail: MailClient, boxes: Mailboxes) -> None:
    for address in (f"{boxes.exchange}@ugent.be", f"{boxes.exchange}@UGent.BE".upper()):
        sent = mail.from_outside("asker@example.org", address)
        assert sent.accepted, sent.answer
        assert mail.reached_exchange(boxes.exchange, sent.subject)
    assert not mail.lab.exists(f"user/{boxes.exchange}")


def test_nobody_logs_in_to_cyrus_with_a_mailbox_on_exchange(mail: MailClient, boxes: Mailboxes) -> None:
    entry = mail.lab.entry(boxes.exchange)
    assert "sharedMailboxBackend: exchange" in entry
    assert "userPassword" not in entry
    assert not mail.lab.lets_in(f"{boxes.exchange}@ugent.be", "ajanssens")


@pytest.mark.parametrize("backend", ["cyrus", "exchange"])
def test_a_member_answers_as_the_address_and_as_the_own(mail: MailClient, boxes: Mailboxes, backend: str) -> None:
    shared = f"{getattr(boxes, backend).capitalize()}@UGent.be"
    for sender in (shared, "bpeeters@ugent.be"):
        sent = mail.as_person("bpeeters", sender, "cdevos@ugent.be")
        assert sent.accepted, sent.answer
        message = mail.read("cdevos", "cdevos", sent.subject)
        assert message is not None
        assert (message["From"], message["Return-Path"]) == (sender, f"<{sender}>")


@pytest.mark.parametrize("backend", ["cyrus", "exchange"])
def test_nobody_else_sends_as_the_address(mail: MailClient, boxes: Mailboxes, backend: str) -> None:
    address = f"{getattr(boxes, backend)}@ugent.be"
    for sender in (address, address.upper()):
        for login in ("emaes", "cdevos"):
            refused = mail.as_person(login, sender, "cdevos@ugent.be")
            assert (refused.accepted, refused.answer[:9]) == (False, "553 5.7.1")
            assert "not owned by user" in refused.answer
        forged = mail.from_outside(sender, "cdevos@ugent.be")
        assert (forged.accepted, forged.answer[:9]) == (False, "553 5.7.1")


def test_the_port_for_members_wants_tls_and_a_login(mail: MailClient, boxes: Mailboxes) -> None:
    sender = f"{boxes.cyrus}@ugent.be"
    assert mail.submit(sender, "cdevos@ugent.be").answer.startswith("530 5.7.0 Must issue a STARTTLS")
    refused = mail.submit(sender, "cdevos@ugent.be", "--tls")
    assert (refused.accepted, refused.answer[:9]) == (False, "554 5.7.1")
    assert not mail.as_person("pvroeger", "pvroeger@ugent.be", "cdevos@ugent.be").accepted


def test_the_shared_login_does_not_send(mail: MailClient, boxes: Mailboxes) -> None:
    """Members send under their own login, so that the log says who it was."""
    address = f"{boxes.cyrus}@ugent.be"
    account = ["--auth", "PLAIN", "--auth-user", address, "--auth-password", "lab-ajanssens"]
    assert not mail.submit(address, "cdevos@ugent.be", "--tls", *account).accepted
    assert mail.lab.lets_in(address, "ajanssens")


def test_an_address_that_nobody_has_is_refused_at_once(mail: MailClient) -> None:
    unknown = f"T{secrets.token_hex(5)}@UGent.be"
    for address in (unknown, unknown.lower(), unknown.upper(), "*@ugent.be", "someone@sub.ugent.be"):
        refused = mail.from_outside("asker@example.org", address)
        assert (refused.accepted, refused.answer[:1]) == (False, "5"), address
    assert mail.from_outside("asker@example.org", unknown).answer.startswith("550 5.1.1")
    assert "Relay access denied" in mail.from_outside("asker@example.org", "somebody@example.com").answer


def test_a_member_who_was_taken_out_sends_no_more(mail: MailClient, changed: Mailboxes) -> None:
    address = f"{changed.smaller}@ugent.be"
    refused = mail.as_person("bpeeters", address, "cdevos@ugent.be")
    assert (refused.accepted, refused.answer[:9]) == (False, "553 5.7.1")
    assert mail.as_person("bpeeters", "bpeeters@ugent.be", "cdevos@ugent.be").accepted
    assert mail.as_person("ajanssens", address, "cdevos@ugent.be").accepted
    assert (mail.lab.lets_in(address, "bpeeters"), mail.lab.lets_in(address, "ajanssens")) == (False, True)


@pytest.mark.parametrize("which", ["retired", "retired_on_exchange"])
def test_a_retired_mailbox_neither_receives_nor_sends_and_says_why(mail: MailClient, changed: Mailboxes, which: str) -> None:
    for address in (f"{getattr(changed, which)}@ugent.be", f"{getattr(changed, which)}@UGent.be".upper()):
        attempts = [
            mail.from_outside("asker@example.org", address),
            mail.as_person("emaes", "emaes@ugent.be", address),
            mail.as_person("ajanssens", address, "cdevos@ugent.be"),
            mail.from_outside(address, "cdevos@ugent.be"),
        ]
        assert [(one.accepted, one.answer[:9], RETIRED in one.answer) for one in attempts] == [(False, "550 5.2.1", True)] * 4


def test_an_entry_without_a_backend_gets_it(mail: MailClient, changed: Mailboxes) -> None:
    sent = mail.from_outside("asker@example.org", f"{changed.exchange}@ugent.be")
    assert mail.reached_exchange(changed.exchange, sent.subject)


def test_exchange_itself_refuses_what_it_would(mail: MailClient, changed: Mailboxes) -> None:
    """Past the relay: unknown addresses, and senders from outside where the mailbox takes none."""
    unknown = mail.from_outside("asker@example.org", f"t{secrets.token_hex(5)}@ugent.be", "exchange-smtp")
    assert unknown.answer.startswith("550 5.1.10")
    retired = f"{changed.retired_on_exchange}@ugent.be"
    assert mail.from_outside("asker@example.org", retired, "exchange-smtp").answer.startswith("550 5.7.54")
    inside = mail.from_outside("emaes@ugent.be", retired, "exchange-smtp")
    assert inside.accepted, inside.answer
    assert mail.reached_exchange(changed.retired_on_exchange, inside.subject)


def test_only_root_and_postfix_read_the_directory_password(mail: MailClient) -> None:
    config = mail.lab.directory / "postfix" / "config"
    password = mail.lab.secret("relay")
    holders = [path for path in config.rglob("*") if path.is_file() and password in path.read_text()]
    assert {path.parent.name for path in holders} == {"ldap"}
    assert [oct(path.stat().st_mode & 0o007) for path in holders] == ["0o0"] * len(holders)


def test_a_killed_relay_is_repaired(mail: MailClient, boxes: Mailboxes) -> None:
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(mail.lab.directory / "supervisord.conf"), "pid", "postfix"]
    before = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    os.kill(int(before), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() in (before, "0"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while not (sent := mail.from_outside("asker@example.org", f"{boxes.cyrus}@ugent.be")).accepted:
        assert time.monotonic() < deadline, sent.answer
        time.sleep(0.2)
    assert mail.read(f"{boxes.cyrus}@ugent.be", "ajanssens", sent.subject) is not None
