"""Runs pipelines of cmdlets: binding, pipeline input, error and warning preferences, ordered failures, the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lab.exchange import cmdlet_table
from lab.exchange.cmdlets import (
    ad_permission,
    cas_mailbox,
    inbox_rule,
    mailbox,
    mailbox_permission,
    mailbox_removal,
    mailbox_set,
    recipient_permission,
    recipients,
    security_principal,
    select_object,
    statistics,
)
from lab.exchange.cmdlets.binder import Binding, bind, bind_input
from lab.exchange.cmdlets.call import Call, Handler
from lab.exchange.cmdlets.command_text import command_text
from lab.exchange.cmdlets.conversion import text
from lab.exchange.cmdlets.errors import BindingError, CmdletError, as_online, command_not_found, script_refused
from lab.exchange.cmdlets.identity import matches
from lab.exchange.cmdlets.people import PeopleReader
from lab.exchange.cmdlets.shapes import Shaped
from lab.exchange.pipeline import Caller, Failed, Invocation, Output, Record, Warned

if TYPE_CHECKING:
    from lab.exchange.store import Store

HANDLERS: Mapping[str, Handler] = {
    "Get-Mailbox": mailbox.get_mailbox,
    "New-Mailbox": mailbox.new_mailbox,
    "Set-Mailbox": mailbox_set.set_mailbox,
    "Disable-Mailbox": mailbox_removal.disable_mailbox,
    "Remove-Mailbox": mailbox_removal.remove_mailbox,
    "Connect-Mailbox": mailbox_removal.connect_mailbox,
    "Get-MailboxPermission": mailbox_permission.get_mailbox_permission,
    "Add-MailboxPermission": mailbox_permission.add_mailbox_permission,
    "Remove-MailboxPermission": mailbox_permission.remove_mailbox_permission,
    "Get-ADPermission": ad_permission.get_ad_permission,
    "Add-ADPermission": ad_permission.add_ad_permission,
    "Remove-ADPermission": ad_permission.remove_ad_permission,
    "Get-Recipient": recipients.get_recipient,
    "Get-User": recipients.get_user,
    "Get-CASMailbox": cas_mailbox.get_cas_mailbox,
    "Set-CASMailbox": cas_mailbox.set_cas_mailbox,
    "Get-InboxRule": inbox_rule.get_inbox_rule,
    "New-InboxRule": inbox_rule.new_inbox_rule,
    "Enable-InboxRule": inbox_rule.enable_inbox_rule,
    "Disable-InboxRule": inbox_rule.disable_inbox_rule,
    "Remove-InboxRule": inbox_rule.remove_inbox_rule,
    "Get-MailboxStatistics": statistics.get_mailbox_statistics,
    "Get-MailboxDatabase": statistics.get_mailbox_database,
    "Get-OrganizationConfig": statistics.get_organization_config,
    "Set-ADServerSettings": statistics.set_ad_server_settings,
    "Get-SecurityPrincipal": security_principal.get_security_principal,
    "Get-RecipientPermission": recipient_permission.get_recipient_permission,
    "Add-RecipientPermission": recipient_permission.add_recipient_permission,
    "Remove-RecipientPermission": recipient_permission.remove_recipient_permission,
    "Connect-ExchangeOnline": statistics.connect_exchange_online,
}
_NAMING = ("Identity", "Mailbox", "Name", "Alias", "PrimarySmtpAddress", "StoreMailboxIdentity")


class _EndedError(Exception):
    """A terminating error was put into the stream: the pipeline is over."""


class ExchangeCmdlets:
    """The practice organisation's cmdlets. Safe to be used by several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._people = PeopleReader(store)

    def run(self, pipeline: Sequence[Invocation], caller: Caller) -> Iterator[Record]:
        """Run one pipeline; its records come as they are made. The audit log gets every command, with its errors, also when the caller
        stops reading."""
        self._people.synchronise()
        stages = [_Stage(self._store, invocation, caller) for invocation in pipeline]
        try:
            yield from self._run(stages)
        except _EndedError:
            pass
        finally:
            for stage in stages:
                stage.end_audit()

    def _run(self, stages: list[_Stage]) -> Iterator[Record]:
        for position, stage in enumerate(stages):
            problem = stage.prepare(piped=position > 0)
            if problem is not None:
                yield stage.noted(problem)
                return
        stream: Iterator[Record] = iter(())
        for position, stage in enumerate(stages):
            stream = stage.run(stream if position else None)
        yield from stream
        for stage in stages:
            stage.outcome = "failed" if stage.errors else "completed"


