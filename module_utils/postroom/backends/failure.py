"""How a backend says that something did not work."""

from __future__ import annotations

import ssl
from dataclasses import asdict, dataclass


class BackendUnavailableError(Exception):
    """A server cannot be used at all: unreachable, not trusted, not letting us in, or gone in the middle of a run."""

    def __init__(self, server: str, message: str) -> None:
        super().__init__(f"{server}: {message}")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a server refused, or what could not be planned, for one mailbox; ``command`` is empty when none was sent."""

    mailbox: str
    system: str
    server: str
    message: str
    command: str = ""

    def __str__(self) -> str:
        sent = f" in answer to {self.command}" if self.command else ""
        return f"{self.mailbox} on {self.system} ({self.server}): {self.message}{sent}"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def reason_of(error: OSError, timeout: float | None = None) -> str:
    """Why a connection was not made, or broke, in words; ``timeout`` is for how many seconds an answer was waited for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no answer in time" if timeout is None else f"no answer within {timeout:g} seconds"
    return error.strerror or str(error)
