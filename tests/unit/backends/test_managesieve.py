"""A session on behalf of one mailbox after another, over a socket pair: what is sent, and what becomes of odd answers."""

from __future__ import annotations

import base64
import socket

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.managesieve import MAXIMUM_LITERAL, CommandRefusedError, ManageSieve, ManageSieveServer
from ansible.module_utils.postroom.core.cyrus.forwarding import StoredScript
from ansible.module_utils.postroom.wire.managesieve import set_active


class Rehearsed(ManageSieve):
    """Its servers have their answers ready before they are asked, one server for each connection."""

    def __init__(self, *answers: bytes, knows_unauthenticate: bool = True) -> None:
        super().__init__(ManageSieveServer("sieve.example", "cyrus", "s3cret"))
        self.answers = list(answers)
        self.knows = {"UNAUTHENTICATE": ""} if knows_unauthenticate else {}
        self.servers: list[socket.socket] = []

    def _connect(self) -> None:
        self._socket, server = socket.socketpair()
        self._file = self._socket.makefile("rb")
        self._capabilities = self.knows
        server.sendall(self.answers.pop(0))
        server.shutdown(socket.SHUT_WR)
        self.servers.append(server)

    def sent(self) -> list[list[str]]:
        """The commands that each server got."""
        self.close()
        return [server.recv(10_000).decode().splitlines() for server in self.servers]


def login(name: str) -> str:
    token = base64.b64encode(f"{name}\0cyrus\0s3cret".encode()).decode()
    return f'AUTHENTICATE "PLAIN" "{token}"'


def test_one_connection_serves_many_mailboxes() -> None:
    session = Rehearsed(b"OK\r\n" * 5)
    for name in ("a", "b", "c"):
        session.act_for(name)
    assert session.sent() == [[login("a"), "UNAUTHENTICATE", login("b"), "UNAUTHENTICATE", login("c")]]


def test_a_server_that_does_not_know_how_gets_a_connection_for_each() -> None:
    session = Rehearsed(b"OK\r\n", b"OK\r\n", knows_unauthenticate=False)
    for name in ("a", "b"):
        session.act_for(name)
    assert session.sent() == [[login("a")], [login("b")]]


def test_scripts_with_their_texts() -> None:
    session = Rehearsed(b'OK\r\n"a" ACTIVE\r\n"b \\"c\\""\r\nOK\r\n{7}\r\nkeep;\r\n\r\nOK\r\n{0}\r\n\r\nOK\r\n')
    session.act_for("labo")
    assert session.scripts() == (StoredScript("a", b"keep;\r\n", True), StoredScript('b "c"', b"", False))
    assert session.sent()[0][1:] == ["LISTSCRIPTS", 'GETSCRIPT "a"', 'GETSCRIPT "b \\"c\\""']


def test_a_refusal_says_what_was_refused_and_shows_no_secret() -> None:
    session = Rehearsed(b'NO "Authentication Error"\r\n')
    with pytest.raises(CommandRefusedError, match="Authentication Error") as caught:
        session.act_for("labo")
    assert str(caught.value.command) == 'AUTHENTICATE "PLAIN" "********"'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b'BYE "shutting down"\r\n', "shutting down"),
        (b"* BAD IMAP\r\n", "not ManageSieve"),
        (b"", "the server closed it"),
        (b"O", "the server closed it"),
        (b"{%d}\r\n" % (MAXIMUM_LITERAL + 1), "which nobody wrote"),
        (b"x" * 70_000, "the server closed it"),
    ],
)
def test_a_session_that_cannot_go_on_names_the_server(answer: bytes, said: str) -> None:
    session = Rehearsed(b"OK\r\n" + answer)
    session.act_for("labo")
    with pytest.raises(BackendUnavailableError, match=r"sieve\.example:4190") as caught:
        session.run(set_active(""))
    assert said in str(caught.value)


def test_without_a_password_nothing_is_tried() -> None:
    with pytest.raises(BackendUnavailableError, match="no password for cyrus"):
        ManageSieve(ManageSieveServer("sieve.example", "cyrus", "")).act_for("labo")
