"""Sending messages over SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314)."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType

from .failure import BackendUnavailableError


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """``tls`` is ``starttls``, ``implicit`` or ``none``; certificates are verified. ``user`` is empty for no login. ``timeout`` is in
    seconds."""

    host: str
    port: int = 587
    tls: str = "starttls"
    ca_file: str | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class LetterRefusedError(Exception):
    """The server did not take a message; the text is its answer."""


class Smtp:
    """A session, for a ``with`` statement; it is opened when the first message is sent. Raises BackendUnavailableError."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._session: smtplib.SMTP | None = None

    def __enter__(self) -> Smtp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session:
            try:
                self._session.quit()
            except (smtplib.SMTPException, OSError):
                self._session.close()

    def send(self, message: EmailMessage) -> None:
        """Raises LetterRefusedError when the server refuses this message, BackendUnavailableError when it cannot be used for any."""
        try:
            self._session = self._session or self._opened()
            self._session.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise LetterRefusedError(_answer(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise BackendUnavailableError(str(self.server), _reason(error)) from error

    def _opened(self) -> smtplib.SMTP:
        server = self.server
        if server.user and server.tls == "none":
            raise BackendUnavailableError(str(server), "no password is sent without TLS; set letters__smtp_tls, or no letters__smtp_user")
        try:
            context = ssl.create_default_context(cafile=server.ca_file)
        except OSError as error:
            raise BackendUnavailableError(str(server), f"there is no usable CA file {server.ca_file}") from error
        if server.tls == "implicit":
            session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            session = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        if server.tls == "starttls":
            session.starttls(context=context)
        if server.user:
            session.login(server.user, server.password)
        return session


def _answer(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> str:
    """The server's code and words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{recipient}: {code} {_words(text)}" for recipient, (code, text) in error.recipients.items())
    return f"{error.smtp_code} {_words(error.smtp_error)}"


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be reached: {error.strerror}"
    return str(error) or type(error).__name__
