"""ManageSieve as a member's mail program speaks it: sievelib's client, which shares no code with Postroom's.

Debian's sieveshell is not used: it knows no STARTTLS, and the server takes no password without.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sievelib.managesieve import Client

from .conftest import Lab


class Scripts:
    """The scripts of the mailbox that the session is logged in to."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def put(self, name: str, *lines: str, active: bool = False) -> None:
        assert self.client.putscript(name, "\r\n".join(lines)), self.client.errmsg
        if active:
            self.activate(name)

    def activate(self, name: str) -> None:
        assert self.client.setactive(name), self.client.errmsg

    def delete(self, name: str) -> None:
        assert self.client.deletescript(name), self.client.errmsg

    def text(self, name: str) -> str:
        return str(self.client.getscript(name))

    @property
    def active(self) -> str:
        found: Any = self.client.listscripts()
        return str(found[0] or "")

    @property
    def inactive(self) -> list[str]:
        found: Any = self.client.listscripts()
        return sorted(found[1])


@contextmanager
def member(lab: Lab, mailbox: str, person: str = "ajanssens") -> Iterator[Scripts]:
    """A session of ``person``, who logs in with the shared address and the own password."""
    client = Client("localhost", lab.ports["cyrus-sieve"])
    with patch.dict(os.environ, SSL_CERT_FILE=str(lab.directory / "tls" / "ca.pem")):
        assert client.connect(f"{mailbox}@UGent.be", f"lab-{person}", starttls=True), client.errmsg
    yield Scripts(client)
    client.logout()


def store_as_old_cyrus_did(lab: Lab, mailbox: str, name: str, text: str) -> None:
    """A script below sievedir, as it is there before anybody logs in after an upgrade to Cyrus 3.6."""
    listing = subprocess.run(
        ["/usr/lib/cyrus/bin/mbpath", "-C", str(lab.directory / "cyrus" / "imapd.conf"), "-S", f"user/{mailbox}"],
        capture_output=True, text=True, check=True, user="cyrus" if os.geteuid() == 0 else None, cwd="/",
    ).stdout  # fmt: skip
    folder = lab.directory.joinpath(listing.strip().splitlines()[-1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.script").write_text(text)
    (folder / "defaultbc").symlink_to(f"{name}.bc")
    (folder / f"{name}.bc").write_bytes(b"compiled")
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "cyrus:mail", str(lab.directory / "cyrus" / "sieve")], check=True)
