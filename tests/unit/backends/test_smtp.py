from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.smtp import LetterRefusedError, Smtp, SmtpServer


class Sink:
    """A mail server in memory that knows no bo, and counts the calls."""

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, list[str]]] = []
        self.calls = 0

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802
        self.calls += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if address.startswith("bo@"):
            return "550 5.1.1 unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield sink, port
    controller.stop()


def letter(recipient: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Helpdesk <helpdesk@ugent.be>", recipient
    message.set_content("Good day")
    return message


def test_one_session_for_all_letters_and_a_refused_one_does_not_stop_the_others(sink: tuple[Sink, int]) -> None:
    server, port = sink
    with Smtp(SmtpServer("127.0.0.1", port, tls="none")) as smtp:
        smtp.send(letter("an@ugent.be"))
        with pytest.raises(LetterRefusedError, match=r"^bo@ugent.be: 550 5.1.1 unknown here$"):
            smtp.send(letter("bo@ugent.be"))
        smtp.send(letter("cy@ugent.be"))
    assert server.taken == [("helpdesk@ugent.be", ["an@ugent.be"]), ("helpdesk@ugent.be", ["cy@ugent.be"])]
    assert server.calls == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "STARTTLS extension not supported"),
        ({"tls": "none", "user": "postroom", "password": "hidden"}, "no password is sent without TLS"),
        ({"ca_file": "/nowhere"}, "there is no usable CA file /nowhere"),
    ],
)
def test_a_server_that_cannot_be_used_says_why(sink: tuple[Sink, int], settings: dict[str, str], said: str) -> None:
    server, port = sink
    with Smtp(SmtpServer("127.0.0.1", port, **settings)) as smtp, pytest.raises(BackendUnavailableError, match=said) as caught:  # type: ignore[arg-type]
        smtp.send(letter("an@ugent.be"))
    assert "hidden" not in str(caught.value)
    assert server.taken == []
