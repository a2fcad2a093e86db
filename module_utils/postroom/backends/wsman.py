"""A WS-Management shell for PowerShell Remoting, carried by pywinrm: authentication, TLS, encryption and HTTP are its work."""

from __future__ import annotations

import ssl
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import xmltodict
from requests.adapters import HTTPAdapter
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

from ..wire import wsman
from ..wire.wsman import Body, Fault, Reply, WsmanReplyError
from .failure import BackendUnavailableError

Authentication = Literal["basic", "certificate", "kerberos", "credssp"]
PATIENCE = 600
"""Seconds without any output after which a command is given up."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WsmanFaultError(Exception):
    """The server answered with a SOAP fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason} (WS-Management fault {fault.code})")
        self.code = fault.code


class WsmanTransportError(Exception):
    """No answer, or one that is not WS-Management: whether the server did what was asked is not known."""


class WsmanTimeoutError(Exception):
    """The server had nothing to say within the operation time-out: ask again."""


@dataclass(frozen=True, slots=True)
class WsmanServer:
    """How to reach an endpoint. Times are in seconds; ``read_timeout`` must exceed ``operation_timeout``."""

    url: str
    resource_uri: str
    authentication: Authentication = "kerberos"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    certificate_key_file: str | None = None
    operation_timeout: int = 20
    read_timeout: int = 30

    def __str__(self) -> str:
        return self.url

    def protocol(self) -> Protocol:
        """Raises BackendUnavailableError for settings that cannot work, or that would show the password to the network."""
        parts = urlsplit(self.url)
        if self.authentication == "basic" and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise BackendUnavailableError(self.url, "Basic authentication over plain HTTP shows the password to the network: use https")
        if self.ca_file and not Path(self.ca_file).is_file():
            raise BackendUnavailableError(self.url, f"there is no file {self.ca_file}; ca_file must name the authorities to trust")
        try:
            protocol = Protocol(
                self.url, self.authentication, self.user, self.password, proxy=None,
                ca_trust_path=self.ca_file or _system_authorities(), cert_pem=self.certificate_file, cert_key_pem=self.certificate_key_file,
                operation_timeout_sec=self.operation_timeout, read_timeout_sec=self.read_timeout,
            )  # fmt: skip
            session = protocol.transport.build_session()
        except (WinRMError, ValueError) as error:
            raise BackendUnavailableError(self.url, str(error)) from error
        if self.authentication == "kerberos":
            session.headers["Accept-Encoding"] = "identity"
            session.mount(f"{parts.scheme}://", IisKerberosAdapter())
        return protocol


class IisKerberosAdapter(HTTPAdapter):
    """Spells what IIS answers in front of Exchange as pywinrm expects it from WinRM: the authentication scheme ``Negotiate``, and
    the boundary of encrypted parts without a space."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        response = super().build_response(req, resp)
        scheme, _, token = response.headers.get("WWW-Authenticate", "").partition(" ")
        if scheme.lower() == "kerberos":
            response.headers["WWW-Authenticate"] = f"Negotiate {token}".strip()
        if "multipart/encrypted" in response.headers.get("Content-Type", ""):
            response._content = response.content.replace(b"-- Encrypted Boundary", b"--Encrypted Boundary")
        return response


@dataclass(slots=True)
class WsmanShell:
    """One shell on the server. Every method raises WsmanFaultError, WsmanTransportError, or BackendUnavailableError for a login
    that is refused."""

    server: WsmanServer
    shell_id: str
    _protocol: Protocol
    messages: int = 0

    def create(self, opening: bytes) -> None:
        options = wsman.option("protocolversion", "2.3", must_comply=True)
        reply = self._ask(wsman.CREATE, wsman.create_body(self.shell_id, opening), options)
        self.shell_id = reply.shell_id or self.shell_id

    def command(self, command_id: str, fragment: bytes) -> None:
        self._ask(wsman.COMMAND, wsman.command_body(command_id, fragment))

    def send(self, command_id: str, fragment: bytes) -> None:
        self._ask(wsman.SEND, wsman.send_body(command_id, fragment))

    def receive(self, command_id: str = "") -> Reply:
        """What came in meanwhile: asks again while the server only says that its operation time-out passed, but not for ever."""
        for _ in range(max(1, PATIENCE // self.server.operation_timeout)):
            try:
                return self._ask(wsman.RECEIVE, wsman.receive_body(command_id), wsman.option("WSMAN_CMDSHELL_OPTION_KEEPALIVE", "TRUE"))
            except WsmanTimeoutError:
                continue
        raise WsmanTransportError(f"the server had nothing to say for {PATIENCE} seconds")

    def signal(self, command_id: str) -> None:
        self._ask(wsman.SIGNAL, wsman.signal_body(command_id))

    def delete(self) -> None:
        try:
            self._ask(wsman.DELETE, {})
        finally:
            self._protocol.transport.close_session()

    def _ask(self, action: str, body: Body, options: Body | None = None) -> Reply:
        message_id = uuid.uuid4()
        shell_id = None if action == wsman.CREATE else self.shell_id
        envelope = self._protocol.build_wsman_header(action, self.server.resource_uri, shell_id, message_id)
        largest = {"@mustUnderstand": "true", "#text": str(wsman.ANSWER_BYTES)}
        envelope["env:Header"] |= {"a:To": self.server.url, "w:MaxEnvelopeSize": largest, **(options or {})}
        envelope["env:Body"] = body
        self.messages += 1
        reply = self._exchange(xmltodict.unparse({"env:Envelope": envelope}))
        if reply.fault and reply.fault.code == wsman.OPERATION_TIMEOUT:
            raise WsmanTimeoutError
        if reply.fault:
            raise WsmanFaultError(reply.fault)
        if str(message_id) not in reply.relates_to:
            raise WsmanTransportError("the answer belongs to another message")
        return reply

    def _exchange(self, envelope: str) -> Reply:
        try:
            return wsman.parse_reply(self._protocol.send_message(envelope))
        except WinRMOperationTimeoutError as error:
            raise WsmanTimeoutError from error
        except WSManFaultError as error:
            raise WsmanFaultError(Fault(error.wsman_fault_code or 0, " ".join(error.reason.split()))) from error
        except InvalidCredentialsError as error:
            raise BackendUnavailableError(self.server.url, f"the login of {self.server.user or 'the certificate'} was refused") from error
        except WinRMTransportError as error:
            if error.code == 403:
                who = self.server.user or "the certificate"
                raise BackendUnavailableError(self.server.url, f"{who} may not use it (HTTP 403)") from error
            raise WsmanTransportError(f"HTTP {error.code}") from error
        except (WsmanReplyError, WinRMError) as error:
            raise WsmanTransportError(str(error)) from error
        except requests.exceptions.SSLError as error:
            raise BackendUnavailableError(self.server.url, f"TLS: {_innermost(error)}") from error
        except requests.exceptions.RequestException as error:
            raise WsmanTransportError(_innermost(error)) from error


def _system_authorities() -> str:
    """Requests would take a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or "legacy_requests"


def open_protocol(server: WsmanServer) -> WsmanShell:
    return WsmanShell(server, str(uuid.uuid4()).upper(), server.protocol())


def _innermost(error: BaseException) -> str:
    """urllib3 wraps what happened three times; the last words are those that help."""
    while isinstance(error.args and error.args[-1], BaseException) or getattr(error, "reason", None):
        inner = getattr(error, "reason", None) or error.args[-1]
        if not isinstance(inner, BaseException):
            break
        error = inner
    return str(error) or type(error).__name__
