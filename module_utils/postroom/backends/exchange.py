"""Shared mailboxes on Exchange, by PowerShell Remoting."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from ..core.exchange.forwarding import RuledMailbox, chosen
from ..core.exchange.live import ExchangeSurvey
from ..core.exchange.observation import ExchangeReads, marked_names, observation
from ..core.exchange.plan import ExchangeObservation, ExchangePolicy
from ..core.model import Mailbox
from ..core.plan import Change
from ..progress import Progress
from ..wire.exchange_objects import (
    account_record,
    cas_record,
    full_access_record,
    mailbox_record,
    recipient_record,
    send_as_record,
    statistics_record,
)
from ..wire.exchange_rules import forwarding_record, rule_record
from ..wire.powershell import Cmdlet, Pipeline, pipeline
from .failure import BackendUnavailableError, Failure
from .psrp import ConnectionLostError, PipelineResult, PowerShellError, RunspacePool
from .wsman import WsmanServer

ExchangeChange = Change[Pipeline]
T = TypeVar("T")

FEW = 20
"""Up to this many mailboxes are asked for by name; for more, reading all is cheaper, and a filter has a length that ends."""

ADVICE = {
    "ProxyAddressExistsException": "another recipient has the address; choose another, or look for it with Get-Recipient",
    "AuthZ-AuthorizationException": "the account may not do this, or has too many sessions open",
}


@dataclass(frozen=True, slots=True)
class ExchangeServer:
    """``connect_commands`` run first in the runspace, as Connect-ExchangeOnline must on a management host."""

    wsman: WsmanServer
    policy: ExchangePolicy
    connect_commands: tuple[Cmdlet, ...] = ()

    def __str__(self) -> str:
        return str(self.wsman)


class Exchange:
    """A session: one runspace pool for reading and writing, closed whatever happens."""

    def __init__(self, server: ExchangeServer) -> None:
        self.server = server
        self._pool = RunspacePool(server.wsman)
        self.messages = 0

    def __enter__(self) -> Exchange:
        """Raises BackendUnavailableError."""
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._disconnect()

    def _connect(self) -> None:
        self._pool = RunspacePool(self.server.wsman)
        self._pool.__enter__()
        try:
            for command in self.server.connect_commands:
                self._read(pipeline(command), lambda value: None)
        except BaseException:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        self.messages += self._pool.messages
        self._pool.__exit__(None, None, None)

    def observe(self, mailboxes: Sequence[Mailbox]) -> ExchangeObservation:
        """What Exchange holds of these mailboxes and knows of their members, in a constant number of pipelines.

        Raises BackendUnavailableError.
        """
        policy, commands = self.server.policy, self.server.policy.commands
        chosen = commands.get_shared_mailboxes(*self._choice(mailboxes), attribute=policy.mark_attribute)
        reads = ExchangeReads(self._read(pipeline(chosen), partial(mailbox_record, mark_attribute=policy.mark_attribute)))
        ours = marked_names(reads.mailboxes, policy)
        if ours:
            reads.full_access = _present(self._read(commands.get_full_access(chosen), full_access_record))
            reads.send_as = _present(self._read(commands.get_send_as(chosen), send_as_record))
            reads.client_access = self._read(commands.get_cas_mailboxes(chosen), cas_record)
        logins = {login for mailbox in mailboxes if mailbox.backend == "exchange" for login in mailbox.members}
        missing = [mailbox for mailbox in mailboxes if mailbox.backend == "exchange" and mailbox.name not in ours]
        logins |= {mailbox.name for mailbox in missing}
        if logins:
            users = pipeline(commands.get_users(_if_few(logins)))
            reads.accounts = self._read(users, partial(account_record, is_online=commands.is_online))
        if missing:
            recipients = pipeline(commands.get_recipients(_if_few({mailbox.address.lower() for mailbox in missing})))
            reads.recipients = self._read(recipients, recipient_record)
        return observation(reads, policy)

    def survey(self) -> ExchangeSurvey:
        """All shared mailboxes, ours or not, and all accounts, in six pipelines. Raises BackendUnavailableError.

        What is not known about their use is no reason to say nothing about who may open them: a database that is dismounted, or an
        account that may not ask, leaves the statistics out.
        """
        policy, commands = self.server.policy, self.server.policy.commands
        every = commands.get_shared_mailboxes()
        reads = ExchangeReads(self._read(pipeline(every), partial(mailbox_record, mark_attribute=policy.mark_attribute)))
        if not reads.mailboxes:
            return ExchangeSurvey(reads)
        reads.full_access = _present(self._read(commands.get_full_access(every), full_access_record))
        reads.send_as = _present(self._read(commands.get_send_as(every), send_as_record))
        reads.client_access = self._read(commands.get_cas_mailboxes(every), cas_record)
        reads.accounts = self._read(pipeline(commands.get_users()), partial(account_record, is_online=commands.is_online))
        used = self._run(commands.get_statistics(every), statistics_record)
        return ExchangeSurvey(reads, used.outputs, tuple(map(_with_advice, used.errors)))

    def read_forwarding(self, mailboxes: Sequence[Mailbox], others: Collection[str]) -> tuple[list[RuledMailbox], list[Failure]]:
        """The mailboxes with what they pass on, and those whose rules could not be read. One command for each mailbox, and slow on a
        real Exchange: for the audit, and where rules are to be removed. Raises BackendUnavailableError."""
        policy, commands = self.server.policy, self.server.policy.commands
        choice = () if others else self._choice(mailboxes)
        reading = pipeline(commands.get_shared_mailboxes(*choice, attribute=policy.mark_attribute))
        records = self._read(reading, partial(forwarding_record, mark_attribute=policy.mark_attribute))
        found, failures = chosen(records, mailboxes, others, policy), []
        for mailbox in found:
            command = pipeline(commands.get_inbox_rules(mailbox.identity))
            try:
                result = self._pool.run(command, rule_record)
                message = _errors_in_words(result)
                mailbox.rules = result.outputs
            except ConnectionLostError as error:
                message = str(error)
                if not self._reconnect():
                    raise BackendUnavailableError(str(self.server), f"{error}, in answer to {command}") from error
            if message:
                message = f"its inbox rules could not be looked at: {message}"
                failures.append(Failure(mailbox.name, "exchange", str(self.server), message, str(command)))
        return found, failures

    def _choice(self, mailboxes: Sequence[Mailbox]) -> tuple[str, ...]:
        if len(mailboxes) > FEW:
            return ()
        return tuple(value for mailbox in mailboxes for value in (self.server.policy.mark_of(mailbox.name), mailbox.address.lower()))

    def _read(self, commands: Pipeline, take: Callable[[Any], T]) -> list[T]:
        """What is read must be whole: an error, or a connection that is lost, ends the run."""
        result = self._run(commands, take)
        if result.errors:
            raise BackendUnavailableError(str(self.server), f"{_errors_in_words(result)}, in answer to {commands}")
        return result.outputs

    def _run(self, commands: Pipeline, take: Callable[[Any], T]) -> PipelineResult[T]:
        try:
            return self._pool.run(commands, take)
        except ConnectionLostError as error:
            raise BackendUnavailableError(str(self.server), f"{error}, in answer to {commands}") from error

    def apply(self, changes: Sequence[ExchangeChange], progress: Progress) -> list[Failure]:
        """Carry out the changes. A mailbox that Exchange refuses something for is reported, and the others are done; when the
        session is lost, a new one is opened for them."""
        failures: list[Failure] = []
        for position, change in enumerate(changes):
            try:
                failures += self._apply_one(change, progress)
            except _LostError as lost:
                failures.append(
                    self._failure(change, f"{lost}; whether it was done is not known, the next run will see", str(lost.command))
                )
                if not self._reconnect():
                    return failures + [self._failure(later, "not begun: the server stopped answering") for later in changes[position + 1 :]]
        return failures

    def _apply_one(self, change: ExchangeChange, progress: Progress) -> list[Failure]:
        for stage in change.stages:
            failures = []
            for command in stage:
                try:
                    result = self._pool.run(command, lambda value: None)
                except ConnectionLostError as error:
                    raise _LostError(error, command) from error
                progress.step()
                if result.errors:
                    failures.append(self._failure(change, _errors_in_words(result), str(command)))
            if failures:
                return failures
        return []

    def _reconnect(self) -> bool:
        self._disconnect()
        try:
            self._connect()
        except BackendUnavailableError:
            return False
        return True

    def _failure(self, change: ExchangeChange, message: str, command: str = "") -> Failure:
        return Failure(change.mailbox, "exchange", str(self.server), message, command)


class _LostError(Exception):
    def __init__(self, error: ConnectionLostError, command: Pipeline) -> None:
        super().__init__(str(error))
        self.command = command


def _present(values: Sequence[T | None]) -> list[T]:
    return [value for value in values if value is not None]


def _if_few(values: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(values)) if len(values) <= FEW * 5 else ()


def _errors_in_words(result: PipelineResult[Any]) -> str:
    return "; ".join(map(_with_advice, result.errors))


def _with_advice(error: PowerShellError) -> str:
    advice = ADVICE.get(error.reason)
    return f"{error} ({advice})" if advice else str(error)
