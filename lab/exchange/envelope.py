"""WS-Management envelopes as a server reads and writes them (DSP0226, MS-WSMV section 3.1.4)."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lab.exchange.wsman_fault import WsmanFault, fault

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
    "ps": "http://schemas.microsoft.com/powershell",
}
DEFAULT_ENVELOPE_BYTES = 153600
DEFAULT_TIMEOUT = 60.0
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
OPERATIONS = {
    TRANSFER + "Create": "Create",
    TRANSFER + "Delete": "Delete",
    SHELL + "/Command": "Command",
    SHELL + "/Send": "Send",
    SHELL + "/Receive": "Receive",
    SHELL + "/Signal": "Signal",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A message: ``timeout`` is in seconds, ``envelope_bytes`` is the largest answer that the client takes."""

    operation: str
    action: str
    message_id: str
    resource_uri: str
    shell_id: str
    timeout: float
    envelope_bytes: int
    options: dict[str, str]
    body: Element

    def text(self, path: str) -> str:
        return (self.body.findtext(path, "", NAMESPACES) or "").strip()

    def attribute(self, path: str, name: str) -> str:
        found = self.body.find(path, NAMESPACES)
        return found.get(name, "") if found is not None else ""

    def data(self, path: str) -> bytes:
        """Base64 text. Raises WsmanFault when it is not."""
        try:
            return base64.b64decode(self.text(path), validate=True)
        except (ValueError, binascii.Error) as error:
            raise fault("InvalidMessage", f"the content of {path} is not base64") from error


def parse_request(content: bytes) -> Request:
    """Raises WsmanFault for what is not XML, expands entities, or lacks a header."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise fault("InvalidMessage", f"the XML is not valid: {error}") from error
    header, body = root.find("s:Header", NAMESPACES), root.find("s:Body", NAMESPACES)
    if root.tag != f"{{{NAMESPACES['s']}}}Envelope" or header is None or body is None:
        raise fault("InvalidMessage", "it is not a SOAP 1.2 envelope with a header and a body")
    message_id = _required(header, "a:MessageID")
    action = _required(header, "a:Action")
    if action not in OPERATIONS:
        raise fault("ActionNotSupported", action, message_id)
    selectors = {element.get("Name", ""): element.text or "" for element in header.findall("w:SelectorSet/w:Selector", NAMESPACES)}
    options = {element.get("Name", ""): element.text or "" for element in header.findall("w:OptionSet/w:Option", NAMESPACES)}
    if selectors.keys() - {"ShellId"}:
        raise fault("InvalidSelectors", ", ".join(sorted(selectors)), message_id)
    return Request(
        operation=OPERATIONS[action],
        action=action,
        message_id=message_id,
        resource_uri=_required(header, "w:ResourceURI"),
        shell_id=selectors.get("ShellId", "").upper(),
        timeout=seconds(header.findtext("w:OperationTimeout", "", NAMESPACES) or "", DEFAULT_TIMEOUT),
        envelope_bytes=int(header.findtext("w:MaxEnvelopeSize", "", NAMESPACES) or DEFAULT_ENVELOPE_BYTES),
        options=options,
        body=body,
    )


def _required(header: Element, path: str) -> str:
    found = (header.findtext(path, "", NAMESPACES) or "").strip()
    if not found:
        raise fault("HeaderRequired", path.partition(":")[2])
    return found


def seconds(duration: str, default: float) -> float:
    """An xs:duration of hours, minutes and seconds; ``default`` for anything else."""
    found = re.fullmatch(r"P(?:0D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", duration)
    if not found:
        return default
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix != "ps")
    header = (
        f"<a:Action>{action}</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>"
    )
    return f'<s:Envelope xml:lang="en-US" {names}><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>'.encode()


def answer(request: Request, body: str) -> bytes:
    return _envelope(request.action + "Response", request.message_id, body)


def created(request: Request, shell_id: str, idle_timeout: float) -> bytes:
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet>'
    resource = f"<w:ResourceURI>{escape(request.resource_uri)}</w:ResourceURI>"
    reference = (
        f'<x:ResourceCreated xmlns:x="{TRANSFER[:-1]}"><a:Address>http://localhost/PowerShell/</a:Address>'
        f"<a:ReferenceParameters>{resource}{selector}</a:ReferenceParameters></x:ResourceCreated>"
    )
    shell = (
        f"<rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId><rsp:IdleTimeOut>PT{idle_timeout:.3f}S</rsp:IdleTimeOut>"
        "<rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams></rsp:Shell>"
    )
    return answer(request, reference + shell)


def received(request: Request, command_id: str, chunks: Iterable[bytes], *, done: bool) -> bytes:
    of = f" CommandId={quoteattr(command_id)}" if command_id else ""
    streams = "".join(f'<rsp:Stream Name="stdout"{of}>{base64.b64encode(chunk).decode()}</rsp:Stream>' for chunk in chunks)
    state = ""
    if command_id:
        name = f"{SHELL}/CommandState/{'Done' if done else 'Running'}"
        state = f'<rsp:CommandState{of} State="{name}">{"<rsp:ExitCode>0</rsp:ExitCode>" if done else ""}</rsp:CommandState>'
    return answer(request, f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>")


def faulted(problem: WsmanFault, relates_to: str) -> bytes:
    body = (
        f"<s:Fault><s:Code><s:Value>s:{problem.who}</s:Value><s:Subcode><s:Value>{problem.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(problem.reason)}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{problem.code}" Machine="localhost">'
        f"<f:Message>{escape(problem.reason)}</f:Message></f:WSManFault></s:Detail></s:Fault>"
    )
    return _envelope(FAULT_ACTION, problem.message_id or relates_to, body)
