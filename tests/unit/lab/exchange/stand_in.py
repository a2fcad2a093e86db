"""Cmdlets that only count, and a client of the service that needs no network."""

from __future__ import annotations

import base64
import re
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psrpcore

from lab.exchange.faults import Wire
from lab.exchange.pipeline import Caller, Failed, Invocation, Output, Record, Warned
from lab.exchange.shell import Shells
from lab.exchange.wsman import Answer, Client, Service

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"


@dataclass
class Counting:
    """Count 3, Wait until released, Fail, Warn, Break; the rest is told back."""

    released: threading.Event = field(default_factory=threading.Event)
    seen: list[Invocation] = field(default_factory=list)
    made: int = 0
    ended: int = 0

    def run(self, pipeline: Sequence[Invocation], caller: Caller) -> Iterator[Record]:
        self.seen += pipeline
        name, arguments = pipeline[0].name, pipeline[0].arguments
        try:
            match name:
                case "Count":
                    for number in range(int(str(arguments[0].value))):
                        self.made += 1
                        yield Output(f"{number} " + "x" * 1000)
                case "Wait":
                    yield Output("waiting")
                    self.released.wait(10)
                    yield Output("released")
                case "Fail":
                    yield Failed("Some.BadException", "BadException", "bad", "ObjectNotFound", "Bad,Fail", "it", "Fail", bool(arguments))
                    yield Output("after")
                case "Warn":
                    yield Warned("careful")
                case "Break":
                    raise RuntimeError("a defect")
        finally:
            self.ended += 1


class Session:
    """One client's runspace pool, straight on the service."""

    def __init__(self, service: Service, login: str = "exchange", envelope: int = 153_600, **shell: str) -> None:
        self.service = service
        self.client = Client(login, "127.0.0.1", "")
        self.envelope = envelope
        self.pool = psrpcore.ClientRunspacePool(max_runspaces=int(shell.pop("runspaces", "1")))
        self.pool.open()
        self.id = str(self.pool.runspace_pool_id).upper()
        idle = f"<rsp:IdleTimeOut>{shell['idle']}</rsp:IdleTimeOut>" if "idle" in shell else ""
        creation = f'<creationXml xmlns="http://schemas.microsoft.com/powershell">{self.waiting()}</creationXml>'
        option = '<w:OptionSet><w:Option Name="protocolversion" MustComply="true">2.3</w:Option></w:OptionSet>'
        self.created = self.ask(f"{TRANSFER}/Create", f'<rsp:Shell ShellId="{self.id}">{idle}{creation}</rsp:Shell>', option, shell=False)
        self.client = Client(login, "127.0.0.1", self.created.cookie)

    def waiting(self) -> str:
        payload = self.pool.data_to_send()
        assert payload is not None
        return base64.b64encode(payload.data).decode()

    def ask(self, action: str, body: str, extra: str = "", *, shell: bool = True, timeout: str = "PT5S") -> Answer:
        selector = f'<w:SelectorSet><w:Selector Name="ShellId">{self.id}</w:Selector></w:SelectorSet>' if shell else ""
        text = (
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            f'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="{SHELL}"><s:Header><a:Action>{action}</a:Action>'
            f"<a:To>https://x/powershell</a:To><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><w:OperationTimeout>{timeout}</w:OperationTimeout>"
            "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
            f"<w:MaxEnvelopeSize>{self.envelope}</w:MaxEnvelopeSize><w:ResourceURI>{RESOURCE}</w:ResourceURI>{selector}{extra}</s:Header>"
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        return self.service.answer(text.encode(), self.client)

    def start(self, name: str, *arguments: Any, script: bool = False, amount: int | None = None) -> psrpcore.ClientPowerShell:
        pipeline = psrpcore.ClientPowerShell(self.pool)
        pipeline.add_script(name) if script else pipeline.add_command(name)
        for argument in arguments:
            pipeline.add_argument(argument)
        pipeline.start()
        payload = self.pool.data_to_send(amount)
        assert payload is not None
        command = f'<rsp:CommandLine CommandId="{pipeline.pipeline_id}"><rsp:Command/><rsp:Arguments>'
        data = base64.b64encode(payload.data).decode()
        assert self.ask(f"{SHELL}/Command", f"{command}{data}</rsp:Arguments></rsp:CommandLine>").status == 200
        while payload := self.pool.data_to_send(amount):
            data = base64.b64encode(payload.data).decode()
            stream = f'<rsp:Stream Name="stdin" CommandId="{pipeline.pipeline_id}">{data}</rsp:Stream>'
            assert self.ask(f"{SHELL}/Send", f"<rsp:Send>{stream}</rsp:Send>").status == 200
        return pipeline

    def receive(self, pipeline: psrpcore.ClientPowerShell | None = None, timeout: str = "PT5S") -> Answer:
        command = f' CommandId="{pipeline.pipeline_id}"' if pipeline else ""
        body = f"<rsp:Receive><rsp:DesiredStream{command}>stdout</rsp:DesiredStream></rsp:Receive>"
        answer = self.ask(f"{SHELL}/Receive", body, timeout=timeout)
        for data in re.findall(rb"<rsp:Stream[^>]*>([^<]*)<", answer.body):
            self.pool.receive_data(psrpcore.PSRPPayload(base64.b64decode(data), psrpcore.StreamType.default, None))
        return answer

    def events(self, pipeline: psrpcore.ClientPowerShell) -> list[Any]:
        """Receive until the command is done; the events of it all."""
        while b"CommandState/Done" not in (answer := self.receive(pipeline)).body:
            assert answer.status == 200, answer.body
        return self.heard()

    def heard(self) -> list[Any]:
        found = []
        while event := self.pool.next_event():
            found.append(event)
        return found

    def run(self, name: str, *arguments: Any) -> list[Any]:
        return self.events(self.start(name, *arguments))

    def signal(self, pipeline: psrpcore.ClientPowerShell, code: str) -> Answer:
        body = f'<rsp:Signal CommandId="{pipeline.pipeline_id}"><rsp:Code>{code}</rsp:Code></rsp:Signal>'
        return self.ask(f"{SHELL}/Signal", body)


def service(directory: Path, cmdlets: Counting, shells: Shells | None = None) -> Service:
    return Service(cmdlets, shells or Shells(), Wire(directory), "EX01")


def fault_code(answer: Answer) -> int:
    found = re.search(rb'Code="(\d+)"', answer.body)
    return int(found[1]) if found else 0
