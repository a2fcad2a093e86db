"""The last part of ``make demo``: log in to a shared mailbox on Cyrus as one of its members, by IMAP, and show what that person sees;
then look at one on Exchange as its administrator does."""

from __future__ import annotations

import argparse
import email.message
import imaplib
import json
import smtplib
import ssl
import sys
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
    """Hand Cyrus a message over LMTP, as a mail relay would."""
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "cdevos@ugent.be", address, "When is the first practical?"
    message.set_content("Dear all, on which day do the practicals begin? Kind regards, Chloé")
    port = json.loads((directory / "ports.json").read_text())["cyrus-lmtp"]
    with smtplib.LMTP("localhost", port) as relay:
        relay.sendmail("cdevos@ugent.be", [address.lower()], message.as_bytes())


def show(directory: Path, address: str, login: str) -> None:
    session = log_in(directory, address, login)
    session.select("INBOX")
    if not session.search(None, "ALL")[1][0]:
        deliver(directory, address)
        session.noop()
    sys.stdout.write(f"{login} logs in as {address} with the password of {login}, and sees:\n")
    for line in session.list()[1]:
        if isinstance(line, bytes):
            sys.stdout.write(f"    {line.decode().rpartition(' ')[2]}\n")
    sys.stdout.write(f"    quota: {session.getquotaroot('INBOX')[1][1]}\n")
    _, parts = session.fetch("1", "(BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])")
    if isinstance(parts[0], tuple):
        sys.stdout.write("    a message: " + " | ".join(parts[0][1].decode().split("\r\n")).strip(" |") + "\n")
    session.logout()


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
    parser.add_argument("exchange_address")
    arguments = parser.parse_args()
    try:
        show(arguments.directory, arguments.address, arguments.login)
        show_exchange(arguments.directory, arguments.exchange_address)
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as error:
        sys.stderr.write(f"demo: {arguments.login} cannot use {arguments.address}: {error}\n")
        return 1
    except (WinRMError, WSManFaultError) as error:
        sys.stderr.write(f"demo: Exchange does not show {arguments.exchange_address}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
