"""Errors as Exchange and PowerShell word and classify them.

Sources: Microsoft's documentation and error records in public issue threads (see exchange-facts.md); texts marked there as seen in issues
may differ between versions, so clients should go by the class (`reason`).
"""

from __future__ import annotations

import time
import uuid
import zlib
from dataclasses import replace

from lab.exchange.cmdlets.organization import SERVER
from lab.exchange.pipeline import Failed

_NAMESPACES = {
    "ManagementObjectNotFoundException": "Microsoft.Exchange.Configuration.Tasks",
    "ManagementObjectAmbiguousException": "Microsoft.Exchange.Configuration.Tasks",
    "RecipientTaskException": "Microsoft.Exchange.Configuration.Tasks",
    "ProxyAddressExistsException": "Microsoft.Exchange.Management.RecipientTasks",
    "ADObjectAlreadyExistsException": "Microsoft.Exchange.Data.Directory",
    "SuitabilityDirectoryException": "Microsoft.Exchange.Data.Directory",
    "ADTransientException": "Microsoft.Exchange.Data.Directory",
    "DataValidationException": "Microsoft.Exchange.Data",
    "ParameterBindingException": "System.Management.Automation",
    "ParameterBindingValidationException": "System.Management.Automation",
    "ParameterBindingArgumentTransformationException": "System.Management.Automation",
    "CommandNotFoundException": "System.Management.Automation",
    "PSNotSupportedException": "System.Management.Automation",
    "ActionPreferenceStopException": "System.Management.Automation",
    "HostException": "System.Management.Automation.Host",
    "InvalidOperationException": "System",
    "NotImplementedException": "System",
}


class CmdletError(Exception):
    """An error of a cmdlet for one input object; the pipeline goes on with the next."""

    def __init__(self, reason: str, message: str, category: str = "NotSpecified", target: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.category = category
        self.target = target

    def record(self, cmdlet: str, cmdlet_type: str) -> Failed:
        """As Exchange's error records are: server, request and time are in the identifier."""
        code = zlib.crc32(f"{self.reason}/{cmdlet}".encode()) & 0xFFFFFFFF
        stamp = time.strftime("%m/%d/%Y %I:%M:%S %p", time.gmtime())
        identifier = (
            f"[Server={SERVER},RequestId={uuid.uuid4()},TimeStamp={stamp}] [FailureCategory=Cmdlet-{self.reason}] {code:X},{cmdlet_type}"
        )
        return Failed(exception_type(self.reason), self.reason, self.message, self.category, identifier, self.target, cmdlet)


def as_online(failed: Failed) -> Failed:
    """Exchange Online's module throws all errors as one class, with Exchange's own in the text."""
    code = zlib.crc32(failed.reason.encode()) & 0xFFFFFF
    message = f"Ex{code:06X}|{failed.exception_type}|{failed.message}"
    return replace(failed, exception_type="System.Exception", reason="Exception", message=message)


class BindingError(Exception):
    """An error of PowerShell's parameter binder. It ends the pipeline, except for an input object that cannot be bound."""

    def __init__(self, error_id: str, message: str, reason: str = "ParameterBindingException", category: str = "InvalidArgument") -> None:
        super().__init__(message)
        self.error_id = error_id
        self.message = message
        self.reason = reason
        self.category = category

    def record(self, cmdlet: str, *, terminating: bool = True) -> Failed:
        identifier = f"{self.error_id},{cmdlet}"
        return Failed(exception_type(self.reason), self.reason, self.message, self.category, identifier, "", cmdlet, terminating)


def exception_type(reason: str) -> str:
    return f"{_NAMESPACES.get(reason, 'Microsoft.Exchange.Data')}.{reason}"


def not_found(identity: str, dc: str) -> CmdletError:
    return CmdletError(
        "ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{identity}' couldn't be found on '{dc}'.",
    )


def ambiguous(identity: str) -> CmdletError:
    return CmdletError(
        "ManagementObjectAmbiguousException", f"The operation couldn't be performed because '{identity}' matches multiple entries."
    )


def recipient_not_found(identity: str) -> CmdletError:
    message = f'Couldn\'t find object "{identity}". Please make sure that it was spelled correctly or specify a different object.'
    return CmdletError("ManagementObjectNotFoundException", message)


def principal_not_found(identity: str) -> CmdletError:
    message = f"User or group \"{identity}\" wasn't found. Please make sure you've typed it correctly."
    return CmdletError("ManagementObjectNotFoundException", message)


def command_not_found(name: str) -> Failed:
    message = (
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
    )
    reason = "CommandNotFoundException"
    return Failed(exception_type(reason), reason, message, "ObjectNotFound", reason, name, name, True)


def script_refused() -> Failed:
    message = "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode."
    reason = "PSNotSupportedException"
    return Failed(exception_type(reason), reason, message, "ParserError", "ScriptsNotAllowed", terminating=True)


def confirmation_refused(action: str) -> CmdletError:
    return PromptRefusedError(
        "HostException",
        "A command that prompts the user failed because the host program or the command type does not support user interaction. "
        f"The host was attempting to request confirmation with the following message: {action}",
        "NotImplemented",
    )


class PromptRefusedError(CmdletError):
    """PowerShell's own error: its identifier is not in Exchange's form."""

    def record(self, cmdlet: str, cmdlet_type: str) -> Failed:
        identifier = f"HostFunctionNotImplemented,{cmdlet_type}"
        return Failed(exception_type(self.reason), self.reason, self.message, self.category, identifier, "", cmdlet, True)
