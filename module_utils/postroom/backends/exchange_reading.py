"""What is read of Exchange: pipelines whose answers must be whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, TypeVar

from ..core.exchange.observation import ExchangeReads
from ..core.exchange.policy import ExchangePolicy
from ..core.exchange.principals import domains_to_ask_for, logins_named
from ..wire.exchange_objects import (
    OwnAccount,
    account_record,
    cas_record,
    full_access_record,
    own_name,
    recipient_record,
    send_as_record,
)
from ..wire.powershell import Cmdlet, Pipeline, is_cut_off, pipeline
from .failure import BackendUnavailableError
from .psrp import ConnectionLostError, PipelineResult, PowerShellError, RunspacePool

T = TypeVar("T")

ADVICE = {
    "ProxyAddressExistsException": "another recipient has the address; choose another, or look for it with Get-Recipient",
    "AuthZ-AuthorizationException": "the account may not do this, or has too many sessions open",
}
NOT_FOUND = frozenset({"ManagementObjectNotFoundException", "RecipientNotFoundException"})
TRIES = 5
"""Accounts by which Exchange is asked for the domain of one NetBIOS name."""
MOST = 100
"""Values of one filter: it has a length that ends. For more, all are read."""


class ExchangeReader:
    """Reads through one runspace pool. ``warnings`` is where what Exchange warned of goes."""

    def __init__(self, pool: RunspacePool, server: str, policy: ExchangePolicy, warnings: list[str]) -> None:
        self._pool = pool
        self._server = server
        self._policy = policy
        self._warnings = warnings

    def read(self, commands: Pipeline, take: Callable[[Any], T]) -> list[T]:
        """What is read must be whole: an error, a warning that there is more, or a connection that is lost, ends the run.

        Raises BackendUnavailableError.
        """
        result = self.run(commands, take)
        if result.errors:
            raise self._unavailable(errors_in_words(result.errors), commands)
        return result.outputs

    def run(self, commands: Pipeline, take: Callable[[Any], T], *, keep_warnings: bool = True) -> PipelineResult[T]:
        """The answer with its errors. Raises BackendUnavailableError for a connection that is lost, and when there is more to read."""
        try:
            result = self._pool.run(commands, take)
        except ConnectionLostError as error:
            raise self._unavailable(str(error), commands) from error
        for warning in filter(is_cut_off, result.warnings):
            raise self._unavailable(f"it did not tell all that it holds: {warning}", commands)
        if keep_warnings:
            self._warnings += (f"{warning}, in answer to {commands}" for warning in result.warnings)
        return result

    def _unavailable(self, message: str, commands: Pipeline) -> BackendUnavailableError:
        return BackendUnavailableError(self._server, f"{message}, in answer to {commands}")

    def grants(self, reads: ExchangeReads, mailboxes: Cmdlet) -> None:
        """The entries and IMAP settings of the chosen mailboxes, into ``reads``."""
        commands = self._policy.commands
        own, refused = self._own_account()
        reads.full_access = _present(self.read(commands.get_full_access(mailboxes), partial(full_access_record, own=own)))
        reads.send_as = _present(self.read(commands.get_send_as(mailboxes), partial(send_as_record, own=own)))
        if refused and not own.seen and (reads.full_access or reads.send_as):
            message = "who the mailbox's own account is (SELF, in the server's language) cannot be told, and its rights must stay"
            advice = "allow Get-SecurityPrincipal in the role group (docs/operator.md)"
            raise self._unavailable(f"{message}: {refused}; {advice}", pipeline(commands.get_well_known_principals()))
        reads.client_access = self.read(commands.get_cas_mailboxes(mailboxes), cas_record)

    def _own_account(self) -> tuple[OwnAccount, str]:
        """And why Exchange did not tell its name, in words."""
        if self._policy.commands.is_online:
            return OwnAccount(), ""
        result = self.run(pipeline(self._policy.commands.get_well_known_principals()), own_name)
        own = OwnAccount()
        own.names |= set(filter(None, result.outputs))
        return own, errors_in_words(result.errors)

    def accounts(self, reads: ExchangeReads, logins: Collection[str] | None) -> None:
        """The accounts with these login names, and with those that entries are of; all when there are many, or for None. Then the domains
        of those entries."""
        commands = self._policy.commands
        entries = [*reads.full_access, *reads.send_as]
        wanted = None if logins is None else {*logins, *logins_named(entries)}
        if wanted is not None and not wanted:
            return
        chosen = tuple(sorted(wanted)) if wanted and len(wanted) <= MOST and not any("*" in login for login in wanted) else ()
        reads.accounts = self.read(pipeline(commands.get_users(chosen)), partial(account_record, is_online=commands.is_online))
        for domain, users in domains_to_ask_for(entries, reads.accounts).items():
            if found := self._domain_of(users[:TRIES]):
                reads.domains[domain] = found

    def _domain_of(self, users: Iterable[str]) -> str:
        """The DNS domain of the first of these that Exchange knows; a domain of which it knows none is no domain of ours."""
        for user in users:
            command = pipeline(self._policy.commands.get_user(user))
            result = self.run(command, partial(account_record, is_online=False))
            if len(result.outputs) == 1 and not result.errors:
                return result.outputs[0].domain
            if any(error.reason not in NOT_FOUND for error in result.errors):
                raise self._unavailable(errors_in_words(result.errors), command)
        return ""

    def recipients(self, reads: ExchangeReads, values: Collection[str]) -> None:
        """Whoever has one of these addresses or marks of ownership; all recipients when there are many."""
        chosen = tuple(sorted(values)) if len(values) <= MOST else ()
        command = self._policy.commands.get_recipients(*chosen, attribute=self._policy.mark_attribute)
        reads.recipients = self.read(pipeline(command), partial(recipient_record, mark_attribute=self._policy.mark_attribute))


def _present(values: Iterable[T | None]) -> list[T]:
    return [value for value in values if value is not None]


def errors_in_words(errors: Iterable[PowerShellError]) -> str:
    return "; ".join(map(with_advice, errors))


def with_advice(error: PowerShellError) -> str:
    advice = ADVICE.get(error.reason)
    return f"{error} ({advice})" if advice else str(error)
