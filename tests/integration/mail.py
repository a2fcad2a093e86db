"""Mail as people send and read it in the practice mail world: by swaks and by IMAP."""

from __future__ import annotations

import email
import email.message
import secrets
import smtplib
import ssl
import subprocess
import time
from dataclasses import dataclass

import pytest

from .conftest import Lab

PATIENCE = 15.0
"""Seconds that a message may take."""


@dataclass(frozen=True)
class Sent:
    """What the server answered last, and the subject to find the message by."""

    accepted: bool
    answer: str
    subject: str


@dataclass(frozen=True)
class MailClient:
    lab: Lab

    def from_outside(self, sender: str, recipient: str, port: str = "postfix") -> Sent:
        """As another mail server does, without a login."""
        return self._swaks(port, sender, recipient, "--helo", "mail.example.org")

    def as_person(self, login: str, sender: str, recipient: str) -> Sent:
        """As a mail program does: STARTTLS, then the login and its own password."""
        authority = str(self.lab.directory / "tls" / "ca.pem")
        account = ["--auth", "PLAIN", "--auth-user", login, "--auth-password", f"lab-{login.partition('@')[0]}"]
        return self._swaks("postfix-submission", sender, recipient, "--tls", "--tls-verify", "--tls-ca-path", authority, *account)

    def submit(self, sender: str, recipient: str, *arguments: str) -> Sent:
        """To the port for members, without a login."""
        return self._swaks("postfix-submission", sender, recipient, *arguments)

    def write(self, login: str, *fields: str, sender: str = "", recipient: str = "cdevos@ugent.be") -> Sent:
        """A person sends a message with exactly these header fields, and a subject; the envelope has the own address."""
        subject = f"Practice {secrets.token_hex(8)}"
        text = "\r\n".join([*fields, f"To: {recipient}", f"Subject: {subject}", "", "Good day", ""])
        context = ssl.create_default_context(cafile=str(self.lab.directory / "tls" / "ca.pem"))
        with smtplib.SMTP("localhost", self.lab.ports["postfix-submission"], timeout=60) as session:
            try:
                session.starttls(context=context)
                session.login(login, f"lab-{login}")
                session.sendmail(sender or f"{login}@ugent.be", [recipient], text.encode())
            except smtplib.SMTPResponseException as error:
                said = error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode()
                return Sent(False, f"{error.smtp_code} {said}", subject)
        return Sent(True, "", subject)

    def _swaks(self, port: str, sender: str, recipient: str, *arguments: str) -> Sent:
        subject = f"Practice {secrets.token_hex(8)}"
        where = ["--server", "127.0.0.1", "--port", str(self.lab.ports[port]), "--timeout", "20"]
        mail = ["--from", sender, "--to", recipient, "--header", f"Subject: {subject}", "--body", "Good day"]
        done = subprocess.run(["swaks", *where, *mail, *arguments], capture_output=True, text=True, check=False, timeout=60)
        said = [line[4:].strip() for line in done.stdout.splitlines() if line.startswith(("<- ", "<~ ", "<**", "<~*"))]
        return Sent(done.returncode == 0, said[-2] if len(said) > 1 else done.stdout + done.stderr, subject)

    def read(self, user: str, person: str, subject: str, folder: str = "INBOX") -> email.message.Message | None:
        """The message, as ``person`` sees it who logs in as ``user``; nothing when it does not arrive in time."""
        session = self.lab.imap(user, f"lab-{person}")
        try:
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                assert session.select(f'"{folder}"', readonly=True)[0] == "OK"
                numbers = session.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
                if numbers:
                    part = session.fetch(numbers[0].decode(), "(BODY.PEEK[])")[1][0]
                    assert isinstance(part, tuple)
                    return email.message_from_bytes(part[1])
                time.sleep(0.2)
        finally:
            session.logout()
        return None

    def reached_exchange(self, alias: str, subject: str) -> bool:
        """Whether the practice Exchange keeps the message for this mailbox."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for file in (self.lab.directory / "exchange" / "mail" / alias).glob("*.eml"):
                if email.message_from_bytes(file.read_bytes())["Subject"] == subject:
                    return True
            time.sleep(0.2)
        return False


def relay(lab: Lab) -> MailClient:
    """Skips the test where the lab has none."""
    if "postfix" not in lab.ports:
        pytest.skip("Postfix needs root, so this lab has no mail relay")
    return MailClient(lab)
