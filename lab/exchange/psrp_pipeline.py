"""One pipeline: the client's commands as invocations, the cmdlets' records as PSRP messages."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import TYPE_CHECKING

from psrpcore import Command, CreatePipelineEvent, GetCommandMetadataEvent, ServerPipeline
from psrpcore.types import PipelineState, PSInvocationState

from lab.exchange.cmdlets.clixml import clixml
from lab.exchange.error_records import STOPPED, error_record, unexpected
from lab.exchange.output import OutputQueue
from lab.exchange.pipeline import Argument, Failed, Invocation, Output, Record, Warned

if TYPE_CHECKING:
    from lab.exchange.psrp import Runspaces

PATIENCE = 5.0
"""Seconds that a signal waits for its pipeline to end."""
log = logging.getLogger(__name__)
NO_INPUT = Failed(
    "System.Management.Automation.ParameterBindingException", "ParameterBindingException",
    "The input object cannot be bound to any parameters for the command either because the command does not take pipeline input or the "
    "input and its properties do not match any of the parameters that take pipeline input.", "InvalidArgument", "InputObjectNotBound",
    terminating=True,
)  # fmt: skip
NO_METADATA = Failed(
    "System.Management.Automation.CommandNotFoundException", "CommandNotFoundException",
    "The term 'Get-Command' is not recognized as the name of a cmdlet, function, script file, or operable program.",
    "ObjectNotFound", "CommandNotFoundException", "Get-Command", terminating=True,
)  # fmt: skip


def invocations(commands: list[Command]) -> tuple[Invocation, ...]:
    """The commands in the seam's terms."""
    return tuple(
        Invocation(str(command.command_text), tuple(Argument(name, value) for name, value in command.parameters), bool(command.is_script))
        for command in commands
    )


class RunningPipeline:
    """Runs in a thread of its own from CreatePipeline to its last message, then waits to be released by a Signal."""

    def __init__(self, runspaces: Runspaces, command_id: uuid.UUID) -> None:
        self.command_id = command_id
        self.output = OutputQueue()
        self.input_ended = threading.Event()
        self.input_refused = False
        self._runspaces = runspaces
        self._protocol = ServerPipeline(runspaces.pool, command_id)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, event: CreatePipelineEvent | GetCommandMetadataEvent) -> None:
        """Begin to run what the client described. The caller holds the pool's lock."""
        if self._thread is not None:
            raise ValueError("a pipeline is created once")
        if isinstance(event, GetCommandMetadataEvent):
            commands, refusal = [], NO_METADATA
        else:
            commands, refusal = event.pipeline.commands, None
            if event.pipeline.no_input:
                self.input_ended.set()
        # Windows sends no state "Running": psrpcore's start() would.
        self._protocol.state = PSInvocationState.Running
        pipeline = invocations(commands)
        self._thread = threading.Thread(target=self._run, args=(pipeline, refusal), name="pipeline", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; it does so between two records."""
        self._stopping.set()
        self.input_ended.set()
        self._runspaces.wake()

    def wait(self) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _run(self, pipeline: tuple[Invocation, ...], refusal: Failed | None) -> None:
        end: Failed | None = STOPPED
        try:
            self.input_ended.wait()
            if self._runspaces.enter(self._stopping):
                try:
                    end = refusal or self._records(pipeline)
                finally:
                    self._runspaces.leave()
        except Exception as error:
            log.exception("a pipeline of %s broke", self._runspaces.caller.login)
            end = unexpected(error)
        finally:
            self._finish(end)

    def _records(self, pipeline: tuple[Invocation, ...]) -> Failed | None:
        """Send the records; what ended the pipeline before its time, if anything did."""
        if self.input_refused:
            return NO_INPUT
        records = self._runspaces.cmdlets.run(pipeline, self._runspaces.caller)
        try:
            for record in records:
                if self._stopping.is_set():
                    return STOPPED
                if isinstance(record, Failed) and record.terminating:
                    return record
                if not self._send(record):
                    return STOPPED
        finally:
            close = getattr(records, "close", None)
            if close is not None:
                close()
        return STOPPED if self._stopping.is_set() else None

    def _send(self, record: Record) -> bool:
        match record:
            case Output(value):
                fragments = self._output_fragments(value)
            case Warned(text):
                fragments = self._runspaces.prepare(lambda: self._protocol.write_warning(text))
            case Failed():
                error = error_record(record)
                fragments = self._runspaces.prepare(
                    lambda: self._protocol.write_error(error.Exception, error.CategoryInfo, error.TargetObject, error.FullyQualifiedErrorId)
                )
        return self.output.put(fragments)

    def _output_fragments(self, value: object) -> list[bytes]:
        try:
            data = clixml(value)
        except TypeError:
            return self._runspaces.prepare(lambda: self._protocol.write_output(value))

        def compose() -> None:
            self._protocol.prepare_message(None)
            self._runspaces.pool._send_buffer[-1]._data.extend(data)

        return self._runspaces.prepare(compose)

    def _finish(self, end: Failed | None) -> None:
        """The last message: Completed, Failed or Stopped, the last two with their error record [MS-PSRP 2.2.2.21]."""
        state = PSInvocationState.Completed if end is None else PSInvocationState.Stopped if end is STOPPED else PSInvocationState.Failed

        def compose() -> None:
            message = PipelineState(PipelineState=int(state))
            if end is not None:
                message.ExceptionAsErrorRecord = error_record(end)
            self._protocol.prepare_message(message)
            self._protocol.state = state
            self._protocol.close()

        self.output.put(self._runspaces.prepare(compose))
        self.output.finish()
