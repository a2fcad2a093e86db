"""The faults of WS-Management, with Windows' codes for them (wsmerror.h; DSP0226 annex, MS-WSMV section 2.2.4.43).

The codes of the first four were seen from real servers (see the facts sheet); the others are those of Windows' header file by name, and are
not confirmed for Exchange.
"""

from __future__ import annotations

from dataclasses import dataclass

_FAULTS = {
    "TimedOut": (2150858793, "Receiver", "w:TimedOut", "The WS-Management service cannot complete the operation within the time specified "
                 "in OperationTimeout."),
    "InvalidSelectors": (2150858843, "Sender", "w:InvalidSelectors", "The request for the Windows Remote Shell with ShellId {} failed "
                         "because the shell was not found on the server. Possible causes are: the specified ShellId is incorrect or "
                         "the shell no longer exists on the server."),
    "InvalidResourceUri": (2150858811, "Sender", "a:DestinationUnreachable", "The WS-Management service cannot process the request because "
                           "the request contained an invalid resource URI: {}"),
    "TooManyShells": (2150858819, "Sender", "w:AccessDenied", "[Server=LAB] [FailureCategory=AuthZ-AuthorizationException] Fail to create "
                      "a runspace because you have exceeded the maximum number of connections allowed : {} for the policy party : "
                      "MaxConcurrency. Please wait until the other runspaces of yours is closed."),
    "NoRole": (2150858819, "Sender", "w:AccessDenied", "[Server=LAB] [FailureCategory=AuthZ-CmdletAccessDeniedException] The user \"{}\" "
               "isn't assigned to any management roles."),
    "InvalidMessage": (2150858764, "Sender", "w:SchemaValidationError", "The WS-Management service cannot process the request: {}."),
    "HeaderRequired": (2150858769, "Sender", "a:MessageInformationHeaderRequired", "The WS-Management service cannot process the request. "
                       "The required header {} is missing."),
    "ActionNotSupported": (2150858753, "Sender", "a:ActionNotSupported", "The WS-Management service cannot process the request: the action "
                           "{} is not supported."),
    "EncodingLimit": (2150858817, "Sender", "w:EncodingLimit", "The WS-Management service cannot process the request: it is larger than "
                      "{} bytes, the maximum envelope size."),
    "InvalidOptions": (2150858782, "Sender", "w:InvalidOptions", "The WS-Management service cannot process the request: the option {} is "
                       "missing or has a value that is not supported."),
    "CommandNotFound": (2150858843, "Sender", "w:InvalidSelectors", "The request for the command {} failed because the command was not "
                        "found on the server."),
    "Ordered": (0, "Receiver", "w:InternalError", "The practice server was told to fail."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WsmanFault(Exception):  # noqa: N818 - what WS-Management calls it
    code: int
    who: str
    subcode: str
    reason: str
    message_id: str = ""


def fault(name: str, about: object = "", message_id: str = "", *, code: int | None = None) -> WsmanFault:
    """The fault of that name; ``about`` goes into its text. ``code`` replaces the table's, for a fault that a test ordered."""
    usual, who, subcode, reason = _FAULTS[name]
    return WsmanFault(usual if code is None else code, who, subcode, reason.format(about), message_id)
