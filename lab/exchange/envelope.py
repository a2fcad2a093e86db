"""SOAP envelopes of WS-Management: requests into dataclasses, answers into bytes. No I/O.

DSP0226 1.2 (WS-Management), MS-WSMV 2.2 and 3.1.4.1 (what Windows requires), WS-Addressing of August 2004.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lab.exchange import wsman_faults as faults
from lab.exchange.wsman_faults import WSManFaultError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
ADDRESSING = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
WSMAN = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
MICROSOFT = "{http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd}"
SHELL = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

MAXIMUM_ENVELOPE = 153_600
"""Bytes of a request: MaxEnvelopeSizekb is 150 by default [MS-WSMV 2.2.4.9]."""
LARGEST_ANSWER = 512_000
"""What Windows asks for, since version 3 of its WS-Management."""
MINIMUM_ENVELOPE = 8_192
DEFAULT_TIMEOUT = 60.0
LONGEST_TIMEOUT = 600.0
LONGEST_MESSAGE_ID = 256

UNDERSTOOD = frozenset(
    {f"{ADDRESSING}{name}" for name in ("Action", "To", "MessageID", "ReplyTo", "From", "FaultTo", "RelatesTo")}
    | {f"{WSMAN}{name}" for name in ("ResourceURI", "MaxEnvelopeSize", "OperationTimeout", "SelectorSet", "OptionSet", "Locale")}
    | {f"{MICROSOFT}{name}" for name in ("DataLocale", "SessionId", "OperationID", "SequenceId", "ActivityId")}
)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
_OPENING = (
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" '
    'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" '
    'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"><s:Header><a:Action>'
)
OVERHEAD = 2_048
"""Bytes that an answer's headers and frame take at most."""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    must_comply: bool


@dataclass(frozen=True, slots=True)
class Request:
    action: str
    message_id: str
    to: str
    resource_uri: str
    selectors: dict[str, str]
    options: dict[str, Option]
    operation_timeout: float
    max_envelope_size: int
    body: Element | None


def parse(data: bytes) -> Element:
    """The envelope's element. Raises WSManFaultError for what is not XML or not SOAP 1.2; declarations of entities are refused."""
    try:
        envelope: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise WSManFaultError(faults.INVALID_XML) from error
    if envelope.tag != f"{SOAP}Envelope":
        raise WSManFaultError(faults.INVALID_XML)
    return envelope


def message_id(envelope: Element) -> str:
    """The MessageID, empty when there is none: a fault about another header relates to it."""
    found = (envelope.findtext(f"{SOAP}Header/{ADDRESSING}MessageID") or "").strip()
    if len(found) > LONGEST_MESSAGE_ID:
        raise WSManFaultError(faults.INVALID_HEADER)
    return found


def request(envelope: Element) -> Request:
    """The request's headers and its body's element. Raises WSManFaultError."""
    header, body = envelope.find(f"{SOAP}Header"), envelope.find(f"{SOAP}Body")
    if header is None:
        raise WSManFaultError(faults.HEADER_REQUIRED)
    if body is None or len(body) > 1:
        raise WSManFaultError(faults.INVALID_BODY)
    _require_understood(header)
    reply_to = _required(header, f"{ADDRESSING}ReplyTo/{ADDRESSING}Address")
    if reply_to != ANONYMOUS:
        raise WSManFaultError(faults.ANONYMOUS_REPLY_ONLY)
    selectors = header.findall(f"{WSMAN}SelectorSet/{WSMAN}Selector")
    options = header.findall(f"{WSMAN}OptionSet/{WSMAN}Option")
    return Request(
        action=_required(header, f"{ADDRESSING}Action"),
        message_id=_required(header, f"{ADDRESSING}MessageID"),
        to=_required(header, f"{ADDRESSING}To"),
        resource_uri=_required(header, f"{WSMAN}ResourceURI"),
        selectors={element.get("Name", ""): (element.text or "").strip() for element in selectors},
        options={element.get("Name", "").lower(): _option(element) for element in options},
        operation_timeout=_timeout(header.findtext(f"{WSMAN}OperationTimeout")),
        max_envelope_size=_envelope_size(header.findtext(f"{WSMAN}MaxEnvelopeSize")),
        body=body[0] if len(body) else None,
    )


def _require_understood(header: Element) -> None:
    for element in header:
        if element.tag not in UNDERSTOOD and element.get(f"{SOAP}mustUnderstand", "").lower() in ("1", "true"):
            raise WSManFaultError(faults.NOT_UNDERSTOOD)


def _required(header: Element, path: str) -> str:
    if not (text := (header.findtext(path) or "").strip()):
        raise WSManFaultError(faults.HEADER_REQUIRED)
    return text


def _option(element: Element) -> Option:
    return Option((element.text or "").strip(), element.get("MustComply", "").lower() in ("1", "true"))


def seconds(text: str) -> float | None:
    """An xs:duration of days at most; nothing when it is not one."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + rest


def _timeout(text: str | None) -> float:
    if text is None:
        return DEFAULT_TIMEOUT
    if (value := seconds(text)) is None or value <= 0:
        raise WSManFaultError(faults.INVALID_TIMEOUT)
    return min(value, LONGEST_TIMEOUT)


def _envelope_size(text: str | None) -> int:
    if text is None:
        return MAXIMUM_ENVELOPE
    if not (text := text.strip()).isdecimal() or len(text) > 12:
        raise WSManFaultError(faults.INVALID_HEADER)
    if int(text) < MINIMUM_ENVELOPE:
        raise WSManFaultError(faults.ENVELOPE_TOO_SMALL)
    return min(int(text), LARGEST_ANSWER)


def answer(action: str, relates_to: str, body: str) -> bytes:
    """An envelope to the anonymous address; ``relates_to`` is the request's MessageID, already escaped."""
    related = f"<a:RelatesTo>{relates_to}</a:RelatesTo>" if relates_to else ""
    return (
        f"{_OPENING}{action}</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID><a:To>{ANONYMOUS}</a:To>{related}"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
