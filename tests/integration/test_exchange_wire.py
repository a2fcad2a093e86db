"""The practice Exchange byte by byte: what is wrong gets the documented fault; and as Postroom will use it, pywinrm with psrpcore."""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psrpcore
import pytest
import requests
import xmltodict
from psrpcore.types import PSInvocationState
from winrm.protocol import Protocol

from lab.exchange.control import Control
from tests.integration.conftest import Lab
from tests.integration.exchange_clients import RESOURCE, SHELL, TRANSFER, Exchange, fault, practice, soap

NO_SUCH_SHELL = 2150858843


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with practice(lab) as exchange:
        yield exchange


ENTITY = '<!DOCTYPE a [<!ENTITY b "bb">]>' + soap(f"{TRANSFER}/Delete", shell=str(uuid.uuid4()))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("<not", 2150858819),
        ("<html/>", 2150858819),
        (ENTITY, 2150858819),
        ("<!DOCTYPE a>" + soap(f"{SHELL}/Receive"), 2150858819),
        (soap(f"{TRANSFER}/Create", without="a:Action"), 2150858769),
        (soap(f"{TRANSFER}/Create", without="a:MessageID"), 2150858769),
        (soap(f"{TRANSFER}/Create", without="w:ResourceURI"), 2150858769),
        (soap(f"{TRANSFER}/Create", resource="http://schemas.microsoft.com/powershell/Microsoft.PowerShell"), 2150858811),
        (soap(f"{TRANSFER}/Create").replace("localhost/PowerShell/", "localhost/wsman"), 2150858770),
        (soap(f"{TRANSFER}/Put"), 2150858771),
        (soap(f"{TRANSFER}/Create", "<rsp:Shell/>"), 2150858809),
        (soap(f"{TRANSFER}/Create", "<rsp:Nonsense/>"), 2150858791),
        (soap(f"{SHELL}/Receive"), 2150858842),
        (soap(f"{SHELL}/Receive", shell="not-a-guid"), NO_SUCH_SHELL),
        (soap(f"{SHELL}/Receive", shell=str(uuid.uuid4())), NO_SUCH_SHELL),
        (soap(f"{SHELL}/Receive", extra="<w:OperationTimeout>soon</w:OperationTimeout>"), 2150858881),
        (soap(f"{SHELL}/Receive", extra="<w:MaxEnvelopeSize>100</w:MaxEnvelopeSize>"), 2150858878),
        (soap(f"{SHELL}/Receive", extra='<w:Strange s:mustUnderstand="true"/>'), 2150858768),
        (soap(f"{SHELL}/Receive", "<rsp:Receive>" + "x" * 160_000 + "</rsp:Receive>"), 2150858825),
    ],
)
def test_what_is_wrong_gets_its_fault(exchange: Exchange, message: str, code: int) -> None:
    answer = exchange.post(message)
    assert fault(answer) == code
    wanted = re.search("<a:MessageID>(.*?)</a:MessageID>", message)
    if wanted and code not in (2150858819, 2150858825):
        assert f"<a:RelatesTo>{wanted[1]}</a:RelatesTo>" in answer.text


def test_creation_needs_a_protocol_version_that_is_complied_with_and_real_fragments(exchange: Exchange, control: Control) -> None:
    creation = base64.b64encode(b"no fragment").decode()
    body = f'<rsp:Shell><creationXml xmlns="http://schemas.microsoft.com/powershell">{creation}</creationXml></rsp:Shell>'
    for version, comply, code in (("2.3", "false", 2150858809), ("9.9", "true", 2150858809), ("2.3", "true", 2150858791)):
        option = f'<w:OptionSet><w:Option Name="protocolversion" MustComply="{comply}">{version}</w:Option></w:OptionSet>'
        assert fault(exchange.post(soap(f"{TRANSFER}/Create", body, extra=option))) == code
    assert control.shells() == []


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"url": "/wsman"}, 404),
        ({"url": "/PowerShell/x"}, 404),
        ({"headers": {"Content-Type": "text/xml"}}, 415),
        ({"headers": {"Content-Type": "application/soap+xml;charset=UTF-16"}}, 415),
    ],
)
def test_http_itself_refuses(exchange: Exchange, settings: dict[str, Any], status: int) -> None:
    if path := settings.get("url"):
        settings = {"url": f"https://localhost:{exchange.lab.ports['exchange']}{path}"}
    assert exchange.post(soap(f"{TRANSFER}/Create"), **settings).status_code == status


