"""The server's side of a runspace pool [MS-PSRP 3.2]: protocol by psrpcore, pipelines in threads, output in queues.

Whatever touches psrpcore's objects holds the pool's lock; cmdlets run and queues are filled without it.
"""

from __future__ import annotations

import logging
import struct
import threading
import uuid
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import ParseError

from psrpcore import (
    CreatePipelineEvent,
    EndOfPipelineInputEvent,
    GetAvailableRunspacesEvent,
    GetCommandMetadataEvent,
    PipelineInputEvent,
    PSRPCoreError,
    PSRPEvent,
    PSRPPayload,
    ResetRunspaceStateEvent,
    ServerRunspacePool,
    SetMaxRunspacesEvent,
    SetMinRunspacesEvent,
    StreamType,
)
from psrpcore._payload import PSRPMessage
from psrpcore.types import PSRPMessageType, RunspacePoolState

from lab.exchange.output import OutputQueue
from lab.exchange.pipeline import Caller, Cmdlets
from lab.exchange.psrp_pipeline import RunningPipeline

FRAGMENT = 32_768
"""Bytes of a fragment, as Windows makes them; smaller where the client's envelopes are."""
LARGEST_MESSAGE = 10_000_000
UNBOUNDED = 1 << 62
"""The pool's own messages are few, and nothing may wait while it holds the lock."""
UNREADABLE = (PSRPCoreError, ParseError, struct.error, ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)
"""What psrpcore lets through of its parsers' exceptions."""
log = logging.getLogger(__name__)


class ProtocolError(Exception):
    """What came is not PSRP, or not in its order."""


class GuardedPool(ServerRunspacePool):
    """Refuses what Python's XML parser would otherwise try to expand: CLIXML has no declarations. Takes the call identifier in both
    spellings: PowerShell compares without case, and the specification has both [MS-PSRP 2.2.2.6, 2.2.2.11]."""

    def _process_message(self, message: PSRPMessage) -> PSRPEvent[Any, Any]:
        if b"<!" in message.data or b"\0" in message.data:
            raise PSRPCoreError("a message with a document type declaration")
        if message.message_type in (PSRPMessageType.SetMaxRunspaces, PSRPMessageType.SetMinRunspaces):
            message._data = message._data.replace(b' N="CI"', b' N="ci"')
        return super()._process_message(message)

    def forget_incoming(self) -> None:
        """What was refused must not spoil what comes after it."""
        self._receive_buffer = bytearray()
        self._incoming_fragments.clear()
        self._incoming_messages.clear()


class Runspaces:
    """One shell's runspace pool and its pipelines."""

    def __init__(self, cmdlets: Cmdlets, caller: Caller, fragment_size: int = FRAGMENT) -> None:
        self.cmdlets = cmdlets
        self.caller = caller
        self.fragment_size = fragment_size
        self.pool = GuardedPool()
        self.lock = threading.RLock()
        self.output = OutputQueue(UNBOUNDED, linger=0)
        self.pipelines: dict[uuid.UUID, RunningPipeline] = {}
        self._free = threading.Condition()
        self._running = 0
        self._waiting_bytes = 0

    # From the client

    def open(self, creation: bytes) -> None:
        """The first message: capability and InitRunspacePool. Raises ProtocolError when the pool is not open after it."""
        self._feed(creation, None)
        if self.pool.state != RunspacePoolState.Opened:
            raise ProtocolError("creationXml opens no runspace pool")

    def create_pipeline(self, command_id: uuid.UUID, data: bytes) -> None:
        """Start what the command's first fragments describe; the rest may follow by Send."""
        with self.lock:
            self.pipelines[command_id] = RunningPipeline(self, command_id)
        try:
            self._feed(data, command_id)
        except ProtocolError:
            self.end_pipeline(command_id)
            raise

    def send(self, data: bytes, command_id: uuid.UUID | None) -> None:
        """More fragments, for the pool or a pipeline."""
        self._feed(data, command_id)

    def _feed(self, data: bytes, command_id: uuid.UUID | None) -> None:
        with self.lock:
            self._waiting_bytes += len(data)
            if self._waiting_bytes > LARGEST_MESSAGE:
                raise ProtocolError("a message without end")
            try:
                self.pool.receive_data(PSRPPayload(data, StreamType.default, command_id))
                while event := self.pool.next_event():
                    self._waiting_bytes = 0
                    self._handle(event)
            except UNREADABLE as error:
                log.warning("%s: not PSRP: %s", self.caller.login, type(error).__name__)
                self.pool.forget_incoming()
                self._waiting_bytes = 0
                raise ProtocolError(str(error)) from error
            self._queue_messages()

    def _handle(self, event: PSRPEvent[Any, Any]) -> None:
        match event:
            case CreatePipelineEvent() | GetCommandMetadataEvent():
                self._pipeline(event).start(event)
            case PipelineInputEvent():
                self._pipeline(event).input_refused = True
            case EndOfPipelineInputEvent():
                self._pipeline(event).input_ended.set()
            case SetMaxRunspacesEvent() | SetMinRunspacesEvent() | ResetRunspaceStateEvent():
                self.pool.runspace_availability_response(event.ci, True)
                self.wake()
            case GetAvailableRunspacesEvent():
                self.pool.runspace_availability_response(event.ci, max(self.pool.max_runspaces - self._running, 0))

    def _pipeline(self, event: PSRPEvent[Any, Any]) -> RunningPipeline:
        if event.pipeline_id is None or (pipeline := self.pipelines.get(event.pipeline_id)) is None:
            raise PSRPCoreError("a message for a pipeline that does not exist")
        return pipeline

    # To the client

    def prepare(self, compose: Callable[[], None]) -> list[bytes]:
        """The fragments of the messages that ``compose`` prepares."""
        with self.lock:
            self._queue_messages()
            compose()
            return self._drained()

    def _queue_messages(self) -> None:
        if fragments := self._drained():
            self.output.put(fragments)

    def _drained(self) -> list[bytes]:
        fragments = []
        while payload := self.pool.data_to_send(self.fragment_size):
            fragments.append(payload.data)
        return fragments

    # Pipelines

    def enter(self, stopping: threading.Event) -> bool:
        """Wait for a free runspace: as many pipelines run at once as the pool has runspaces. False when stopped before."""
        with self._free:
            self._free.wait_for(lambda: stopping.is_set() or self._running < max(self.pool.max_runspaces, 1))
            if stopping.is_set():
                return False
            self._running += 1
            return True

    def leave(self) -> None:
        with self._free:
            self._running -= 1
            self._free.notify_all()

    def wake(self) -> None:
        with self._free:
            self._free.notify_all()

    def end_pipeline(self, command_id: uuid.UUID) -> None:
        """Stop it if it runs, and forget it."""
        pipeline = self.pipelines.pop(command_id, None)
        if pipeline is not None:
            pipeline.stop()
            pipeline.output.abort()
            pipeline.wait()
            with self.lock:
                self.pool.pipeline_table.pop(command_id, None)

    def close(self) -> None:
        for command_id in list(self.pipelines):
            self.end_pipeline(command_id)
        self.output.abort()
