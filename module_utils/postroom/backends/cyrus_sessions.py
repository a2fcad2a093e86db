"""Carrying out changes on Cyrus, over one session or several side by side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from ..core.cyrus.plan import AsOwner, CyrusOperation, mailbox_path
from ..core.plan import Change
from ..wire import imap
from ..wire.imap import Command
from .failure import BackendUnavailableError, Failure
from .imap import Answer, ImapConnection

CyrusChange = Change[CyrusOperation]
Connect = Callable[[str], ImapConnection]
"""A connection that is not open yet, for a ``with`` statement; on behalf of this user, or of nobody for ``""``."""

SESSIONS = 4
"""At most. Cyrus goes through its whole list of mailboxes for each SETMETADATA, on one processor for each session, and waits for the disk
between most other commands."""
CHANGES_OF_A_SESSION = 25
"""From this number on, another session pays for its login."""


def carry_out(changes: Sequence[CyrusChange], first: ImapConnection, connect: Connect, noted: Collection[str]) -> list[Failure]:
    """Carry out the changes and return what the server refused, in the order of the changes.

    All commands of one mailbox go over one session, in their order; those of different mailboxes side by side when they are many.
    ``first`` is open; where the server lets no more sessions in, fewer do the work. ``noted`` are the mailboxes of the journal. Raises
    BackendUnavailableError when a session cannot go on, after the others have done their part.
    """
    with ExitStack() as stack:
        connections = [first, *_more(stack, connect, len(changes) // CHANGES_OF_A_SESSION)]
        shares = [changes[number :: len(connections)] for number in range(len(connections))]
        sessions = [_Session(connection, connect, noted) for connection in connections]
        with ThreadPoolExecutor(len(sessions)) as pool:
            done = [pool.submit(session.carry_out, share) for session, share in zip(sessions, shares, strict=True)]
        found = [future.result() for future in done]
    place = {change.mailbox: number for number, change in enumerate(changes)}
    return sorted((failure for failures in found for failure in failures), key=lambda failure: place[failure.mailbox])


def _more(stack: ExitStack, connect: Connect, wanted: int) -> Iterator[ImapConnection]:
    """Sessions beside the first one, open until the stack ends."""
    for _ in range(min(wanted, SESSIONS) - 1):
        try:
            yield stack.enter_context(connect(""))
        except BackendUnavailableError:  # a limit of logins; a server that is away is told by the first session
            return


@dataclass(frozen=True, slots=True)
class _Session:
    connection: ImapConnection
    connect: Connect
    noted: Collection[str]

    def carry_out(self, changes: Sequence[CyrusChange]) -> list[Failure]:
        """Stage by stage, each for all changes together: while no folder has been made, the list is a sixth as long for SETMETADATA."""
        failures: list[Failure] = []
        for stage in range(max((len(change.stages) for change in changes), default=0)):
            failed = {failure.mailbox for failure in failures}
            going_on = [change for change in changes if change.mailbox not in failed and stage < len(change.stages)]
            failures += self._run_stage(going_on, stage)
        return failures

    def _run_stage(self, changes: Sequence[CyrusChange], stage: int) -> Iterator[Failure]:
        ours = [(change, operation) for change in changes for operation in change.stages[stage]]
        direct = [(change, operation) for change, operation in ours if isinstance(operation, Command)]
        answers = self.connection.run_through([operation for _, operation in direct])
        for (change, _), answer in zip(direct, answers, strict=True):
            if not _is_done_already(answer, change.mailbox in self.noted):
                yield from self._failure(change, answer)
        for change, operation in ours:
            if isinstance(operation, AsOwner):
                with self.connect(operation.owner) as connection:
                    answer = connection.run_one(operation.command)
                yield from self._failure(change, answer)

    def _failure(self, change: CyrusChange, answer: Answer) -> Iterator[Failure]:
        if not answer.completion.ok:
            yield Failure(change.mailbox, "cyrus", str(self.connection.server), answer.completion.text, str(answer.command))


def is_birth(failure: Failure) -> bool:
    """Whether the mailbox itself could not be made: what lives under that name, if anything, is not ours."""
    return failure.command == str(imap.create(mailbox_path(failure.mailbox)))


def _is_done_already(answer: Answer, is_noted: bool) -> bool:
    """Whether a CREATE was refused because a run that was killed a moment ago got there first: the server goes on for a while with
    the commands it has received. A folder is within a mailbox of ours; a mailbox is ours when the journal names it."""
    if answer.command.verb != "CREATE" or "already exists" not in answer.completion.text.lower():
        return False  # Cyrus 3.6 has these words, and no response code for them
    is_folder = str(answer.command.arguments[0]).count("/") > 1
    return is_folder or is_noted