def test_only_posts_are_answered(exchange: Exchange) -> None:
    answer = requests.get(f"https://localhost:{exchange.lab.ports['exchange']}/PowerShell/", verify=exchange.ca, timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_small_answers_wait_for_no_delayed_acknowledgement(exchange: Exchange) -> None:
    """Which takes 40 ms each time; the fastest of many tells, however busy the machine is."""
    taken = []
    with exchange.pool() as pool:
        for _ in range(40):
            begin = time.monotonic()
            pool.run("Get-MailboxDatabase")
            taken.append(time.monotonic() - begin)
    assert min(taken) < 0.04


class WinRM:
    """A runspace pool by psrpcore, carried by pywinrm's public calls."""

    def __init__(self, exchange: Exchange) -> None:
        self.url = f"https://localhost:{exchange.lab.ports['exchange']}/PowerShell/"
        password = exchange.lab.secret("exchange")
        self.protocol = Protocol(self.url, "basic", "exchange", password, ca_trust_path=exchange.ca, message_encryption="never")
        self.pool = psrpcore.ClientRunspacePool()
        self.pool.open()
        creation = {"@xmlns": "http://schemas.microsoft.com/powershell", "#text": self.waiting()}
        shell = {"@ShellId": str(self.pool.runspace_pool_id).upper(), "rsp:InputStreams": "stdin pr", "rsp:OutputStreams": "stdout"}
        option = {"w:OptionSet": {"w:Option": {"@Name": "protocolversion", "@MustComply": "true", "#text": "2.3"}}}
        self.shell_id = ""
        body = self.ask(f"{TRANSFER}/Create", {"rsp:Shell": {**shell, "creationXml": creation}}, option)
        self.shell_id = body["rsp:Shell"]["rsp:ShellId"]

    def waiting(self) -> str:
        payload = self.pool.data_to_send()
        assert payload is not None
        return base64.b64encode(payload.data).decode()

    def ask(self, action: str, body: dict[str, Any], header: dict[str, Any] | None = None) -> Any:
        request = self.protocol.build_wsman_header(action, RESOURCE, self.shell_id or None)
        request["env:Header"] |= {"a:To": self.url, **(header or {})}
        request["env:Body"] = body
        answer = xmltodict.parse(self.protocol.send_message(xmltodict.unparse({"env:Envelope": request})), force_list=("rsp:Stream",))
        assert answer["s:Envelope"]["s:Header"]["a:RelatesTo"] == request["env:Header"]["a:MessageID"]
        return answer["s:Envelope"]["s:Body"]

    def receive(self, command: dict[str, str]) -> bool:
        """Feed one answer to psrpcore; whether the command is done."""
        streams = {"rsp:Receive": {"rsp:DesiredStream": {**command, "#text": "stdout"}}}
        answer = self.ask(f"{SHELL}/Receive", streams)["rsp:ReceiveResponse"]
        for stream in answer.get("rsp:Stream", []):
            data = base64.b64decode(stream["#text"])
            self.pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, None))
        return bool(answer.get("rsp:CommandState", {}).get("@State", "").endswith("/Done"))

    def run(self, name: str, **parameters: Any) -> tuple[list[Any], PSInvocationState]:
        pipeline = psrpcore.ClientPowerShell(self.pool)
        pipeline.add_command(name).add_parameters(**parameters).start()
        command = {"@CommandId": str(pipeline.pipeline_id).upper()}
        self.ask(f"{SHELL}/Command", {"rsp:CommandLine": {**command, "rsp:Command": None, "rsp:Arguments": self.waiting()}})
        while not self.receive(command):
            pass
        found = []
        while event := self.pool.next_event():
            if isinstance(event, psrpcore.PipelineOutputEvent):
                found.append(event.data)
        code = f"{SHELL}/signal/terminate"
        self.ask(f"{SHELL}/Signal", {"rsp:Signal": {**command, "rsp:Code": code}})
        return found, pipeline.state


def test_pywinrm_with_psrpcore_opens_runs_and_closes(exchange: Exchange, control: Control) -> None:
    client = WinRM(exchange)
    assert not client.receive({})
    while client.pool.next_event():
        pass
    found, state = client.run("Get-MailboxDatabase")
    assert state == PSInvocationState.Completed and found[0].Name
    found, state = client.run("Get-Mailbox", Identity="x" * 20_000)
    assert state == PSInvocationState.Completed and found == []
    client.ask(f"{TRANSFER}/Delete", {})
    assert control.shells() == []
