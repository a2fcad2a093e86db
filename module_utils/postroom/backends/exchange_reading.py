"""What is read of Exchange: pipelines whose answers must be whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, TypeVar

from ..core.exchange.observation import ExchangeReads
from ..core.exchange.policy import ExchangePolicy
from ..core.exchange.principals import domains_to_ask_for, logins_named
from ..wire.exchange import SELECT, either, selected, with_addresses
from ..wire.exchange_objects import (
    ACCOUNT_PROPERTIES,
    CAS_PROPERTIES,
    FULL_ACCESS_PROPERTIES,
    RECIPIENT_PROPERTIES,
    MailboxRecord,
    OwnAccount,
    RecipientRecord,
    account_record,
    cas_record,
    full_access_record,
    mailbox_properties,
    mailbox_record,
    own_name,
    recipient_record,
    send_as_properties,
    send_as_record,
)
from ..wire.powershell import Cmdlet, Pipeline, filter_any, is_cut_off, pipeline
from .failure import BackendUnavailableError
from .psrp import ConnectionLostError, PipelineResult, PowerShellError, RunspacePool

T = TypeVar("T")

ADVICE = {
    "ProxyAddressExistsException": "another recipient has the address; choose another, or look for it with Get-Recipient",
    "AuthZ-AuthorizationException": "the account may not do this, or has too many sessions open",
}
NOT_FOUND = frozenset({"ManagementObjectNotFoundException", "RecipientNotFoundException"})
UNKNOWN = "CommandNotFoundException"
LIST = "EmailAddresses"
"""The list that every recipient has: when it arrives as one text, all lists do, and what was one value cannot be told."""
TRIES = 5
"""Accounts by which Exchange is asked for the domain of one NetBIOS name."""
MOST = 100
"""Values of one filter: it has a length that ends. For more, all are read."""


class ExchangeReader:
    """Reads through one runspace pool. ``warnings`` is where what Exchange warned of goes."""

    def __init__(self, pool: RunspacePool, server: str, policy: ExchangePolicy, warnings: list[str]) -> None:
        # An address with serializationLevel=Full is for what is within objects, of which a selection has the texts only.
        self._selects = "serializationlevel" not in server.lower()
        self._lists_stay = True
        self._pool = pool
        self._server = server
        self._policy = policy
        self._warnings = warnings

    def mailboxes(self, chosen: Cmdlet) -> list[MailboxRecord]:
        """Raises BackendUnavailableError."""
        attribute = self._policy.mark_attribute
        return self.read(pipeline(chosen), partial(mailbox_record, mark_attribute=attribute), mailbox_properties(attribute))

    def read(self, commands: Pipeline, take: Callable[[Any], T], properties: tuple[str, ...] = ()) -> list[T]:
        """What is read must be whole: an error, a warning that there is more, or a connection that is lost, ends the run.

        Raises BackendUnavailableError.
        """
        result = self.run(commands, take, properties)
        if result.errors:
            raise self._unavailable(errors_in_words(result.errors), commands)
        return result.outputs

    def run(
        self, commands: Pipeline, take: Callable[[Any], T], properties: tuple[str, ...] = (), *, keep_warnings: bool = True
    ) -> PipelineResult[T]:
        """The answer with its errors; ``properties`` are those that ``take`` asks for, where it is known. Raises BackendUnavailableError
        for a connection that is lost, and when there is more to read."""
        try:
            result = self._selection(commands, take, properties) or self._pool.run(commands, take)
        except ConnectionLostError as error:
            raise self._unavailable(str(error), commands) from error
        for warning in filter(is_cut_off, result.warnings):
            raise self._unavailable(f"it did not tell all that it holds: {warning}", commands)
        if keep_warnings:
            self._warnings += (f"{warning}, in answer to {commands}" for warning in result.warnings)
        return result

    def _selection(self, commands: Pipeline, take: Callable[[Any], T], properties: tuple[str, ...]) -> PipelineResult[T] | None:
        """The answer with these properties only, which is a tenth of all; nothing where the server was found not to select, or to make
        one text of a list."""
        is_list_asked = LIST in properties
        if not properties or not self._selects or (is_list_asked and not self._lists_stay):
            return None

        def checked(value: Any) -> T:
            self._lists_stay = self._lists_stay and not (is_list_asked and isinstance(getattr(value, LIST, None), str))
            return take(value)

        result = self._pool.run(selected(commands, properties), checked)
        self._selects = not any(error.reason == UNKNOWN and SELECT in error.message for error in result.errors)
        return result if self._selects and (self._lists_stay or not is_list_asked) else None

    def _unavailable(self, message: str, commands: Pipeline) -> BackendUnavailableError:
        return BackendUnavailableError(self._server, f"{message}, in answer to {commands}")

    def grants(self, reads: ExchangeReads, mailboxes: Cmdlet, senders: Cmdlet | None = None) -> None:
        """The entries and IMAP settings of the chosen mailboxes, into ``reads``; Send As of ``senders``, when it is only of some."""
        commands = self._policy.commands
        properties = send_as_properties(is_online=commands.is_online)
        own, refused = self._own_account()
        reads.full_access = _present(
            self.read(commands.get_full_access(mailboxes), partial(full_access_record, own=own), FULL_ACCESS_PROPERTIES)
        )
        reads.send_as = _present(self.read(commands.get_send_as(senders or mailboxes), partial(send_as_record, own=own), properties))
        if refused and not own.seen and (reads.full_access or reads.send_as):
            message = "who the mailbox's own account is (SELF, in the server's language) cannot be told, and its rights must stay"
            advice = "allow Get-SecurityPrincipal in the role group (docs/operator.md)"
            raise self._unavailable(f"{message}: {refused}; {advice}", pipeline(commands.get_well_known_principals()))
        reads.client_access = self.read(commands.get_cas_mailboxes(mailboxes), cas_record, CAS_PROPERTIES)

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
        take = partial(account_record, is_online=commands.is_online)
        reads.accounts = self.read(pipeline(commands.get_users(chosen)), take, ACCOUNT_PROPERTIES)
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

    def others(self, reads: ExchangeReads, addresses: Collection[str], names: Collection[str]) -> None:
        """Whoever has one of these addresses, or one of these names as alias or mark of ownership: the shared mailboxes that can be
        adopted, and all recipients that are in the way. Without their entries. All are looked through when there are many."""
        if not addresses and not names:
            return
        known = {record.distinguished_name for record in reads.mailboxes}
        found = self.mailboxes(self._policy.commands.get_shared_mailboxes(_bearing(addresses, names)))
        reads.mailboxes += (record for record in found if record.distinguished_name not in known)
        reads.recipients = self.recipients(addresses, names)

    def recipients(self, addresses: Collection[str], names: Collection[str]) -> list[RecipientRecord]:
        """All recipients that have one of these addresses, or one of these names as alias or mark of ownership; all that there are when
        many are asked for, and none when none is."""
        if not addresses and not names:
            return []
        policy = self._policy
        marked = filter_any(policy.mark_attribute, tuple(map(policy.mark_of, sorted(names))))
        chosen = _bearing(addresses, names)
        take = partial(recipient_record, mark_attribute=policy.mark_attribute)
        properties = (*RECIPIENT_PROPERTIES, policy.mark_attribute)
        return self.read(pipeline(policy.commands.get_recipients(chosen and either(marked, chosen))), take, properties)


def _bearing(addresses: Collection[str], names: Collection[str]) -> str:
    """A filter for one of these addresses or aliases; empty, for all, when they are many."""
    if len(addresses) + len(names) > MOST:
        return ""
    return either(with_addresses(tuple(sorted(addresses))), filter_any("Alias", tuple(sorted(names))))


def _present(values: Iterable[T | None]) -> list[T]:
    return [value for value in values if value is not None]


def errors_in_words(errors: Iterable[PowerShellError]) -> str:
    return "; ".join(map(with_advice, errors))


def with_advice(error: PowerShellError) -> str:
    advice = ADVICE.get(error.reason)
    return f"{error} ({advice})" if advice else str(error)
