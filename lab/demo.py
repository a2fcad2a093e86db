"""The last part of ``make demo``: look at a shared mailbox on Exchange as its administrator does; show the letter that the requester of
one on Cyrus got; then send that one a message, log in to it as a member, by IMAP, and show what that person sees."""

from __future__ import annotations

import argparse
import email
import email.message
import email.policy
import imaplib
import json
import smtplib
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from pypsrp.exceptions import WinRMError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan


def log_in(directory: Path, address: str, login: str) -> imaplib.IMAP4:
    """A session of the shared mailbox, opened with a lab person's own password."""
    port = json.loads((directory / "ports.json").read_text())["cyrus"]
    session = imaplib.IMAP4("localhost", port)
    session.starttls(ssl.create_default_context(cafile=str(directory / "tls" / "ca.pem")))
    session.login(address, f"lab-{login}")
    return session


def deliver(directory: Path, address: str) -> None:
    """Send a message as the world outside does, to Postfix; to Cyrus itself in a lab that has none."""
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "chloe@example.org", address, "When is the first practical?"
    message.set_content("Dear all, on which day do the practicals begin? Kind regards, Chloé")
    ports = json.loads((directory / "ports.json").read_text())
    relay = smtplib.SMTP("localhost", ports["postfix"]) if "postfix" in ports else smtplib.LMTP("localhost", ports["cyrus-lmtp"])
    with relay:
        relay.sendmail("chloe@example.org", [address.lower()], message.as_bytes())


def newest(session: imaplib.IMAP4, subject: str) -> email.message.EmailMessage | None:
    """The last message with this in its subject, when it arrives within some seconds."""
    for _ in range(50):
        session.select("INBOX", readonly=True)
        if found := session.search(None, "SUBJECT", f'"{subject}"')[1][0].split():
            _, parts = session.fetch(found[-1].decode(), "(BODY.PEEK[])")
            if isinstance(parts[0], tuple):
                return email.message_from_bytes(parts[0][1], policy=email.policy.default)
        time.sleep(0.2)
    return None


def show(directory: Path, address: str, login: str) -> None:
    deliver(directory, address)
    session = log_in(directory, address, login)
    sys.stdout.write(f"{login} logs in as {address} with the password of {login}, and sees:\n")
    message = newest(session, "first practical")
    for line in session.list()[1]:
        if isinstance(line, bytes):
            sys.stdout.write(f"    {line.decode().rpartition(' ')[2]}\n")
    sys.stdout.write(f"    quota: {session.getquotaroot('INBOX')[1][1]}\n")
    sys.stdout.write(f"    a message from {message['From']}: {message['Subject']}\n" if message else "    no message yet\n")
    session.logout()


def show_letter(directory: Path, address: str, requester: str) -> None:
    """What the requester was told, in the own mailbox."""
    session = log_in(directory, requester, requester)
    letter = newest(session, address)
    session.logout()
    body = letter.get_body(("plain",)) if letter else None
    if letter and body:
        sys.stdout.write(f"{requester} got a letter:\n    Subject: {letter['Subject']}\n\n")
        sys.stdout.write("".join(f"    {line}\n" for line in body.get_content().splitlines()) + "\n")


def show_exchange(directory: Path, address: str) -> None:
    """By pypsrp, which shares no code with Postroom."""
    port = json.loads((directory / "ports.json").read_text())["exchange"]
    authorities: Any = str(directory / "tls" / "ca.pem")  # a path is taken too, whatever the annotation says
    wsman = WSMan(
        "127.0.0.1", port=port, ssl=True, path="PowerShell/", auth="basic", username="exchange-admin",
        password=(directory / "secrets" / "exchange_admin_password").read_text().strip(), cert_validation=authorities,
    )  # fmt: skip
    with RunspacePool(wsman, configuration_name="Microsoft.Exchange") as pool:
        (mailbox,) = PowerShell(pool).add_cmdlet("Get-Mailbox").add_parameter("Identity", address).invoke()
        entries = PowerShell(pool).add_cmdlet("Get-MailboxPermission").add_parameter("Identity", address).invoke()
    found = mailbox.adapted_properties
    direct = [entry.adapted_properties for entry in entries if not entry.adapted_properties["IsInherited"]]
    members = sorted(str(entry["User"]) for entry in direct if not str(entry["User"]).startswith("NT AUTHORITY"))
    sys.stdout.write(f"exchange-admin asks Exchange for {address}, and sees:\n")
    for name in ("PrimarySmtpAddress", "DisplayName", "RecipientTypeDetails", "ProhibitSendReceiveQuota"):
        sys.stdout.write(f"    {name}: {found[name]}\n")
    sys.stdout.write(f"    full access: {', '.join(members)}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("address")
    parser.add_argument("login")
    parser.add_argument("requester")
    parser.add_argument("exchange_address")
    arguments = parser.parse_args()
    try:
        show_exchange(arguments.directory, arguments.exchange_address)
        if "postfix" in json.loads((arguments.directory / "ports.json").read_text()):
            show_letter(arguments.directory, arguments.address, arguments.requester)
        show(arguments.directory, arguments.address, arguments.login)
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as error:
        sys.stderr.write(f"demo: {arguments.login} cannot use {arguments.address}: {error}\n")
        return 1
    except (WinRMError, WSManFaultError) as error:
        sys.stderr.write(f"demo: Exchange does not show {arguments.exchange_address}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
