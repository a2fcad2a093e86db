"""A runspace pool (MS-PSRP) in a WS-Management shell: pipelines of cmdlets go in, objects and errors come out.

psrpcore is the protocol; nothing is ever sent as a script.
"""

from __future__ import annotations

import signal
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, Generic, TypeVar

import psrpcore
from psrpcore.types import PSInvocationState, PSRPMessageType, PSString, RunspacePoolState, deserialize
from psrpcore.types._base import TypeRegistry

from ..wire.clixml import UnusualError, read_clixml
from ..wire.powershell import ParameterValue, Pipeline, error_class
from ..wire.wsman import FRAGMENT_BYTES
from .failure import BackendUnavailableError
from .wsman import WsmanFaultError, WsmanServer, WsmanShell, WsmanTransportError, open_protocol

T = TypeVar("T")


class ConnectionLostError(Exception):
    """The shell can no longer be used; whether the last pipeline ran is not known."""


@dataclass(frozen=True, slots=True)
class PowerShellError:
    """An error record: ``reason`` is the exception's class (CategoryInfo.Reason), which is what errors are told apart by."""

    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


@dataclass(slots=True)
class PipelineResult(Generic[T]):
    outputs: list[T] = field(default_factory=list)
    errors: list[PowerShellError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Pool(psrpcore.ClientRunspacePool):
    """Leaves what a pipeline puts out as it came, in CLIXML. ``_process_message`` is where psrpcore would make objects of it (a private
    name, of the version that is pinned)."""

    def _process_message(self, message: Any) -> Any:
        if message.message_type != PSRPMessageType.PipelineOutput:
            return super()._process_message(message)
        return psrpcore.PipelineOutputEvent(message.message_type, message.data, message.runspace_pool_id, message.pipeline_id)

    def taken(self, data: bytes, take: Callable[[Any], T]) -> T:
        """The object through ``take``. psrpcore reads it when its shape, or what is asked of it, is unusual."""
        if not data:
            return take(None)
        try:
            return take(read_clixml(data, TypeRegistry().type_registry))
        except UnusualError:
            same = {"our_capability": self.our_capability, "their_capability": self.their_capability}
            return take(deserialize(ET.fromstring(data), cipher=self._cipher, **same))  # noqa: S314 - as above


class RunspacePool:
    """A context manager: opened on entry, and always closed, also after an error, a Ctrl-C or a SIGTERM."""

    def __init__(self, server: WsmanServer) -> None:
        self.server = server
        self._pool = _Pool()
        self._shell: WsmanShell | None = None
        self._handler: Any = None

    @property
    def messages(self) -> int:
        return self._shell.messages if self._shell else 0

    def __enter__(self) -> RunspacePool:
        """Raises BackendUnavailableError."""
        self._handler = signal.signal(signal.SIGTERM, _leave)
        try:
            self._open()
        except (WsmanFaultError, WsmanTransportError) as error:
            self._close()
            raise BackendUnavailableError(self.server.url, f"no PowerShell session: {error}{_advice(error)}") from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _open(self) -> None:
        self._shell = open_protocol(self.server)
        self._pool = _Pool(runspace_pool_id=uuid.UUID(self._shell.shell_id))
        self._pool.open()
        opening = self._pool.data_to_send()
        self._shell.create(opening.data if opening else b"")
        while self._pool.state == RunspacePoolState.Opening:
            for event in self._events(self._shell.receive().streams, None):
                _refuse_broken(event, self.server.url)

    def _close(self) -> None:
        shell, self._shell = self._shell, None
        try:
            if shell:
                shell.delete()
        except (WsmanFaultError, WsmanTransportError, BackendUnavailableError):
            pass  # the server ends it by itself when it has been idle; the error that matters is on its way already
        finally:
            signal.signal(signal.SIGTERM, self._handler)

    def run(self, pipeline: Pipeline, take: Callable[[Any], T]) -> PipelineResult[T]:
        """Run a pipeline; each object that comes out goes through ``take``, so that not all are held at once.

        Raises ConnectionLostError. Errors of the cmdlets are in the result, terminating ones included.
        """
        if not self._shell:
            raise ConnectionLostError("the session is closed")
        powershell = psrpcore.ClientPowerShell(self._pool)
        for cmdlet in pipeline.cmdlets:
            powershell.add_command(cmdlet.name)
            for name, value in cmdlet.parameters:
                powershell.add_parameter(name, _typed(value))
        try:
            return self._invoke(self._shell, powershell, take)
        except (WsmanFaultError, WsmanTransportError) as error:
            self._pool.pipeline_table.pop(powershell.pipeline_id, None)
            raise ConnectionLostError(str(error)) from error

    def _invoke(self, shell: WsmanShell, pipeline: psrpcore.ClientPowerShell, take: Callable[[Any], T]) -> PipelineResult[T]:
        command_id = str(pipeline.pipeline_id).upper()
        pipeline.start()
        first = self._pool.data_to_send(FRAGMENT_BYTES)
        shell.command(command_id, first.data if first else b"")
        while rest := self._pool.data_to_send(FRAGMENT_BYTES):
            shell.send(command_id, rest.data)
        result = PipelineResult[T]()
        done = False
        while not done:
            reply = shell.receive(command_id)
            for event in self._events(reply.streams, pipeline.pipeline_id):
                if isinstance(event, psrpcore.PipelineOutputEvent):
                    result.outputs.append(self._pool.taken(event.data, take))
                else:
                    _sort(event, result)
            done = reply.done or pipeline.state not in (PSInvocationState.NotStarted, PSInvocationState.Running)
        pipeline.close()
        return result

    def _events(self, streams: tuple[bytes, ...], pipeline_id: uuid.UUID | None) -> Iterator[Any]:
        """Stream by stream: psrpcore copies all that it has not looked at yet, once for each fragment."""
        for data in streams:
            self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, pipeline_id))
            while event := self._pool.next_event():
                yield event


def _typed(value: ParameterValue) -> Any:
    return [PSString(one) for one in value] if isinstance(value, tuple) else value


def _sort(event: Any, result: PipelineResult[Any]) -> None:
    match event:
        case psrpcore.ErrorRecordEvent():
            result.errors.append(_error(event.record))
        case psrpcore.WarningRecordEvent():
            result.warnings.append(str(event.record.Message))
        case psrpcore.PipelineStateEvent() if event.reason is not None:
            result.errors.append(_error(event.reason))
        case _:
            pass


def _error(record: Any) -> PowerShellError:
    """An exception over remoting has its type names, ``Deserialized.Namespace.Class``, when its record names no class."""
    reason = str(record.CategoryInfo.Reason or "")
    if not reason:
        names = record.Exception.PSObject.type_names
        reason = str(names[0]).rpartition(".")[2] if names else "Exception"
    message = " ".join(str(record).split())
    return PowerShellError(error_class(reason, f"{message} {record.FullyQualifiedErrorId or ''}"), message)


def _refuse_broken(event: Any, url: str) -> None:
    if isinstance(event, psrpcore.RunspacePoolStateEvent) and event.state == RunspacePoolState.Broken:
        raise BackendUnavailableError(url, f"the PowerShell session broke while it opened: {event.reason}")


def _advice(error: Exception) -> str:
    text = str(error)
    if "AuthZ" in text or "concurren" in text.lower():
        return "; sessions that were left open end by themselves when they have been idle: try again later"
    if isinstance(error, WsmanFaultError) and error.code == 2150858811:
        return "; Exchange does not answer on WinRM's own port: use https://<server>/PowerShell/"
    return ""


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)
