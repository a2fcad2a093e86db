"""WS-Management faults: their codes, subcodes and words, as Windows has them.

Codes and texts: wsmerror.h of the Windows SDK; subcodes: DSP0226 1.2, section 14; which fault for which mistake: MS-WSMV 3.1.4.
Those marked [R] are believed, not confirmed on a real Exchange server.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WSMAN_FAULT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ADDRESSING_FAULT = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table: whose mistake it is, and what a client sees."""

    code: int
    subcode: str
    reason: str
    role: str = "s:Sender"


INVALID_HEADER = Kind(
    2150858767, "a:InvalidMessageInformationHeader",
    "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers.",
)  # fmt: skip
NOT_UNDERSTOOD = Kind(
    2150858768, "",
    "The WS-Management service cannot process a SOAP header in the request that is marked as mustUnderstand by the client. This could be "
    "caused by the use of a version of the protocol which is not supported, or may be an incompatibility between the client and server "
    "implementations.", "s:MustUnderstand",
)  # fmt: skip
HEADER_REQUIRED = Kind(
    2150858769, "a:MessageInformationHeaderRequired",
    "The WS-Management service cannot process the request. The request does not have all the expected SOAP headers.",
)  # fmt: skip
DESTINATION_UNREACHABLE = Kind(
    2150858770, "a:DestinationUnreachable",
    "The client cannot connect to the destination specified in the request. Verify that the service on the destination is running and is "
    "accepting requests.",
)  # fmt: skip
ACTION_NOT_SUPPORTED = Kind(
    2150858771, "a:ActionNotSupported",
    "The WS-Management service cannot process the request because the action is not supported by the service.",
)  # fmt: skip
INVALID_BODY = Kind(
    2150858791, "w:InvalidBody",
    "The WS-Management service cannot process the request because the request packet does not have a valid SOAP body.",
)  # fmt: skip
TIMED_OUT = Kind(
    2150858793, "w:TimedOut",
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.", "s:Receiver",
)  # fmt: skip
ALREADY_EXISTS = Kind(
    2150858803, "w:AlreadyExists",
    "The WS-Management service cannot process the request. The resource that the client wants to create already exists.",
)  # fmt: skip
INVALID_OPTIONS = Kind(
    2150858809, "w:InvalidOptions",
    "The WS-Management service cannot process the request because the request contains one or more invalid options.",
)  # fmt: skip
INVALID_RESOURCE_URI = Kind(
    2150858811, "a:DestinationUnreachable",
    "The WS-Management service cannot process the request. The resource URI was not found in the WS-Management catalog. The catalog "
    "contains the metadata that describes resources, or logical endpoints.",
)  # fmt: skip
INVALID_SCHEMA = Kind(
    2150858817, "w:SchemaValidationError",
    "The SOAP XML in the message does not match the corresponding XML schema definition. Change the XML and retry.",
)  # fmt: skip
INVALID_XML = Kind(
    2150858819, "w:SchemaValidationError",
    "The WS-Management service cannot process the request because the XML is invalid.",
)  # fmt: skip
ANSWER_TOO_LARGE = Kind(
    2150858824, "w:EncodingLimit",
    "The response that the WS-Management service computed exceeds the maximum envelope size in the request.",
)  # fmt: skip
REQUEST_TOO_LARGE = Kind(
    2150858825, "w:EncodingLimit",
    "The WS-Management service cannot process the request because the request envelope exceeds the maximum size that the service accepts.",
)  # fmt: skip
SELECTORS_MISSING = Kind(
    2150858842, "w:InvalidSelectors",
    "The WS-Management service cannot process the request because the request did not contain all required selectors.",
)  # fmt: skip
INVALID_SELECTORS = Kind(
    2150858843, "w:InvalidSelectors",
    "The WS-Management service cannot process the request because the request contained invalid selectors for the resource.",
)  # fmt: skip
ANONYMOUS_REPLY_ONLY = Kind(
    2150858870, "w:UnsupportedFeature",
    "The WS-Management service does not support the addressing mode that the request asks for: replies go to the anonymous address.",
)  # fmt: skip
ENVELOPE_TOO_SMALL = Kind(
    2150858878, "w:EncodingLimit",
    "The maximum envelope size that the request asks for is smaller than the service can work with.",
)  # fmt: skip
INVALID_TIMEOUT = Kind(
    2150858881, "a:InvalidMessageInformationHeader",
    "The WS-Management service cannot process the request because its OperationTimeout header is invalid.",
)  # fmt: skip
# [I] for the words, [R] for the code: Exchange's throttling comes from its own plug-in.
TOO_MANY_SHELLS = Kind(2150859173, "w:QuotaLimit", "")
# The operation was pending when its shell was deleted: ERROR_OPERATION_ABORTED.
ABORTED = Kind(
    995, "w:InternalError",
    "The I/O operation has been aborted because of either a thread exit or an application request.", "s:Receiver",
)  # fmt: skip
ORDERED = Kind(0, "w:InternalError", "This fault was ordered by a test.", "s:Receiver")

UNKNOWN_COMMAND = (
    "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist. Either the command "
    "has completed execution or the client specified an invalid command identifier."
)
UNKNOWN_SHELL = "The request for the Windows Remote Shell with ShellId {} failed because the shell was not found on the server."


def throttled(maximum: int) -> str:
    """As AuthZ-AuthorizationException reads in public issues [I]."""
    return (
        "[FailureCategory=AuthZ-AuthorizationException] Fail to create a runspace because you have exceeded the maximum number of "
        f"connections allowed : {maximum} for the policy party : MaxConcurrency. Please close existing runspace and try again."
    )


class WSManFaultError(Exception):
    """What is answered instead of a result. ``message`` is the detail's text where it says more than the reason."""

    def __init__(self, kind: Kind, message: str = "", *, code: int = 0, status: int = 500) -> None:
        super().__init__(message or kind.reason)
        self.kind = kind
        self.code = code or kind.code
        self.message = message or kind.reason
        self.status = status

    @property
    def action(self) -> str:
        return ADDRESSING_FAULT if self.kind.subcode.startswith("a:") else WSMAN_FAULT

    def body(self, machine: str) -> str:
        """The s:Fault element [MS-WSMV 2.2.4.43]."""
        subcode = f"<s:Subcode><s:Value>{self.kind.subcode}</s:Value></s:Subcode>" if self.kind.subcode else ""
        return (
            f"<s:Fault><s:Code><s:Value>{self.kind.role}</s:Value>{subcode}</s:Code>"
            f'<s:Reason><s:Text xml:lang="en-US">{escape(self.kind.reason or self.message)}</s:Text></s:Reason>'
            f'<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{self.code}" '
            f"Machine={quoteattr(machine)}><f:Message>{escape(self.message)}</f:Message></f:WSManFault></s:Detail></s:Fault>"
        )
