"""Shared mailboxes on Exchange, by PowerShell Remoting."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Literal

from ..core.exchange.collisions import held_address
from ..core.exchange.forwarding import RuledMailbox, chosen
from ..core.exchange.live import ExchangeSurvey
from ..core.exchange.observation import ExchangeReads, holders, marked_names, observation
from ..core.exchange.plan import ExchangeObservation
from ..core.exchange.policy import ExchangePolicy
from ..core.model import Mailbox
from ..core.plan import Change
from ..progress import Progress
from ..wire.exchange_objects import STATISTICS_PROPERTIES, MailboxRecord, mailbox_properties, statistics_record
from ..wire.exchange_rules import forwarding_record, rule_record
from ..wire.powershell import Cmdlet, Pipeline, pipeline
from .exchange_reading import NOT_FOUND, ExchangeReader, errors_in_words, with_advice
from .failure import BackendUnavailableError, Failure
from .psrp import ConnectionLostError, PipelineResult, RunspacePool
from .wsman import WsmanServer

ExchangeChange = Change[Pipeline]

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds until what was made or changed can be seen: online a minute is usual for a new mailbox, which is waited for with all of them."""
ENTRY_REMOVALS = frozenset({"Remove-MailboxPermission", "Remove-ADPermission", "Remove-RecipientPermission"})
SHOWN = 5
FEW = 20
"""Up to this many mailboxes are asked for by name; for more, reading all of ours is cheaper, and a filter has a length that ends."""
Strangers = Literal["whole", "without_send_as"]
"""What is looked at of shared mailboxes that are not ours. Get-ADPermission takes 2 to 8 s each on large sites."""


@dataclass(frozen=True, slots=True)
class ExchangeServer:
    """``connect_commands`` run first in the runspace, as Connect-ExchangeOnline must on a management host."""

    wsman: WsmanServer
    policy: ExchangePolicy
    connect_commands: tuple[Cmdlet, ...] = ()

    def __str__(self) -> str:
        return str(self.wsman)

    @property
    def may_lag(self) -> bool:
        """Whether a command may not find yet what the one before it made: no domain controller is the same for all."""
        return self.policy.commands.is_online or not self.policy.commands.domain_controller


