"""What is in the bodies of the shell operations: parts of requests into values, results into XML [MS-WSMV 2.2.4]."""

from __future__ import annotations

import base64
import binascii
import uuid
from xml.sax.saxutils import escape

from lab.exchange import envelope, output, psrp
from lab.exchange import wsman_faults as faults
from lab.exchange.shell import DEFAULT_IDLE_TIMEOUT, LONGEST_IDLE_TIMEOUT, Shell
from lab.exchange.wsman_faults import WSManFaultError

RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"
WINDOWS_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"


def guid(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text or "")
    except ValueError as error:
        raise WSManFaultError(faults.INVALID_SELECTORS, faults.UNKNOWN_COMMAND) from error


def decoded(text: str | None) -> bytes:
    try:
        data = base64.b64decode((text or "").strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WSManFaultError(faults.INVALID_BODY) from error
    if not data:
        raise WSManFaultError(faults.INVALID_BODY)
    return data


def idle_timeout(text: str | None) -> float:
    """Windows asks for a minute at least; here a second will do, for tests."""
    if text is None:
        return DEFAULT_IDLE_TIMEOUT
    value = envelope.seconds(text)
    if value is None or not 1 <= value <= LONGEST_IDLE_TIMEOUT:
        raise WSManFaultError(faults.INVALID_TIMEOUT)
    return value


def fragment_size(max_envelope_size: int) -> int:
    return min(psrp.FRAGMENT, (max_envelope_size - envelope.OVERHEAD - output.FRAME) // 4 * 3)


def received(taken: output.Taken, command_id: uuid.UUID | None) -> str:
    command = f' CommandId="{str(command_id).upper()}"' if command_id else ""
    streams = [f'<rsp:Stream Name="stdout"{command}>{base64.b64encode(part).decode()}</rsp:Stream>' for part in taken.fragments]
    state = ""
    if command_id:
        word = "Done" if taken.done else "Running"
        code = "<rsp:ExitCode>0</rsp:ExitCode>" if taken.done else ""
        state = f'<rsp:CommandState{command} State="{WINDOWS_SHELL}/CommandState/{word}">{code}</rsp:CommandState>'
    return f"<rsp:ReceiveResponse>{''.join(streams)}{state}</rsp:ReceiveResponse>"


def created(shell: Shell, address: str, netbios: str) -> str:
    """The result of Create: the shell's reference and what was agreed."""
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet>'
    return (
        f"<x:ResourceCreated><a:Address>{escape(address)}</a:Address><a:ReferenceParameters><w:ResourceURI>{RESOURCE}</w:ResourceURI>"
        f"{selector}</a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>{shell.id}</rsp:ShellId>"
        f"<rsp:ResourceUri>{RESOURCE}</rsp:ResourceUri><rsp:Owner>{netbios}\\{escape(shell.owner)}</rsp:Owner>"
        f"<rsp:ClientIP>{shell.client}</rsp:ClientIP><rsp:IdleTimeOut>PT{shell.idle_timeout:.3f}S</rsp:IdleTimeOut>"
        "<rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>"
        "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>"
    )
