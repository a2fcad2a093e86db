"""A ManageSieve session (RFC 5804): the Sieve scripts of one mailbox after another, read and removed by the administrator."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from types import TracebackType

from ..core.cyrus.forwarding import StoredScript
from ..wire import managesieve
from ..wire.managesieve import Command, Line, Response, literal_length, parse_line
from .failure import BackendUnavailableError, reason_of

MAXIMUM_LITERAL = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ManageSieveServer:
    """Where and how to log in; ``timeout`` is in seconds for each read. ``ca_file`` None means the system's authorities."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 4190
    ca_file: str | None = None
    timeout: float = 60

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class CommandRefusedError(Exception):
    """The server said no to a command: which, and its own words."""

    def __init__(self, command: Command, text: str) -> None:
        super().__init__(text)
        self.command = command


class ManageSieve:
    """Sessions on behalf of one mailbox after another, over one connection where the server knows UNAUTHENTICATE (section 2.14.1), else
    over a new one for each. Everything is sent after STARTTLS, and the certificate is verified. Use it in a ``with`` statement."""

    def __init__(self, server: ManageSieveServer) -> None:
        self.server = server
        self._capabilities: dict[str, str] = {}
        self._socket: socket.socket | None = None
        self._owner = ""

    def __enter__(self) -> ManageSieve:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def act_for(self, owner: str) -> None:
        """Log in on behalf of this mailbox. Raises CommandRefusedError, and BackendUnavailableError when the server cannot be used."""
        if not self.server.password:
            raise BackendUnavailableError(str(self.server), f"there is no password for {self.server.user}")
        if self._owner and "UNAUTHENTICATE" in self._capabilities:
            self._run(Command("UNAUTHENTICATE"))
            self._owner = ""
        if self._owner:
            self.close()
        if not self._socket:
            self._connect()
        self._run(managesieve.authenticate(self.server.user, self.server.password, owner))
        self._owner = owner

    def scripts(self) -> tuple[StoredScript, ...]:
        """All scripts of the mailbox that is acted for. Raises as ``act_for``."""
        listed = managesieve.scripts(self._run(Command("LISTSCRIPTS")))
        return tuple(StoredScript(name, self._script(name), is_active) for name, is_active in listed.items())

    def _script(self, name: str) -> bytes:
        return b"".join(line.strings[0] for line in self._run(managesieve.get_script(name)))

    def run(self, command: Command) -> None:
        """A command whose answer holds nothing. Raises as ``act_for``."""
        self._run(command)

    def close(self) -> None:
        """End the connection; the next use makes another."""
        if self._socket:
            self._file.close()
            self._socket.close()
        self._socket, self._owner = None, ""

    def _connect(self) -> None:
        try:
            self._socket = socket.create_connection((self.server.host, self.server.port), self.server.timeout)
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"ManageSieve cannot be reached: {reason_of(error)}") from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._file = self._socket.makefile("rb")
            self._greeting()
            self._start_tls(self._socket)
            self._capabilities = self._greeting()
        except BaseException:
            self.close()
            raise

    def _start_tls(self, plain: socket.socket) -> None:
        try:
            self._run(Command("STARTTLS"))
        except CommandRefusedError as error:
            raise BackendUnavailableError(str(self.server), f"refuses STARTTLS: {error}") from error
        # What an attacker sent in plain text before TLS must not be read as if it came after it.
        self._file.close()
        try:
            context = ssl.create_default_context(cafile=self.server.ca_file)
            self._socket = context.wrap_socket(plain, server_hostname=self.server.host)
        except FileNotFoundError as error:
            raise BackendUnavailableError(str(self.server), f"cannot be verified: there is no CA file {self.server.ca_file}") from error
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"TLS failed: {reason_of(error)}") from error
        self._file = self._socket.makefile("rb")

    def _greeting(self) -> dict[str, str]:
        lines, response = self._answer()
        if not response.ok:
            raise BackendUnavailableError(str(self.server), f"does not greet as a ManageSieve server: {response.text}")
        return managesieve.capabilities(lines)

    def _run(self, command: Command) -> list[Line]:
        if not self._socket:
            raise BackendUnavailableError(str(self.server), "the connection is closed")
        try:
            self._socket.sendall(command.encode())
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"the connection broke: {reason_of(error)}") from error
        lines, response = self._answer()
        if response.status == "BYE":
            raise BackendUnavailableError(str(self.server), f"ended the session while it worked on {command}: {response.text}")
        if not response.ok:
            raise CommandRefusedError(command, response.text or response.code or "refused")
        return lines

    def _answer(self) -> tuple[list[Line], Response]:
        lines: list[Line] = []
        while isinstance(found := self._read(), Line):
            lines.append(found)
        return lines, found

    def _read(self) -> Line | Response:
        try:
            data = self._line()
            while (length := literal_length(data)) is not None:
                if length > MAXIMUM_LITERAL:
                    raise BackendUnavailableError(str(self.server), f"announced a script of {length} bytes, which nobody wrote")
                data += self._file.read(length) + self._line()
            return parse_line(data)
        except ValueError as error:
            raise BackendUnavailableError(str(self.server), f"answered what is not ManageSieve: {error}") from error
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"the connection broke: {reason_of(error)}") from error

    def _line(self) -> bytes:
        line = self._file.readline(65536)
        if not line.endswith(b"\n"):
            raise ConnectionError("the server closed it")
        return line
