"""Open shells: who has how many, which one a request means, and which have been idle for too long [MS-WSMV 3.1.1, 3.1.2]."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab.exchange import wsman_faults as faults
from lab.exchange.psrp import Runspaces
from lab.exchange.wsman_faults import WSManFaultError

DEFAULT_IDLE_TIMEOUT = 900.0
LONGEST_IDLE_TIMEOUT = 43_200.0
MAXIMUM_PER_USER = 18
"""PowerShellMaxConcurrency of Exchange's default throttling policy."""


@dataclass(eq=False)
class Shell:
    """One open shell. ``cookie`` is what the client was given with it and must return."""

    id: str
    owner: str
    client: str
    cookie: str
    idle_timeout: float
    runspaces: Runspaces
    created: float = field(default_factory=time.time)
    last_used: float = field(default_factory=time.monotonic)
    requests: int = 0

    @property
    def is_idle(self) -> bool:
        return self.requests == 0 and time.monotonic() - self.last_used > self.idle_timeout


class Shells:
    """All open shells. ``changed`` is told of every change, with the shells that are open after it."""

    def __init__(self, changed: Callable[[list[Shell]], None] = lambda shells: None, maximum: int = MAXIMUM_PER_USER) -> None:
        self.maximum = maximum
        self._changed = changed
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def cookie(self, owner: str, presented: str) -> str:
        """The cookie for a new shell: the client's own if it is one of this user's, otherwise a new one."""
        with self._lock:
            if presented and any(shell.cookie == presented and shell.owner == owner for shell in self._shells.values()):
                return presented
        return secrets.token_urlsafe(24)

    def add(self, shell: Shell) -> None:
        with self._lock:
            if shell.id in self._shells:
                raise WSManFaultError(faults.ALREADY_EXISTS)
            if sum(other.owner == shell.owner for other in self._shells.values()) >= self.maximum:
                raise WSManFaultError(faults.TOO_MANY_SHELLS, faults.throttled(self.maximum))
            self._shells[shell.id] = shell
            self._changed(list(self._shells.values()))

    @contextmanager
    def use(self, shell_id: str, owner: str, cookie: str) -> Iterator[Shell]:
        """The shell, which is not idle meanwhile. Somebody else's shell, or one asked for without its cookie, does not exist."""
        with self._lock:
            shell = self._shells.get(_normal(shell_id))
            if shell is None or shell.owner != owner or not secrets.compare_digest(shell.cookie.encode(), cookie.encode()):
                raise WSManFaultError(faults.INVALID_SELECTORS, faults.UNKNOWN_SHELL.format(shell_id[:64]))
            shell.requests += 1
        try:
            yield shell
        finally:
            with self._lock:
                shell.requests -= 1
                shell.last_used = time.monotonic()

    def remove(self, shell: Shell) -> None:
        """Forget the shell and end what runs in it."""
        with self._lock:
            if self._shells.pop(shell.id, None) is None:
                return
            self._changed(list(self._shells.values()))
        shell.runspaces.close()

    def reap(self) -> None:
        """Remove what has been idle for longer than its IdleTimeOut."""
        with self._lock:
            idle = [shell for shell in self._shells.values() if shell.is_idle]
        for shell in idle:
            self.remove(shell)

    def reap_forever(self, interval: float = 0.5) -> None:
        while not self._ended.wait(interval):
            self.reap()

    def close(self) -> None:
        self._ended.set()
        with self._lock:
            shells = list(self._shells.values())
        for shell in shells:
            self.remove(shell)


def new_id(wanted: str | None) -> str:
    """The shell's identifier: the client's, where it sends one. Raises WSManFaultError when that is no GUID."""
    if wanted is None:
        return str(uuid.uuid4()).upper()
    try:
        return str(uuid.UUID(wanted)).upper()
    except ValueError as error:
        raise WSManFaultError(faults.INVALID_SCHEMA) from error


def _normal(shell_id: str) -> str:
    try:
        return str(uuid.UUID(shell_id)).upper()
    except ValueError:
        return ""
