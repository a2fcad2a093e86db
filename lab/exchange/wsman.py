"""The WS-Management service: shells that hold runspace pools, and the six operations on them (MS-WSMV section 3.1.4)."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.exchange.envelope import Request, answer, created, received, seconds
from lab.exchange.pipeline import Caller, Cmdlets
from lab.exchange.psrp import FRAGMENT_BYTES, Runspace
from lab.exchange.wsman_fault import fault

MAXIMUM_SHELLS = 18
"""PowerShellMaxConcurrency of Exchange's default throttling policy."""
IDLE_TIMEOUT = 900.0
RESOURCE_URI = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"
SIGNALS = ("/signal/Terminate", "/signal/terminate", "/signal/ctrl_c", "powershell/signal/ctrl_c", "/signal/ctrl_break")
HEADER_BYTES = 2048
"""What an answer takes beside its streams, generously."""


@dataclass(slots=True)
class Shell:
    """``cookie`` is what the client has to send back with each message about this shell."""

    shell_id: str
    owner: str
    cookie: str
    runspace: Runspace
    idle_timeout: float
    used: float = field(default_factory=time.monotonic)
    busy: int = 0


class WsmanService:
    """All shells of the endpoint. Raises WsmanFault for what a client does wrong."""

    def __init__(self, cmdlets: Cmdlets, administrators: frozenset[str], *, idle_timeout: float = IDLE_TIMEOUT) -> None:
        self._cmdlets = cmdlets
        self._administrators = administrators
        self._idle_timeout = idle_timeout
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()
        self.throttled = False

    def shells(self) -> list[tuple[str, str, float]]:
        """Who has a shell open, its id, and after how many idle seconds it ends."""
        return [(shell.owner, shell.shell_id, shell.idle_timeout) for shell in list(self._shells.values())]

    def answer(self, request: Request, login: str, cookie: str) -> tuple[bytes, str]:
        """The answer's envelope, and the cookie to set, if any."""
        if request.resource_uri != RESOURCE_URI:
            raise fault("InvalidResourceUri", request.resource_uri, request.message_id)
        if request.operation == "Create":
            return self._create(request, login)
        shell = self._shells.get(request.shell_id)
        if shell is None or shell.owner != login or not secrets.compare_digest(shell.cookie, cookie):
            raise fault("InvalidSelectors", request.shell_id, request.message_id)
        shell.busy += 1
        try:
            return self._within(shell, request), ""
        finally:
            shell.busy -= 1
            shell.used = time.monotonic()

    def _within(self, shell: Shell, request: Request) -> bytes:
        match request.operation:
            case "Command":
                return self._command(shell, request)
            case "Send":
                return self._send(shell, request)
            case "Receive":
                return self._receive(shell, request)
            case "Signal":
                return self._signal(shell, request)
            case _:
                self._end(shell)
                return answer(request, "")

    def _create(self, request: Request, login: str) -> tuple[bytes, str]:
        if login not in self._administrators:
            raise fault("NoRole", login, request.message_id)
        if request.options.get("protocolversion") not in ("2.1", "2.2", "2.3"):
            raise fault("InvalidOptions", "protocolversion", request.message_id)
        shell_id = request.attribute("rsp:Shell", "ShellId").upper() or str(uuid.uuid4()).upper()
        opening = request.data("rsp:Shell/ps:creationXml")
        idle_timeout = min(self._idle_timeout, seconds(request.text("rsp:Shell/rsp:IdleTimeOut"), self._idle_timeout))
        shell = Shell(shell_id, login, secrets.token_hex(16), Runspace(self._cmdlets, Caller(login)), idle_timeout)
        self._feed(shell, request, opening)
        with self._lock:
            open_shells = sum(other.owner == login for other in self._shells.values())
            if self.throttled or open_shells >= MAXIMUM_SHELLS:
                raise fault("TooManyShells", MAXIMUM_SHELLS, request.message_id)
            if shell_id in self._shells:
                raise fault("InvalidMessage", f"there is a shell {shell_id} already", request.message_id)
            self._shells[shell_id] = shell
        return created(request, shell_id, idle_timeout), shell.cookie

    def _command(self, shell: Shell, request: Request) -> bytes:
        command_id = _uuid(request, request.attribute("rsp:CommandLine", "CommandId"))
        try:
            shell.runspace.open_pipeline(command_id)
        except KeyError as error:
            raise fault("InvalidMessage", f"there is a command {command_id} already", request.message_id) from error
        self._feed(shell, request, request.data("rsp:CommandLine/rsp:Arguments"), command_id)
        return answer(request, f"<rsp:CommandResponse><rsp:CommandId>{str(command_id).upper()}</rsp:CommandId></rsp:CommandResponse>")

    def _send(self, shell: Shell, request: Request) -> bytes:
        command_id = self._known(shell, request, request.attribute("rsp:Send/rsp:Stream", "CommandId"))
        self._feed(shell, request, request.data("rsp:Send/rsp:Stream"), command_id)
        return answer(request, "<rsp:SendResponse/>")

    def _receive(self, shell: Shell, request: Request) -> bytes:
        name = request.attribute("rsp:Receive/rsp:DesiredStream", "CommandId")
        command_id = self._known(shell, request, name)
        limit = (request.envelope_bytes - HEADER_BYTES) * 3 // 4 - FRAGMENT_BYTES // 16
        found = shell.runspace.give_out(command_id, limit, request.timeout)
        if found is None:
            raise fault("TimedOut", message_id=request.message_id)
        chunks, done = found
        return received(request, name, chunks, done=done)

    def _signal(self, shell: Shell, request: Request) -> bytes:
        command_id = _uuid(request, request.attribute("rsp:Signal", "CommandId"))
        if not request.text("rsp:Signal/rsp:Code").endswith(SIGNALS):
            raise fault("InvalidMessage", "the signal is not known", request.message_id)
        shell.runspace.stop(command_id)
        return answer(request, "<rsp:SignalResponse/>")

    def _known(self, shell: Shell, request: Request, name: str) -> uuid.UUID | None:
        if not name:
            return None
        command_id = _uuid(request, name)
        if not shell.runspace.knows(command_id):
            raise fault("CommandNotFound", name, request.message_id)
        return command_id

    def _feed(self, shell: Shell, request: Request, data: bytes, command_id: uuid.UUID | None = None) -> None:
        try:
            shell.runspace.take_in(data, command_id)
        except ValueError as error:
            raise fault("InvalidMessage", str(error), request.message_id) from error

    def _end(self, shell: Shell) -> None:
        with self._lock:
            self._shells.pop(shell.shell_id, None)
        shell.runspace.close()

    def reap(self) -> Iterator[str]:
        """End the shells that nobody has used for their idle time-out, and say which."""
        now = time.monotonic()
        for shell in list(self._shells.values()):
            if not shell.busy and now - shell.used > shell.idle_timeout:
                self._end(shell)
                yield shell.shell_id


def _uuid(request: Request, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(name)
    except ValueError as error:
        raise fault("InvalidMessage", f"{name!r} is not a command's id", request.message_id) from error
