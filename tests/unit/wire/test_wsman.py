"""Literal answers, as WinRM writes them."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.wire.wsman import DONE, ENVELOPE_BYTES, FRAGMENT_BYTES, Fault, WsmanReplyError, parse_reply

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" '
    'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault">'
    "<s:Header><a:RelatesTo>uuid:AB</a:RelatesTo></s:Header><s:Body>{}</s:Body></s:Envelope>"
)
FAULT = (
    '<s:Fault><s:Reason><s:Text xml:lang="en-US">Not\n found. </s:Text></s:Reason><s:Detail>'
    '<f:WSManFault Code="2150858843" Machine="x"><f:Message>m</f:Message></f:WSManFault></s:Detail></s:Fault>'
)


def reply(body: str):
    return parse_reply(ENVELOPE.format(body).encode())


def test_a_fault_is_found_also_in_an_answer_with_status_200() -> None:
    assert reply(FAULT).fault == Fault(2150858843, "Not found.")


def test_a_fault_without_a_code_is_one_still() -> None:
    assert reply("<s:Fault/>").fault == Fault(0, "no reason given")


def test_streams_come_in_order() -> None:
    received = reply('<rsp:ReceiveResponse><rsp:Stream Name="stdout">QQ==</rsp:Stream><rsp:Stream>Qg==</rsp:Stream></rsp:ReceiveResponse>')
    assert (received.streams, received.done) == ((b"A", b"B"), False)


def test_the_end_of_a_command_is_seen() -> None:
    assert reply(f'<rsp:ReceiveResponse><rsp:CommandState State="{DONE}"/></rsp:ReceiveResponse>').done


@pytest.mark.parametrize("where", ['<w:Selector Name="ShellId">S1</w:Selector>', "<rsp:Shell><rsp:ShellId>S1</rsp:ShellId></rsp:Shell>"])
def test_the_shell_is_what_the_server_says(where: str) -> None:
    assert reply(where).shell_id == "S1"


def test_what_an_answer_relates_to_is_compared_without_case() -> None:
    assert reply("").relates_to == "uuid:ab"


@pytest.mark.parametrize("content", [b"", b"<html>", b"<a/>", b"\xff"])
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(WsmanReplyError):
        parse_reply(content)


def test_a_fragment_fits_in_an_envelope() -> None:
    assert FRAGMENT_BYTES * 4 / 3 + 4000 < ENVELOPE_BYTES
