"""The service without its HTTP: shells that end by themselves."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Generator, Sequence

import psrpcore
import pytest

from lab.exchange.envelope import Request, parse_request
from lab.exchange.pipeline import Caller, Invocation, Record
from lab.exchange.wsman import RESOURCE_URI, WsmanService
from lab.exchange.wsman_fault import WsmanFault

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"


class NoCmdlets:
    def run(self, pipeline: Sequence[Invocation], caller: Caller) -> Generator[Record, None, None]:
        yield from ()


def message(operation: str, shell_id: str, body: str = "") -> Request:
    return parse_request(
        f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
        xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header><a:Action>{TRANSFER}{operation}</a:Action>
        <a:MessageID>uuid:1</a:MessageID><w:ResourceURI>{RESOURCE_URI}</w:ResourceURI>
        <w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet>
        <w:OptionSet><w:Option Name="protocolversion">2.3</w:Option></w:OptionSet></s:Header>
        <s:Body>{body}</s:Body></s:Envelope>""".encode()
    )


def create(idle: str = "PT180S") -> Request:
    pool = psrpcore.ClientRunspacePool()
    pool.open()
    opening = pool.data_to_send()
    assert opening
    content = base64.b64encode(opening.data).decode()
    return message(
        "Create", "",
        f'<rsp:Shell xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" ShellId="{uuid.uuid4()}">'
        f"<rsp:IdleTimeOut>{idle}</rsp:IdleTimeOut>"
        f'<creationXml xmlns="http://schemas.microsoft.com/powershell">{content}</creationXml></rsp:Shell>',
    )  # fmt: skip


def service() -> WsmanService:
    return WsmanService(NoCmdlets(), frozenset({"admin"}))


@pytest.mark.parametrize(("idle", "left"), [("PT0.01S", 0), ("PT180S", 1), ("PT24H", 1)])
def test_idle_shells_end(idle: str, left: int) -> None:
    shells = service()
    shells.answer(create(idle), "admin", "")
    time.sleep(0.05)
    list(shells.reap())
    assert len(shells.shells()) == left
    assert all(seconds <= 900 for *_, seconds in shells.shells())


def test_a_shell_is_its_owners_and_its_cookies() -> None:
    shells = service()
    _, cookie = shells.answer(create(), "admin", "")
    ((_, shell_id, _),) = shells.shells()
    for login, sent in (("other", cookie), ("admin", "wrong"), ("admin", "")):
        with pytest.raises(WsmanFault, match="shell was not found"):
            shells.answer(message("Delete", shell_id), login, sent)
    shells.answer(message("Delete", shell_id), "admin", cookie)
    assert shells.shells() == []
