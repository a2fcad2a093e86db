"""HTTP/1.1 over TLS for the WS-Management service [MS-WSMV 2.1; DSP0226 C]. Plain HTTP is not offered."""

from __future__ import annotations

import logging
import socket
import ssl
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.exchange import wsman_faults as faults
from lab.exchange.authentication import Authenticator, DirectoryUnavailableError, ForbiddenError, UnauthorizedError
from lab.exchange.envelope import MAXIMUM_ENVELOPE
from lab.exchange.wsman import PATH, Answer, Client, Service
from lab.exchange.wsman_faults import WSManFaultError

COOKIE = "MS-WSMAN"
SOAP = "application/soap+xml"
MOST_DISCARDED = 16_000_000
"""Bytes of a request that is too large which are read, so that its answer is; beyond this the connection ends."""
HANDSHAKE_TIMEOUT = 10.0
log = logging.getLogger(__name__)


def tls_context(certificate: str, key: str, ca_file: str) -> ssl.SSLContext:
    """A server's context that asks for a client certificate, which must be the lab authority's when there is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


class Endpoint(ThreadingHTTPServer):
    """Listens on loopback; a thread per connection, in which the TLS handshake is done too."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, context: ssl.SSLContext, service: Service, authenticator: Authenticator) -> None:
        self.context = context
        self.service = service
        self.authenticator = authenticator
        super().__init__(("127.0.0.1", port), Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(HANDSHAKE_TIMEOUT)
        try:
            with self.context.wrap_socket(request, server_side=True) as connection:
                Handler(connection, client_address, self)
        except (OSError, ssl.SSLError) as error:
            log.debug("a connection from %s ended: %s", client_address[0], type(error).__name__)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 180
    server: Endpoint

    def do_POST(self) -> None:
        """A WS-Management message; every answer is one write, or the client's delayed acknowledgement costs 40 ms."""
        if (body := self._body()) is None or not self._is_path():
            return
        try:
            login = self.server.authenticator.login(self.headers.get("Authorization", ""), self._peer_certificate())
        except UnauthorizedError:
            self._reply(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": 'Basic realm="localhost"'})
            return
        except ForbiddenError:
            self._reply(HTTPStatus.FORBIDDEN)
            return
        except DirectoryUnavailableError:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if not self._is_soap():
            self._reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif len(body) > MAXIMUM_ENVELOPE:
            self._answer(self.server.service.fault(WSManFaultError(faults.REQUEST_TOO_LARGE)))
        else:
            self._answer(self.server.service.answer(body, Client(login, self.client_address[0], self._cookie())))

    def do_other(self) -> None:
        """Any other method."""
        if self._body() is not None and self._is_path():
            self._reply(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})

    do_GET = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_other  # noqa: N815

    def _body(self) -> bytes | None:
        """The whole body, or what is just too large of it; nothing when it was answered here."""
        text = self.headers.get("Content-Length", "" if self.command == "POST" else "0")
        if self.headers.get("Transfer-Encoding") or not text:
            self.close_connection = True
            self._reply(HTTPStatus.LENGTH_REQUIRED)
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 12:
            self.close_connection = True
            self._reply(HTTPStatus.BAD_REQUEST)
            return None
        length = int(text)
        if length > MOST_DISCARDED:
            self.close_connection = True
            self._reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        body = self.rfile.read(min(length, MAXIMUM_ENVELOPE + 1))
        rest = length - len(body)
        while rest and (part := self.rfile.read(min(rest, 65_536))):
            rest -= len(part)
        return body

    def _is_path(self) -> bool:
        """IIS compares without case, and so do Exchange's own clients; the query (``serializationLevel=Full``) changes nothing."""
        if self.path.partition("?")[0].removesuffix("/").lower() == PATH.lower():
            return True
        self._reply(HTTPStatus.NOT_FOUND)
        return False

    def _is_soap(self) -> bool:
        if self.headers.get_content_type() != SOAP:
            return False
        return (self.headers.get_content_charset() or "utf-8").lower() in ("utf-8", "utf8")

    def _peer_certificate(self) -> bytes | None:
        return self.connection.getpeercert(binary_form=True) if isinstance(self.connection, ssl.SSLSocket) else None

    def _cookie(self) -> str:
        try:
            morsel = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    def _answer(self, answer: Answer) -> None:
        if answer.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        headers = {"Content-Type": f"{SOAP};charset=UTF-8"}
        if answer.cookie:
            headers["Set-Cookie"] = f"{COOKIE}={answer.cookie}; path={PATH}; secure; HttpOnly"
        self._reply(HTTPStatus(answer.status), answer.body, headers)

    def _reply(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("ascii") + (b"" if self.command == "HEAD" else body))

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are counted and commands are in the audit log; this would only add noise."""
