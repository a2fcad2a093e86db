"""The practice Exchange's SMTP: what reaches a mailbox is kept as a file, ``mail/<alias>/<number>.eml`` in the Exchange directory.

It answers as Exchange's front end does to a relay, by Microsoft's "Non-delivery reports in Exchange Online"
(https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/): 5.1.10 for an address that nobody
has, and 5.7.54 for a mailbox that takes mail from senders of the organisation only. Nobody logs in here, so a sender counts as one of the
organisation when the envelope's address is a recipient's: as through a connector for hosts that Exchange trusts.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from lab.exchange.cmdlets.identity import is_mailbox
from lab.exchange.cmdlets.view import State
from lab.exchange.store import Store

ACCEPTED = "250 2.1.5 Recipient OK"
UNKNOWN = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
SENDER_NOT_AUTHENTICATED = "550 5.7.54 RESOLVER.RST.AuthRequired; sender not authenticated"


@dataclass
class SmtpSink:
    """An aiosmtpd handler (https://aiosmtpd.aio-libs.org/en/latest/handlers.html) over the organisation's mailboxes.

    Without slots: aiosmtpd looks at all members of a handler, and in Python 3.11.2 a dataclass with slots refuses that.
    """

    store: Store
    directory: Path

    def start(self, port: int, certificate: Path, key: Path) -> Controller:
        """Listen on loopback, in a thread of its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        controller = Controller(self, hostname="127.0.0.1", port=port, tls_context=context, server_hostname="localhost", ident="Practice")
        controller.start()
        return controller

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        """Take an address of a mailbox of the organisation, and no other."""
        answer = self._answer(envelope.mail_from or "", address)
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message for each recipient, under a temporary name until it is whole."""
        for address in envelope.rcpt_tos:
            (mailbox,) = self._recipients(address)
            folder = self.directory / mailbox["Alias"].lower()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{time.time_ns()}.eml"
            new = path.with_suffix(".new")
            trace = f"Return-Path: <{envelope.mail_from}>\r\nX-Original-To: {address}\r\n".encode()
            new.write_bytes(trace + (envelope.original_content or b""))
            new.rename(path)
        return "250 2.6.0 Queued mail for delivery"

    def _answer(self, sender: str, address: str) -> str:
        found = self._recipients(address)
        if not found:
            return UNKNOWN
        if found[0].get("RequireSenderAuthenticationEnabled") and not self._recipients(sender):
            return SENDER_NOT_AUTHENTICATED
        return ACCEPTED

    def _recipients(self, address: str) -> list[State]:
        view = self.store.view(self.store.domain_controllers[0])
        return [state for state in view.find("proxy", f"smtp:{address}") if is_mailbox(state)][:1]
