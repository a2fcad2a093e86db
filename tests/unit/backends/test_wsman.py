"""What of WS-Management needs no server to be seen."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests
import urllib3
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.wsman import IisKerberosAdapter, WsmanFaultError, WsmanServer, WsmanShell, WsmanTransportError

RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"><s:Header><a:RelatesTo>{}</a:RelatesTo></s:Header>'
    "<s:Body>{}</s:Body></s:Envelope>"
)
FAULT = '<s:Fault><s:Reason><s:Text>no</s:Text></s:Reason><s:Detail><f:WSManFault Code="{}"/></s:Detail></s:Fault>'


def server(**settings: Any) -> WsmanServer:
    return WsmanServer(**{"url": "https://localhost/PowerShell/", "resource_uri": RESOURCE, "authentication": "basic", "user": "u",
                          "password": "p", **settings})  # fmt: skip


@pytest.mark.parametrize("url", ["http://mail.example/PowerShell/", "http://10.0.0.1/PowerShell/"])
def test_a_password_is_not_shown_to_the_network(url: str) -> None:
    with pytest.raises(BackendUnavailableError, match="https"):
        server(url=url).protocol()


@pytest.mark.parametrize("url", ["http://localhost/PowerShell/", "http://127.0.0.1:8080/PowerShell/", "https://mail.example/PowerShell/"])
def test_to_this_machine_it_may_be_plain(url: str) -> None:
    assert server(url=url).protocol().transport.endpoint == url


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ca_file": "/nowhere"}, "there is no file /nowhere"),
        ({"authentication": "certificate"}, "cert_pem"),
        ({"authentication": "credssp"}, "credssp"),
        ({"operation_timeout": 30, "read_timeout": 20}, "read_timeout_sec must exceed"),
        ({"user": ""}, "requires a username"),
    ],
)
def test_settings_that_cannot_work_are_said(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BackendUnavailableError, match=message):
        server(**settings).protocol()


def test_the_password_is_not_in_what_is_printed() -> None:
    assert "p'" not in repr(server(password="secret-p"))


class Answering:
    """pywinrm's Protocol, with answers of ours. ``{}`` in an answer is the message that it relates to."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.protocol = server().protocol()
        self.build_wsman_header = self.protocol.build_wsman_header
        self.transport = self.protocol.transport
        self.sent: list[str] = []

    def send_message(self, message: str) -> bytes:
        self.sent.append(message)
        relates_to = message.partition("<a:MessageID>")[2].partition("<")[0]
        return self.answers.pop(0).replace("{}", relates_to, 1).encode()


def shell(*answers: str) -> WsmanShell:
    protocol: Any = Answering(*answers)
    return WsmanShell(server(), "SHELL", protocol)


def test_a_fault_in_an_answer_with_status_200_is_found() -> None:
    with pytest.raises(WsmanFaultError, match="no"):
        shell(ENVELOPE.format("{}", FAULT.format(5))).signal("C")


def test_receive_is_repeated_when_the_operation_timed_out() -> None:
    waiting = shell(*[ENVELOPE.format("{}", FAULT.format(2150858793))] * 3, ENVELOPE.format("{}", ""))
    assert waiting.receive("C").fault is None
    assert waiting.messages == 4


def test_a_server_that_never_says_anything_is_given_up() -> None:
    silent = shell(*[ENVELOPE.format("{}", FAULT.format(2150858793))] * 30)
    with pytest.raises(WsmanTransportError, match="600 seconds"):
        silent.receive("C")
    assert silent.messages == 30


def test_an_answer_to_another_message_is_refused() -> None:
    with pytest.raises(WsmanTransportError, match="another message"):
        shell(ENVELOPE.format("uuid:other", "")).signal("C")


def test_messages_say_where_they_go() -> None:
    asked = shell(ENVELOPE.format("{}", ""))
    asked.signal("C")
    protocol: Any = asked._protocol
    assert "<a:To>https://localhost/PowerShell/</a:To>" in protocol.sent[0]


@pytest.mark.parametrize(
    ("headers", "content", "authenticate", "read"),
    [
        ({"WWW-Authenticate": "Kerberos abc"}, b"", "Negotiate abc", b""),
        ({"WWW-Authenticate": "Negotiate abc"}, b"", "Negotiate abc", b""),
        ({"Content-Type": 'multipart/encrypted;protocol="x"'}, b"-- Encrypted Boundary\r\n", None, b"--Encrypted Boundary\r\n"),
        ({"Content-Type": "application/soap+xml"}, b"-- Encrypted Boundary", None, b"-- Encrypted Boundary"),
    ],
)
def test_iis_is_read_as_winrm_would_write(headers: dict[str, str], content: bytes, authenticate: str | None, read: bytes) -> None:
    request = requests.Request("POST", "https://localhost/PowerShell/").prepare()
    raw = urllib3.HTTPResponse(io.BytesIO(content), headers=headers, status=200, preload_content=False)
    response = IisKerberosAdapter().build_response(request, raw)
    assert (response.headers.get("WWW-Authenticate"), response.content) == (authenticate, read)
