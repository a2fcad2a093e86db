"""A runspace pool on the server (MS-PSRP): pipelines come in as messages, run in threads, and their records go out as messages.

psrpcore's server side is the protocol. Output is made no faster than the client fetches it.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import closing

import psrpcore
from psrpcore.types import ErrorCategory, ErrorCategoryInfo, ErrorRecord, NETException, PSInvocationState, PSRPMessageType

from lab.exchange.cmdlets.clixml import clixml
from lab.exchange.pipeline import Argument, Caller, Cmdlets, Failed, Invocation, Output, Record, Warned

FRAGMENT_BYTES = 32 * 1024
"""PowerShell's own default, WSMAN_DEFAULT_MAX_ENVELOPE_SIZE less the header, is larger; smaller ones make the client join more."""
AHEAD_BYTES = 4 * 1024 * 1024
"""How much output may wait for the client."""

Target = uuid.UUID | None


class Runspace:
    """One pool and its pipelines. Safe for several threads."""

    def __init__(self, cmdlets: Cmdlets, caller: Caller) -> None:
        self._cmdlets = cmdlets
        self._caller = caller
        self._pool = psrpcore.ServerRunspacePool()
        self._changed = threading.Condition()
        self._waiting: dict[Target, deque[bytes]] = defaultdict(deque)
        self._running: dict[uuid.UUID, psrpcore.ServerPipeline] = {}
        self._ended: set[uuid.UUID] = set()
        self._stopping: set[uuid.UUID] = set()
        self._closed = False

    def take_in(self, data: bytes, target: Target = None) -> None:
        """Fragments from the client. Raises ValueError for what is not PSRP."""
        with self._changed:
            try:
                self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, target))
                while event := self._pool.next_event():
                    if isinstance(event, psrpcore.CreatePipelineEvent):
                        self._start(event)
            except Exception as error:  # psrpcore lets whatever its parsers raise through
                raise ValueError(f"not a PowerShell Remoting message: {error}") from error
            self._flush()

    def open_pipeline(self, command_id: uuid.UUID) -> None:
        """Must come before the pipeline's first fragment. Raises KeyError when there is one with this id."""
        with self._changed:
            if command_id in self._running or command_id in self._ended:
                raise KeyError(command_id)
            self._running[command_id] = psrpcore.ServerPipeline(self._pool, command_id)

    def knows(self, command_id: uuid.UUID) -> bool:
        return command_id in self._running or command_id in self._ended

    def give_out(self, target: Target, limit: int, timeout: float) -> tuple[list[bytes], bool] | None:
        """Up to ``limit`` bytes for the client, and whether that was the last of the pipeline; None when there was nothing in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting[target] or target in self._ended or self._closed, timeout)
            queue = self._waiting[target]
            chunks: list[bytes] = []
            while queue and sum(map(len, chunks)) + len(queue[0]) <= limit:
                chunks.append(queue.popleft())
            done = target in self._ended and not queue
            if done and target is not None:
                self._ended.discard(target)
                self._waiting.pop(target)
            self._changed.notify_all()
            return (chunks, done) if chunks or done else None

    def stop(self, command_id: uuid.UUID) -> None:
        with self._changed:
            if command_id in self._running:
                self._stopping.add(command_id)
            self._ended.discard(command_id)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._stopping |= self._running.keys()
            self._changed.notify_all()

    def _start(self, event: psrpcore.CreatePipelineEvent) -> None:
        pipeline = self._running[event.pipeline_id]
        commands = list(_invocations(pipeline))
        threading.Thread(target=self._run, args=(pipeline, commands), daemon=True).start()

    def _run(self, pipeline: psrpcore.ServerPipeline, commands: list[Invocation]) -> None:
        with self._changed:
            pipeline.start()
        try:
            failed = self._pass_on(pipeline, commands)
        except Exception as error:  # noqa: BLE001 - a bug of a cmdlet ends its pipeline, as an exception in Exchange would
            reason = type(error).__name__
            failed = Failed(
                f"System.{reason}", reason, f"the practice server has a fault: {error}", "NotSpecified", reason, terminating=True
            )
        with self._changed:
            self._finish(pipeline, failed)
            self._flush()

    def _pass_on(self, pipeline: psrpcore.ServerPipeline, commands: list[Invocation]) -> Failed | None:
        """Records to the client, until there are no more or it wants no more; the error that ended the pipeline, if one did."""
        with closing(self._cmdlets.run(commands, self._caller)) as records:
            for record in records:
                with self._changed:
                    self._changed.wait_for(lambda: self._has_room(pipeline.pipeline_id))
                    if pipeline.pipeline_id in self._stopping:
                        return None
                    if isinstance(record, Failed) and record.terminating:
                        return record
                    self._write(pipeline, record)
                    self._flush()
        return None

    def _has_room(self, target: uuid.UUID) -> bool:
        return target in self._stopping or len(self._waiting[target]) * FRAGMENT_BYTES < AHEAD_BYTES

    def _write(self, pipeline: psrpcore.ServerPipeline, record: Record) -> None:
        match record:
            case Output(value):
                # psrpcore's own serialiser would take ten times as long; see clixml.
                self._pool.prepare_message(None, message_type=PSRPMessageType.PipelineOutput, pipeline_id=pipeline.pipeline_id)
                self._pool._send_buffer[-1]._data.extend(clixml(value))
            case Warned(text):
                pipeline.write_warning(text)
            case Failed():
                found = error_record(record)
                pipeline.write_error(
                    found.Exception,
                    found.CategoryInfo,
                    target_object=found.TargetObject,
                    fully_qualified_error_id=found.FullyQualifiedErrorId,
                )

    def _finish(self, pipeline: psrpcore.ServerPipeline, failed: Failed | None) -> None:
        if pipeline.pipeline_id in self._stopping:
            pipeline.stop()
        elif failed:
            pipeline._change_state(PSInvocationState.Failed, error_record(failed))
        else:
            pipeline.complete()
        pipeline.close()
        self._running.pop(pipeline.pipeline_id, None)
        if pipeline.pipeline_id not in self._stopping:
            self._ended.add(pipeline.pipeline_id)
        self._stopping.discard(pipeline.pipeline_id)

    def _flush(self) -> None:
        """Sort what psrpcore has to send by whom it is for; messages of one target are joined until a fragment is full."""
        while payload := self._pool.data_to_send(FRAGMENT_BYTES):
            queue = self._waiting[payload.pipeline_id]
            if queue and len(queue[-1]) + len(payload.data) <= FRAGMENT_BYTES:
                queue[-1] += payload.data
            else:
                queue.append(payload.data)
        self._changed.notify_all()


def _invocations(pipeline: psrpcore.ServerPipeline) -> Iterator[Invocation]:
    for command in pipeline.metadata.commands if pipeline.metadata else ():
        arguments = tuple(Argument(name and name.strip("-:"), value) for name, value in command.parameters)
        yield Invocation(command.command_text, arguments, command.is_script)


def error_record(failed: Failed) -> ErrorRecord:
    exception = NETException(Message=failed.message, HResult=-2146233088)
    exception.PSObject.type_names = [failed.exception_type, "System.Exception", "System.Object"]
    category = ErrorCategoryInfo(
        Category=ErrorCategory[failed.category],
        Activity=failed.activity,
        Reason=failed.reason,
        TargetName=failed.target,
        TargetType="String",
    )
    return ErrorRecord(
        Exception=exception,
        CategoryInfo=category,
        TargetObject=failed.target or None,
        FullyQualifiedErrorId=failed.fully_qualified_error_id,
    )
