"""What happens to the other mailboxes when a server ends a session in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.imap import Answer, ImapConnection, ImapServer
from ansible.module_utils.postroom.wire.imap import Command, Completion, create

COMMANDS = [create(f"user/{name}") for name in "abcd"]


class Crashing(ImapConnection):
    """Its sessions end when they come to one of these commands, for as often as it is in the list."""

    def __init__(self, crashes: list[Command]) -> None:
        super().__init__(ImapServer("imap.example", "cyrus", "secret"))
        self.crashes = crashes
        self.sessions = 1

    def _connect(self) -> None:
        self.sessions += 1

    def run(self, commands: Iterable[Command]) -> Iterator[Answer]:
        for command in commands:
            if command in self.crashes:
                self.crashes.remove(command)
                raise BackendUnavailableError("imap.example", "ended the session")
            yield Answer(command, [], Completion("p1", "OK", "done"))


@pytest.mark.parametrize(("crashes", "sessions"), [([], 1), (["b"], 2), (["a"], 2), (["d"], 2), (["b", "d"], 3)])
def test_only_the_command_that_ended_a_session_fails(crashes: list[str], sessions: int) -> None:
    connection = Crashing([create(f"user/{name}") for name in crashes])
    answers = list(connection.run_through(COMMANDS))
    assert [answer.command for answer in answers] == COMMANDS
    assert [answer.command for answer in answers if not answer.completion.ok] == [create(f"user/{name}") for name in crashes]
    assert connection.sessions == sessions


def test_a_server_that_ends_every_session_is_given_up() -> None:
    with pytest.raises(BackendUnavailableError):
        list(Crashing(list(COMMANDS)).run_through(COMMANDS))