class Exchange:
    """A session: one runspace pool for reading and writing, closed whatever happens."""

    def __init__(self, server: ExchangeServer) -> None:
        self.server = server
        self.warnings: list[str] = []
        self._pool = RunspacePool(server.wsman)
        self._reader = self._reader_of(self._pool)
        self.messages = 0

    def __enter__(self) -> Exchange:
        """Raises BackendUnavailableError."""
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._disconnect()

    def _connect(self) -> None:
        self._pool = RunspacePool(self.server.wsman)
        self._reader = self._reader_of(self._pool)
        self._pool.__enter__()
        try:
            for command in self.server.connect_commands:
                self._reader.read(pipeline(command), lambda value: None)
        except BaseException:
            self._disconnect()
            raise

    def _reader_of(self, pool: RunspacePool) -> ExchangeReader:
        return ExchangeReader(pool, str(self.server), self.server.policy, self.warnings)

    def _disconnect(self) -> None:
        self.messages += self._pool.messages
        self._pool.__exit__(None, None, None)

    def observe(self, mailboxes: Sequence[Mailbox]) -> ExchangeObservation:
        """What Exchange holds of these mailboxes and knows of their members, in a constant number of pipelines.

        Raises BackendUnavailableError.
        """
        policy = self.server.policy
        chosen = policy.commands.get_shared_mailboxes(policy.ours(self._few(mailboxes)))
        reads = ExchangeReads(self._reader.mailboxes(chosen))
        ours = marked_names(reads.mailboxes, policy)
        if ours:
            self._reader.grants(reads, chosen)
        logins = {login for mailbox in mailboxes if mailbox.backend == "exchange" for login in mailbox.members}
        missing = {mailbox.name for mailbox in mailboxes if mailbox.backend == "exchange" and mailbox.name not in ours}
        self._reader.accounts(reads, logins | missing)
        self._reader.others(reads, set(self._addresses_to_ask_for(mailboxes, ours)), missing)
        return observation(reads, policy)

    def _addresses_to_ask_for(self, mailboxes: Sequence[Mailbox], ours: Mapping[str, Sequence[MailboxRecord]]) -> Iterator[str]:
        """The declared addresses that somebody else on Exchange may have: those that the mailbox itself has not."""
        for mailbox in mailboxes:
            if not any(mailbox.address.lower() in record.addresses for record in ours.get(mailbox.name, ())):
                yield mailbox.address.lower()

    def survey(self, strangers: Strangers = "whole") -> ExchangeSurvey:
        """All shared mailboxes, ours or not, and all accounts, in a constant number of pipelines. ``strangers`` is what is looked at of
        those that are not ours. Raises BackendUnavailableError.

        What is not known about their use is no reason to say nothing about who may open them: a database that is dismounted, or an
        account that may not ask, leaves the statistics out.
        """
        policy, commands = self.server.policy, self.server.policy.commands
        every = commands.get_shared_mailboxes()
        reads = ExchangeReads(self._reader.mailboxes(every))
        if not reads.mailboxes:
            return ExchangeSurvey(reads)
        is_whole = strangers == "whole" or len(marked_names(reads.mailboxes, policy)) == len(reads.mailboxes)
        self._reader.grants(reads, every, every if is_whole else commands.get_shared_mailboxes(policy.ours()))
        self._reader.accounts(reads, None)
        # It warns of each mailbox that nobody ever opened.
        reading = commands.get_statistics(every)
        used = self._reader.run(reading, statistics_record, STATISTICS_PROPERTIES, keep_warnings=False)
        return ExchangeSurvey(reads, used.outputs, tuple(map(with_advice, used.errors)))

    def holders(self, mailboxes: Sequence[Mailbox], survey: ExchangeSurvey) -> dict[str, str]:
        """By declared mailbox, which recipient that is no shared mailbox has its address, in words: those the survey does not show.
        Raises BackendUnavailableError."""
        ours = marked_names(survey.reads.mailboxes, self.server.policy)
        found = self._reader.recipients(set(self._addresses_to_ask_for(mailboxes, ours)), ())
        others = ExchangeReads(recipients=[recipient for recipient in found if recipient.kind != "SharedMailbox"])
        in_use = holders(others, self.server.policy)
        by_name = {mailbox.name: held_address(mailbox, (), in_use) for mailbox in mailboxes}
        return {name: holder.shown for name, holder in by_name.items() if holder}

    def read_forwarding(self, mailboxes: Sequence[Mailbox], others: Collection[str]) -> tuple[list[RuledMailbox], list[Failure]]:
        """The mailboxes with what they pass on, and those whose rules could not be read. One command for each mailbox, and slow on a
        real Exchange: for the audit, and where rules are to be removed. Raises BackendUnavailableError."""
        policy, commands = self.server.policy, self.server.policy.commands
        reading = pipeline(commands.get_shared_mailboxes("" if others else policy.ours(self._few(mailboxes))))
        properties = (*mailbox_properties(policy.mark_attribute), "LegacyExchangeDN")
        records = self._reader.read(reading, partial(forwarding_record, mark_attribute=policy.mark_attribute), properties)
        found, failures = chosen(records, mailboxes, others, policy), []
        for mailbox in found:
            command = pipeline(commands.get_inbox_rules(mailbox.identity))
            try:
                result = self._pool.run(command, rule_record)
                message = errors_in_words(result.errors)
                mailbox.rules = result.outputs
                self.warnings += (f"{mailbox.name}: {warning}, in answer to {command}" for warning in result.warnings)
            except ConnectionLostError as error:
                message = str(error)
                if not self._reconnect():
                    raise BackendUnavailableError(str(self.server), f"{error}, in answer to {command}") from error
            if message:
                message = f"its inbox rules could not be looked at: {message}"
                failures.append(Failure(mailbox.name, "exchange", str(self.server), message, str(command)))
        return found, failures

    def _few(self, mailboxes: Sequence[Mailbox]) -> tuple[str, ...]:
        """Their names; none when there are many."""
        return tuple(mailbox.name for mailbox in mailboxes) if len(mailboxes) <= FEW else ()

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
        pauses = iter(PAUSES if change.action == "create" and self.server.may_lag else ())
        for stage in change.stages:
            failures = []
            for command in stage:
                result = self._order(command, pauses)
                progress.step()
                if message := self._refused(change, command, result):
                    failures.append(self._failure(change, message, str(command)))
            if failures:
                return failures
        return []

    def _order(self, command: Pipeline, pauses: Iterator[float]) -> PipelineResult[None]:
        """Again after each pause, as long as Exchange does not find what it was given: it may have been made just now."""
        while True:
            try:
                result = self._pool.run(command, lambda value: None)
            except ConnectionLostError as error:
                raise _LostError(error, command) from error
            is_missing = any(error.reason in NOT_FOUND for error in result.errors)
            pause = next(pauses, None) if is_missing else None
            if pause is None:
                return result
            time.sleep(pause)

    def _refused(self, change: ExchangeChange, command: Pipeline, result: PipelineResult[None]) -> str:
        """Why a command did not do what it was to do; empty when it did. Of an entry that was not there to be removed, Exchange only warns;
        other removals, such as Remove-InboxRule, have warnings that say nothing of the kind."""
        if result.errors:
            return errors_in_words(result.errors)
        if result.warnings and command.cmdlets[-1].name in ENTRY_REMOVALS:
            return f"nothing was taken away, Exchange only warns: {'; '.join(result.warnings)}"
        self.warnings += (f"{change.mailbox}: {warning}, in answer to {command}" for warning in result.warnings)
        return ""

    def _reconnect(self) -> bool:
        self._disconnect()
        try:
            self._connect()
        except BackendUnavailableError:
            return False
        return True

    def _failure(self, change: ExchangeChange, message: str, command: str = "") -> Failure:
        return Failure(change.mailbox, "exchange", str(self.server), message, command)


def shown(warnings: Sequence[str]) -> list[str]:
    """The first of them; the same thing is mostly the matter with all."""
    left = len(warnings) - SHOWN
    return [*warnings[:SHOWN], *([f"and {left} more warnings"] if left > 0 else [])]


class _LostError(Exception):
    def __init__(self, error: ConnectionLostError, command: Pipeline) -> None:
        super().__init__(str(error))
        self.command = command