class _Stage:
    """One command of a pipeline."""

    def __init__(self, store: Store, invocation: Invocation, caller: Caller) -> None:
        self._store = store
        self._invocation = invocation
        self._binding: Binding | None = None
        self._selected: tuple[str, ...] = ()
        self._inputs: list[str] = []
        self.errors: list[str] = []
        self.outcome = "stopped"
        self._audit = store.begin_audit(caller.login, invocation.name if not invocation.is_script else "", command_text(invocation))

    def end_audit(self) -> None:
        outcome = "failed" if self.errors and self.outcome == "stopped" else self.outcome
        self._store.end_audit(self._audit, outcome, self.errors, self._inputs)

    def noted(self, failed: Failed) -> Failed:
        self.errors.append(f"{failed.reason}: {failed.message}")
        return failed

    def prepare(self, *, piped: bool) -> Failed | None:
        """Bind the arguments; the error that ends the pipeline if they cannot be bound."""
        if self._invocation.is_script:
            return script_refused()
        if piped and self._is_selection:
            return self._prepare_selection()
        cmdlet = cmdlet_table.cmdlets(self._store.behaviour.deployment).get(self._invocation.name.lower())
        if cmdlet is None:
            return command_not_found(self._invocation.name)
        try:
            self._binding = bind(cmdlet, self._invocation.arguments, piped=piped)
        except BindingError as error:
            return error.record(cmdlet.name)
        return None

    @property
    def _is_selection(self) -> bool:
        return self._invocation.name.lower() == select_object.NAME.lower() and self._store.behaviour.select_object != "unknown"

    def _prepare_selection(self) -> Failed | None:
        try:
            self._selected = select_object.property_names(self._invocation.arguments)
        except BindingError as error:
            return error.record(select_object.NAME)
        return None

    def run(self, source: Iterator[Record] | None) -> Iterator[Record]:
        """The command's records: once without pipeline input, otherwise once for each object, with what is not an object passed on."""
        if self._selected and source is not None:
            yield from select_object.selected(source, self._selected, flattens=self._store.behaviour.select_object == "flattens")
            return
        assert self._binding is not None  # noqa: S101 (prepare comes first)
        if source is None:
            yield from self._preferred(self._process(self._binding.values))
            return
        for record in source:
            if not isinstance(record, Output):
                yield record
            elif isinstance(record.value, Shaped):
                self._inputs.append(text(record.value["Identity"]) if "identity" in record.value.shape.places else text(record.value))
                yield from self._preferred(self._process_input(record.value))

    def _process_input(self, item: Shaped) -> Iterator[Record]:
        assert self._binding is not None  # noqa: S101
        try:
            values = bind_input(self._binding, item)
        except BindingError as error:
            yield error.record(self._binding.cmdlet.name, terminating=False)
            return
        yield from self._process(values)

    def _process(self, values: Mapping[str, Any]) -> Iterator[Record]:
        assert self._binding is not None  # noqa: S101
        cmdlet = self._binding.cmdlet
        call = Call(cmdlet, values, self._store)
        try:
            self._fail_as_ordered(call)
            if cmdlet.name not in self._store.behaviour.unheeded:
                yield from HANDLERS[cmdlet.name](call)
        except CmdletError as error:
            failed = error.record(cmdlet.name, cmdlet.type)
            yield as_online(failed) if self._store.behaviour.is_online else failed
        except BindingError as error:
            yield error.record(cmdlet.name)

    def _preferred(self, records: Iterable[Record]) -> Iterator[Record]:
        """As -ErrorAction and -WarningAction want it. What is silenced is in the audit log all the same."""
        assert self._binding is not None  # noqa: S101
        on_error = self._binding.values.get("ErrorAction", "Continue")
        on_warning = self._binding.values.get("WarningAction", "Continue")
        for record in records:
            if isinstance(record, Failed):
                self.noted(record)
                if record.terminating or on_error in ("Stop", "Inquire"):
                    yield replace(record, terminating=True)
                    raise _EndedError
                if on_error == "Continue":
                    yield record
            elif not isinstance(record, Warned) or on_warning in ("Continue", "Inquire", "Stop"):
                yield record

    def _fail_as_ordered(self, call: Call) -> None:
        for failure in self._store.failures(call.cmdlet.name):
            if _is_about(call, failure.identity) and self._store.use_failure(failure):
                raise CmdletError(failure.reason, failure.message or f"{failure.reason} was ordered for '{failure.identity}'.")


def _is_about(call: Call, identity: str) -> bool:
    """Whether the command names this identity, in whatever form."""
    if identity == "*":
        return True
    view = call.view
    meant = {state["Guid"] for state in matches(view, identity)}
    for name in _NAMING:
        value = call[name]
        if value is None:
            continue
        if isinstance(value, Shaped):
            if isinstance(value.source, dict) and value.source.get("Guid") in meant:
                return True
        elif text(value).lower() == identity.lower() or meant & {state["Guid"] for state in matches(view, text(value))}:
            return True
    return False
