"""The WS-Management shell operations on one resource, Microsoft.Exchange [MS-WSMV 3.1.4; MS-PSRP 3.1.5.3].

``Service.answer`` takes a request's bytes and gives the answer's: it knows neither sockets nor TLS.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lab.exchange import envelope, output, psrp
from lab.exchange import wsman_faults as faults
from lab.exchange.envelope import SHELL, Request
from lab.exchange.faults import Disruption, Wire
from lab.exchange.pipeline import Caller, Cmdlets
from lab.exchange.psrp_pipeline import RunningPipeline
from lab.exchange.shell import Shell, Shells, new_id
from lab.exchange.wsman_body import RESOURCE, WINDOWS_SHELL, created, decoded, fragment_size, guid, idle_timeout, received
from lab.exchange.wsman_faults import WSManFaultError

PATH = "/PowerShell"
CREATION_XML = "{http://schemas.microsoft.com/powershell}creationXml"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
PROTOCOL_VERSIONS = ("2.0", "2.1", "2.2", "2.3")
TERMINATE = frozenset({f"{WINDOWS_SHELL}/signal/terminate", f"{WINDOWS_SHELL}/signal/ctrl_c", f"{WINDOWS_SHELL}/signal/ctrl_break"})
STOP = frozenset({"powershell/signal/crtl_c", "powershell/signal/ctrl_c"})
"""Stop the pipeline. The first spelling is the specification's [MS-PSRP 3.1.5.3.9], and PowerShell's."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the login that authenticated, from where, with which cookie."""

    login: str
    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. ``cookie`` is set when the client gets a new one; ``drop`` when the connection is to be closed instead."""

    status: int
    body: bytes
    cookie: str = ""
    drop: bool = False


class Service:
    """The endpoint's operations."""

    def __init__(self, cmdlets: Cmdlets, shells: Shells, wire: Wire, machine: str, netbios: str = "UGENT") -> None:
        self._cmdlets = cmdlets
        self._shells = shells
        self._wire = wire
        self._machine = machine
        self._netbios = netbios
        self._operations: dict[str, tuple[str, Callable[[Request, Client], tuple[str, str]]]] = {
            f"{TRANSFER}/Create": ("Create", self._create),
            f"{TRANSFER}/Delete": ("Delete", self._delete),
            f"{WINDOWS_SHELL}/Command": ("Command", self._command),
            f"{WINDOWS_SHELL}/Send": ("Send", self._send),
            f"{WINDOWS_SHELL}/Receive": ("Receive", self._receive),
            f"{WINDOWS_SHELL}/Signal": ("Signal", self._signal),
        }

    def answer(self, data: bytes, client: Client) -> Answer:
        """Never raises: whatever goes wrong is a fault."""
        relates_to = ""
        try:
            document = envelope.parse(data)
            relates_to = escape(envelope.message_id(document))
            request = envelope.request(document)
            name, operation = self._operations.get(request.action, ("", None))
            disruptions = self._wire.next(name)
            lose_answer = self._disrupt(disruptions)
            if operation is None:
                raise WSManFaultError(faults.ACTION_NOT_SUPPORTED)
            self._check_resource(request)
            body, cookie = operation(request, client)
            return Answer(200, envelope.answer(f"{request.action}Response", relates_to, body), cookie, drop=lose_answer)
        except _DroppedError:
            return Answer(0, b"", drop=True)
        except WSManFaultError as fault:
            return self.fault(fault, relates_to)
        except Exception:
            log.exception("a request of %s broke", client.login)
            return self.fault(WSManFaultError(faults.ORDERED, "An internal error; see the log of the practice Exchange."), relates_to)

    def fault(self, fault: WSManFaultError, relates_to: str = "") -> Answer:
        return Answer(fault.status, envelope.answer(fault.action, relates_to, fault.body(self._machine)))

    def _disrupt(self, disruptions: list[Disruption]) -> bool:
        """Do what tests ordered; whether the answer is to be lost."""
        lose_answer = False
        for disruption in disruptions:
            settings = disruption.settings
            match disruption.kind:
                case "delay":
                    time.sleep(settings["seconds"])
                case "fault":
                    raise WSManFaultError(
                        faults.ORDERED, settings.get("message", ""), code=settings["code"], status=settings.get("status", 500)
                    )
                case "throttle":
                    raise WSManFaultError(faults.TOO_MANY_SHELLS, faults.throttled(self._shells.maximum))
                case "drop" if settings.get("processed"):
                    lose_answer = True
                case "drop":
                    raise _DroppedError
        return lose_answer

    def _check_resource(self, request: Request) -> None:
        if request.resource_uri != RESOURCE:
            raise WSManFaultError(faults.INVALID_RESOURCE_URI)
        try:
            path = urlsplit(request.to).path
        except ValueError as error:
            raise WSManFaultError(faults.DESTINATION_UNREACHABLE) from error
        if path.rstrip("/").lower() != PATH.lower():
            raise WSManFaultError(faults.DESTINATION_UNREACHABLE)

    # Shells

    def _create(self, request: Request, client: Client) -> tuple[str, str]:
        body = request.body
        if body is None or body.tag != f"{SHELL}Shell":
            raise WSManFaultError(faults.INVALID_BODY)
        self._check_protocol_version(request)
        shell = Shell(
            id=new_id(body.get("ShellId")),
            owner=client.login,
            client=client.address,
            cookie=self._shells.cookie(client.login, client.cookie),
            idle_timeout=idle_timeout(body.findtext(f"{SHELL}IdleTimeOut")),
            runspaces=psrp.Runspaces(self._cmdlets, Caller(client.login), fragment_size(request.max_envelope_size)),
        )
        creation = decoded(body.findtext(CREATION_XML))
        self._shells.add(shell)
        try:
            shell.runspaces.open(creation)
        except psrp.ProtocolError as error:
            self._shells.remove(shell)
            raise WSManFaultError(faults.INVALID_BODY, str(error)) from error
        return created(shell, request.to, self._netbios), "" if shell.cookie == client.cookie else shell.cookie

    def _check_protocol_version(self, request: Request) -> None:
        """MS-PSRP 3.1.5.3.1: the option protocolversion, which must be complied with."""
        option = request.options.get("protocolversion")
        if option is None or not option.must_comply or option.value not in PROTOCOL_VERSIONS:
            raise WSManFaultError(faults.INVALID_OPTIONS)
        if any(other.must_comply and name != "protocolversion" for name, other in request.options.items()):
            raise WSManFaultError(faults.INVALID_OPTIONS)

    def _delete(self, request: Request, client: Client) -> tuple[str, str]:
        with self._shells.use(_shell_id(request), client.login, client.cookie) as shell:
            self._shells.remove(shell)
        return "", ""

    # Commands

    def _command(self, request: Request, client: Client) -> tuple[str, str]:
        with self._shells.use(_shell_id(request), client.login, client.cookie) as shell:
            body = request.body
            if body is None or body.tag != f"{SHELL}CommandLine" or body.get("CommandId") is None:
                raise WSManFaultError(faults.INVALID_BODY)
            command_id = guid(body.get("CommandId"))
            if command_id in shell.runspaces.pipelines:
                raise WSManFaultError(faults.ALREADY_EXISTS)
            arguments = [decoded(element.text) for element in body.findall(f"{SHELL}Arguments")]
            if not arguments:
                raise WSManFaultError(faults.INVALID_BODY)
            try:
                shell.runspaces.create_pipeline(command_id, b"".join(arguments))
            except psrp.ProtocolError as error:
                raise WSManFaultError(faults.INVALID_BODY, str(error)) from error
        return f"<rsp:CommandResponse><rsp:CommandId>{str(command_id).upper()}</rsp:CommandId></rsp:CommandResponse>", ""

    def _send(self, request: Request, client: Client) -> tuple[str, str]:
        with self._shells.use(_shell_id(request), client.login, client.cookie) as shell:
            streams = request.body.findall(f"{SHELL}Stream") if request.body is not None and request.body.tag == f"{SHELL}Send" else []
            if not streams or any(stream.get("Name") not in ("stdin", "pr") for stream in streams):
                raise WSManFaultError(faults.INVALID_BODY)
            for stream in streams:
                pipeline = _pipeline(shell, stream.get("CommandId"))
                try:
                    shell.runspaces.send(decoded(stream.text), pipeline.command_id if pipeline else None)
                except psrp.ProtocolError as error:
                    raise WSManFaultError(faults.INVALID_BODY, str(error)) from error
        return "<rsp:SendResponse/>", ""

    def _receive(self, request: Request, client: Client) -> tuple[str, str]:
        with self._shells.use(_shell_id(request), client.login, client.cookie) as shell:
            desired = request.body.find(f"{SHELL}DesiredStream") if request.body is not None else None
            if desired is None or "stdout" not in (desired.text or "").split():
                raise WSManFaultError(faults.INVALID_BODY)
            pipeline = _pipeline(shell, desired.get("CommandId"))
            queue = pipeline.output if pipeline else shell.runspaces.output
            try:
                taken = queue.take(request.max_envelope_size - envelope.OVERHEAD, request.operation_timeout)
            except output.AbortedError as error:
                raise WSManFaultError(faults.ABORTED) from error
            except output.FragmentTooLargeError as error:
                raise WSManFaultError(faults.ANSWER_TOO_LARGE) from error
        if taken is None:
            raise WSManFaultError(faults.TIMED_OUT)
        return received(taken, pipeline.command_id if pipeline else None), ""

    def _signal(self, request: Request, client: Client) -> tuple[str, str]:
        with self._shells.use(_shell_id(request), client.login, client.cookie) as shell:
            body = request.body
            if body is None or body.tag != f"{SHELL}Signal":
                raise WSManFaultError(faults.INVALID_BODY)
            pipeline = _pipeline(shell, body.get("CommandId"))
            code = (body.findtext(f"{SHELL}Code") or "").strip().lower()
            if pipeline is None or code not in TERMINATE | STOP:
                raise WSManFaultError(faults.INVALID_BODY)
            if code in STOP:
                pipeline.stop()
            else:
                shell.runspaces.end_pipeline(pipeline.command_id)
        return "<rsp:SignalResponse/>", ""


class _DroppedError(Exception):
    """A test ordered that the connection ends here."""


def _shell_id(request: Request) -> str:
    if "ShellId" not in request.selectors:
        raise WSManFaultError(faults.SELECTORS_MISSING)
    if len(request.selectors) > 1:
        raise WSManFaultError(faults.INVALID_SELECTORS)
    return request.selectors["ShellId"]


def _pipeline(shell: Shell, text: str | None) -> RunningPipeline | None:
    """The command that is meant; nothing when it is the shell itself."""
    if text is None:
        return None
    pipeline = shell.runspaces.pipelines.get(guid(text))
    if pipeline is None:
        raise WSManFaultError(faults.INVALID_SELECTORS, faults.UNKNOWN_COMMAND)
    return pipeline
