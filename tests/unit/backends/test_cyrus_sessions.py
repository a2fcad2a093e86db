"""Many changes on Cyrus over several sessions: which commands go where, and what becomes of the others when something fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible.module_utils.postroom.backends.cyrus_sessions import CHANGES_OF_A_SESSION, SESSIONS, CyrusChange, carry_out
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.imap import Answer, ImapConnection, ImapServer
from ansible.module_utils.postroom.core.cyrus.plan import CyrusPolicy, mailbox_path, plan_cyrus
from ansible.module_utils.postroom.wire.imap import Command, Completion

from ..declaration import mailbox

SERVER = ImapServer("imap.example", "cyrus", "secret")
MANY = SESSIONS * CHANGES_OF_A_SESSION


def creations(count: int) -> list[CyrusChange]:
    return plan_cyrus([mailbox(address=f"m{n:03}@UGent.be") for n in range(count)], {}, CyrusPolicy()).changes


class Recording(ImapConnection):
    """Refuses what it is told to, and ends for good at ``ends_at``."""

    def __init__(self, refused: Sequence[str] = (), ends_at: str = "") -> None:
        super().__init__(SERVER)
        self.refused, self.ends_at, self.sent = refused, ends_at, list[Command]()

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run_through(self, commands: Sequence[Command]) -> Iterator[Answer]:
        for command in commands:
            if str(command) == self.ends_at:
                raise BackendUnavailableError(str(SERVER), "ended the session")
            self.sent.append(command)
            status = "NO" if str(command) in self.refused else "OK"
            yield Answer(command, [], Completion("p1", status, "Over quota"))


class Server:
    """Lets so many sessions in beside the first."""

    def __init__(self, most: int = 100, refused: Sequence[str] = (), ends_at: str = "") -> None:
        self.most, self.refused, self.ends_at = most, refused, ends_at
        self.sessions = [Recording(refused, ends_at)]

    def connect(self, owner: str) -> Recording:
        assert owner == ""
        if len(self.sessions) > self.most:
            raise BackendUnavailableError(str(SERVER), "does not let cyrus log in: too many")
        self.sessions.append(Recording(self.refused, self.ends_at))
        return self.sessions[-1]

    def carry_out(self, changes: Sequence[CyrusChange]) -> list[str]:
        failures = carry_out(changes, self.sessions[0], self.connect, noted=())
        return [f"{failure.mailbox}: {failure.message}: {failure.command}" for failure in failures]

    def sent(self, name: str) -> list[list[Command]]:
        """What each session sent that is about this mailbox, of those that sent anything about it."""
        path = mailbox_path(name)
        found = [[one for one in session.sent if f"{one.arguments[0]}/".startswith(f"{path}/")] for session in self.sessions]
        return [commands for commands in found if commands]


def planned(change: CyrusChange) -> list[object]:
    return [operation for stage in change.stages for operation in stage]


@pytest.mark.parametrize(
    ("count", "most", "sessions"),
    [(1, 100, 1), (2 * CHANGES_OF_A_SESSION - 1, 100, 1), (MANY // 2, 100, 2), (MANY + 3, 100, SESSIONS), (MANY, 1, 2), (MANY, 0, 1)],
)
def test_each_mailbox_has_all_its_commands_in_order_over_one_of_the_sessions(count: int, most: int, sessions: int) -> None:
    server, changes = Server(most), creations(count)
    assert server.carry_out(changes) == []
    assert [len(session.sent) > 0 for session in server.sessions] == [True] * sessions
    assert [server.sent(change.mailbox) for change in changes] == [[planned(change)] for change in changes]


def test_a_mailbox_that_is_refused_is_named_and_left_and_the_others_go_on() -> None:
    changes = creations(MANY)
    refused = {number: str(changes[number].stages[0][1]) for number in (70, 3)}
    server = Server(refused=tuple(refused.values()))
    assert server.carry_out(changes) == [f"m{number:03}: Over quota: {refused[number]}" for number in (3, 70)]
    for number, change in enumerate(changes):
        (sent,) = server.sent(change.mailbox)
        assert sent == (list(change.stages[0]) if number in refused else planned(change))


def test_when_a_session_cannot_go_on_the_others_do_their_part_and_the_run_fails() -> None:
    changes = creations(MANY)
    server = Server(ends_at=str(changes[1].stages[0][0]))
    with pytest.raises(BackendUnavailableError, match="ended the session"):
        server.carry_out(changes)
    of_the_others = [change for number, change in enumerate(changes) if number % SESSIONS != 1]
    assert [server.sent(change.mailbox) for change in of_the_others] == [[planned(change)] for change in of_the_others]
