"""An IMAP connection that pipelines: many commands are under way at once, so a slow network costs one round trip, not thousands."""

from __future__ import annotations

import base64
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Literal

from ..wire.imap import Atom, Command, Completion, Reply, Secret, Untagged, literal_length, parse_reply
from .failure import BackendUnavailableError, reason_of

# Few enough that neither side's socket buffer can fill up while both are writing.
WINDOW = 100
MAXIMUM_LITERAL = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where and how to log in; ``timeout`` is in seconds for each read. ``ca_file`` None means the system's authorities."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 143
    tls: Literal["starttls", "implicit"] = "starttls"
    ca_file: str | None = None
    timeout: float = 60
    on_behalf_of: str = ""
    """The user to act as (the authorization identity of RFC 4616), when it is not ``user`` itself."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered to one command: the untagged replies that came before its completion, and the completion."""

    command: Command
    replies: list[Reply]
    completion: Completion


class ImapConnection:
    """A logged-in connection, TLS verified; use it in a ``with`` statement. Raises BackendUnavailableError whenever it cannot go on."""

    def __init__(self, server: ImapServer) -> None:
        self.server = server
        self._count = 0

    def __enter__(self) -> ImapConnection:
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.run_one(Command("LOGOUT"))
        self._close()

    def run_one(self, command: Command) -> Answer:
        return next(iter(self.run([command])))

    def require(self, command: Command) -> Answer:
        """For commands without which nothing else makes sense: raises BackendUnavailableError when the server refuses."""
        answer = self.run_one(command)
        if not answer.completion.ok:
            raise BackendUnavailableError(str(self.server), f"refuses {command}: {answer.completion.text}")
        return answer

    def run(self, commands: Iterable[Command]) -> Iterator[Answer]:
        """Send the commands in order and yield each one's answer in the same order."""
        waiting = iter(commands)
        under_way: deque[tuple[str, Command]] = deque()
        while True:
            if len(under_way) <= WINDOW // 2:
                self._send(under_way, islice(waiting, WINDOW - len(under_way)))
            if not under_way:
                return
            yield self._answer(*under_way.popleft())

    def run_through(self, commands: Sequence[Command]) -> Iterator[Answer]:
        """As ``run``, for commands that may be sent twice: when the server ends the session, the command that it was working on is
        answered with that, and the others go over a new session. Raises when a new session ends at its first command as well."""
        position = 0
        is_new = False
        while position < len(commands):
            begin = position
            try:
                for answer in self.run(commands[begin:]):
                    position += 1
                    yield answer
            except BackendUnavailableError as error:
                if is_new and position == begin:
                    raise
                self._close()
                self._connect()
                is_new = True
                yield Answer(commands[position], [], Completion("", "BYE", str(error)))
                position += 1

    def _send(self, under_way: deque[tuple[str, Command]], commands: Iterable[Command]) -> None:
        block = bytearray()
        for command in commands:
            self._count += 1
            tag = f"p{self._count}"
            block += command.encode(tag)
            under_way.append((tag, command))
        if block:
            self._write(bytes(block))

    def _answer(self, tag: str, command: Command) -> Answer:
        replies: list[Reply] = []
        while True:
            reply = self._read()
            if isinstance(reply, Completion):
                if reply.tag != tag:
                    raise BackendUnavailableError(str(self.server), f"answered with the tag {reply.tag} where {tag} was due")
                return Answer(command, replies, reply)
            if isinstance(reply, Untagged) and reply.keyword == "BYE" and command.verb != "LOGOUT":
                raise BackendUnavailableError(str(self.server), f"ended the session while it worked on {command}: {_text(reply)}")
            replies.append(reply)

    def _read(self) -> Reply:
        try:
            data = self._line()
            while (length := literal_length(data)) is not None:
                if length > MAXIMUM_LITERAL:
                    raise BackendUnavailableError(str(self.server), f"announced a value of {length} bytes, which no reply of use has")
                data += self._file.read(length) + self._line()
            return parse_reply(data)
        except ValueError as error:
            raise BackendUnavailableError(str(self.server), f"answered what is not IMAP: {error}") from error
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"the connection broke: {reason_of(error, self.server.timeout)}") from error

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server closed it")
        return line

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"the connection broke: {reason_of(error, self.server.timeout)}") from error

    def _connect(self) -> None:
        try:
            self._open()
            self._log_in()
        except BaseException:
            self._close()
            raise

    def _open(self) -> None:
        try:
            self._socket = socket.create_connection((self.server.host, self.server.port), self.server.timeout)
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"cannot be reached: {reason_of(error, self.server.timeout)}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls == "implicit":
            self._start_tls()
            self._greeting()
        else:
            self._file = self._socket.makefile("rb")
            self._greeting()
            answer = self.run_one(Command("STARTTLS"))
            if not answer.completion.ok:
                raise BackendUnavailableError(str(self.server), f"refuses STARTTLS: {answer.completion.text}")
            # What an attacker sent in plain text before TLS must not be read as if it came after it.
            self._file.close()
            self._start_tls()

    def _greeting(self) -> None:
        greeting = self._read()
        if not (isinstance(greeting, Untagged) and greeting.keyword in ("OK", "PREAUTH")):
            raise BackendUnavailableError(str(self.server), f"does not greet as an IMAP server: {greeting}")

    def _start_tls(self) -> None:
        try:
            context = ssl.create_default_context(cafile=self.server.ca_file)
            self._socket = context.wrap_socket(self._socket, server_hostname=self.server.host)
        except FileNotFoundError as error:
            raise BackendUnavailableError(str(self.server), f"cannot be verified: there is no CA file {self.server.ca_file}") from error
        except OSError as error:
            raise BackendUnavailableError(str(self.server), f"TLS failed: {reason_of(error, self.server.timeout)}") from error
        self._file = self._socket.makefile("rb")

    def _log_in(self) -> None:
        if not self.server.password:
            raise BackendUnavailableError(str(self.server), f"there is no password for {self.server.user}")
        token = base64.b64encode(f"{self.server.on_behalf_of}\0{self.server.user}\0{self.server.password}".encode()).decode()
        answer = self.run_one(Command("AUTHENTICATE", (Atom("PLAIN"), Secret(token))))
        if not answer.completion.ok:
            raise BackendUnavailableError(str(self.server), f"does not let {self.server.user} log in: {answer.completion.text}")

    def _close(self) -> None:
        for resource in ("_file", "_socket"):
            if hasattr(self, resource):
                getattr(self, resource).close()


def _text(reply: Untagged) -> str:
    return " ".join(token for token in reply.tokens if isinstance(token, str))
