"""WS-Management envelopes for PowerShell Remoting (MS-WSMV section 3.1.4, MS-PSRP section 2.2): bodies to send, answers to read.

The header is pywinrm's; a body is a dictionary as xmltodict unparses it.
"""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
DELETE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
COMMAND = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command"
SEND = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Send"
RECEIVE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive"
SIGNAL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Signal"
TERMINATE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate"

ENVELOPE_BYTES = 153600
"""The largest envelope that Exchange takes."""
ANSWER_BYTES = 512_000
"""The largest answer that is asked for, which is what Windows asks for: a server that grants less sends less at a time."""
FRAGMENT_BYTES = (ENVELOPE_BYTES - 4096) // 4 * 3
"""What fits of a PSRP payload: the envelope less a generous header, in base64."""

IDLE_SECONDS = 180
"""After how long the server ends a shell that nobody uses: one whose opening was never answered can be ended by nobody else."""

OPERATION_TIMEOUT = 2150858793
SHELL_NOT_FOUND = 2150858843
REDIRECT = 2150859161

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
}
DONE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"

Body = dict[str, Any]


class WsmanReplyError(Exception):
    """An answer that is no WS-Management answer to what was asked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault; ``code`` is the WSManFault code, 0 when there is none."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the pieces of the streams in order, and whether the command has ended."""

    relates_to: str
    fault: Fault | None = None
    shell_id: str = ""
    streams: tuple[bytes, ...] = ()
    done: bool = False


def create_body(shell_id: str, opening: bytes) -> Body:
    """``opening`` is the session capability and the init data, as PSRP fragments (MS-PSRP section 3.1.5.3.1)."""
    creation = {"@xmlns": "http://schemas.microsoft.com/powershell", "#text": base64.b64encode(opening).decode()}
    idle = f"PT{IDLE_SECONDS}.000S"
    streams = {"rsp:InputStreams": "stdin pr", "rsp:OutputStreams": "stdout"}
    shell = {"@ShellId": shell_id, "rsp:IdleTimeOut": idle, **streams, "creationXml": creation}
    return {"rsp:Shell": shell}


def command_body(command_id: str, fragment: bytes) -> Body:
    arguments = base64.b64encode(fragment).decode()
    return {"rsp:CommandLine": {"@CommandId": command_id, "rsp:Command": "", "rsp:Arguments": arguments}}


def send_body(command_id: str, fragment: bytes) -> Body:
    stream = {"@Name": "stdin", "#text": base64.b64encode(fragment).decode()} | ({"@CommandId": command_id} if command_id else {})
    return {"rsp:Send": {"rsp:Stream": stream}}


def receive_body(command_id: str) -> Body:
    return {"rsp:Receive": {"rsp:DesiredStream": {"#text": "stdout"} | ({"@CommandId": command_id} if command_id else {})}}


def signal_body(command_id: str) -> Body:
    return {"rsp:Signal": {"@CommandId": command_id, "rsp:Code": TERMINATE}}


def option(name: str, value: str, *, must_comply: bool = False) -> Body:
    """A header's OptionSet with one option (DSP0226 section 6.4)."""
    attributes = {"@Name": name, "#text": value} | ({"@MustComply": "true"} if must_comply else {})
    return {"w:OptionSet": {"w:Option": attributes}}


def parse_reply(content: bytes) -> Reply:
    """Raises WsmanReplyError for what is not a SOAP envelope."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - from a server that TLS or Kerberos has vouched for; expat limits expansion
    except ET.ParseError as error:
        raise WsmanReplyError(f"the answer is not XML: {error}") from error
    body = root.find("s:Body", NAMESPACES)
    if body is None:
        raise WsmanReplyError("the answer is not a SOAP envelope")
    state = body.find("rsp:ReceiveResponse/rsp:CommandState", NAMESPACES)
    streams = body.findall("rsp:ReceiveResponse/rsp:Stream", NAMESPACES)
    return Reply(
        relates_to=root.findtext("s:Header/a:RelatesTo", "", NAMESPACES).lower(),
        fault=_fault(body),
        shell_id=_shell_id(body),
        streams=tuple(base64.b64decode(stream.text) for stream in streams if stream.text),
        done=state is not None and state.get("State") == DONE,
    )


def _fault(body: ET.Element) -> Fault | None:
    fault = body.find("s:Fault", NAMESPACES)
    if fault is None:
        return None
    detail = fault.find(".//f:WSManFault", NAMESPACES)
    reason = fault.findtext("s:Reason/s:Text", "", NAMESPACES)
    message = detail.findtext("f:Message", "", NAMESPACES) if detail is not None else ""
    code = detail.get("Code", "0") if detail is not None else "0"
    return Fault(int(code) if code.isdigit() else 0, " ".join((reason or message).split()) or "no reason given")


def _shell_id(body: ET.Element) -> str:
    for path in (".//w:Selector[@Name='ShellId']", ".//rsp:ShellId"):
        if found := body.findtext(path, "", NAMESPACES):
            return found
    return ""
