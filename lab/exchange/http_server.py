"""HTTP/1.1 over TLS, as IIS serves the PowerShell virtual directory."""

from __future__ import annotations

import json
import ssl
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Any

from lab.exchange.authentication import Authenticator
from lab.exchange.envelope import DEFAULT_ENVELOPE_BYTES, faulted, parse_request
from lab.exchange.ordered import DroppedConnectionError, Orders
from lab.exchange.wsman import WsmanService
from lab.exchange.wsman_fault import WsmanFault, fault

PATH = "/PowerShell/"
STATUS_PATH = "/status"
COOKIE = "MS-WSMAN"
SOAP = "application/soap+xml;charset=UTF-8"


class ExchangeHttpServer(ThreadingHTTPServer):
    """The endpoint on one address. ``tls`` wants a client certificate when there is one, and trusts the practice authority only."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], service: WsmanService, authenticator: Authenticator, orders: Orders) -> None:
        super().__init__(address, ExchangeHandler)
        self.service = service
        self.authenticator = authenticator
        self.orders = orders
        self.tls: ssl.SSLContext | None = None

    def trust(self, certificate: Path, key: Path, ca_file: Path) -> None:
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca_file))
        self.tls.load_cert_chain(certificate, key)
        self.tls.verify_mode = ssl.CERT_OPTIONAL

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if self.tls is None:
            raise OSError("there is no certificate")
        # The handshake is the handler's thread's: one slow client must not stop the others.
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the server."""


class ExchangeHandler(BaseHTTPRequestHandler):
    server: ExchangeHttpServer
    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-IIS/10.0"
    sys_version = ""
    wbufsize = 256 * 1024  # an answer leaves in one write
    timeout = 300
    connection: ssl.SSLSocket

    def setup(self) -> None:
        request: socket = self.request
        request.settimeout(30)
        self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        """For the tests: how many messages came in, and which shells are open."""
        if self.path != STATUS_PATH:
            self._reply(404, b"")
            return
        status = {"messages": self.server.orders.messages, "shells": self.server.service.shells()}
        self._reply(200, json.dumps(status).encode(), kind="application/json")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > DEFAULT_ENVELOPE_BYTES:
            self._skip(length)
            self._reply(500, faulted(fault("EncodingLimit", DEFAULT_ENVELOPE_BYTES), ""))
            return
        content = self.rfile.read(length)
        login = self.server.authenticator.login(self.headers.get("Authorization", ""), self.connection.getpeercert())
        if login is None:
            self._reply(401, b"", headers={"WWW-Authenticate": 'Basic realm="localhost"'})
        elif self.path != PATH:
            self._reply(404, b"")
        elif not (self.headers.get("Content-Type") or "").lower().startswith("application/soap+xml"):
            self._reply(415, b"")
        else:
            self._wsman(content, login)

    def _wsman(self, content: bytes, login: str) -> None:
        relates_to = ""
        headers = {}
        try:
            drops_answer = self.server.orders.before()
            request = parse_request(content)
            relates_to = request.message_id
            self.server.service.throttled = self.server.orders.throttles()
            envelope, cookie = self.server.service.answer(request, login, self._cookie())
            if cookie:
                headers = {"Set-Cookie": f"{COOKIE}={cookie}; path={PATH}; secure; HttpOnly"}
            status = 200
        except WsmanFault as problem:
            status, envelope, drops_answer = 500, faulted(problem, relates_to), False
        except DroppedConnectionError:
            drops_answer = True
        if drops_answer:
            self.close_connection = True
        else:
            self._reply(status, envelope, headers=headers)

    def _cookie(self) -> str:
        found = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        return found.value if found else ""

    def _skip(self, length: int) -> None:
        while length > 0 and (block := self.rfile.read(min(length, 65536))):
            length -= len(block)

    def _reply(self, status: int, body: bytes, *, kind: str = SOAP, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """The audit log has what matters."""
