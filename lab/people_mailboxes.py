"""Make each lab person's own mailbox on Cyrus, where there is none: ``people_mailboxes.py DIRECTORY``."""

from __future__ import annotations

import imaplib
import json
import ssl
import sys
from pathlib import Path

import yaml


def main() -> int:
    directory = Path(sys.argv[1])
    people = yaml.safe_load((Path(__file__).parent / "people.yml").read_text())["people"]
    session = imaplib.IMAP4("localhost", json.loads((directory / "ports.json").read_text())["cyrus"], timeout=30)
    session.starttls(ssl.create_default_context(cafile=str(directory / "tls" / "ca.pem")))
    session.login("cyrus", (directory / "secrets" / "cyrus_password").read_text().strip())
    found = {line.split()[-1].decode().strip('"') for line in session.list('""', '"user/%"')[1] if isinstance(line, bytes)}
    for person in people:
        mailbox = f"user/{person['uid']}"
        if person["affiliation"] != "alum" and mailbox not in found:
            answer, text = session.create(f'"{mailbox}"')
            if answer != "OK":
                sys.stderr.write(f"lab: cannot make {mailbox}: {text}\n")
                return 1
            sys.stdout.write(f"made {mailbox}\n")
    session.logout()
    return 0


if __name__ == "__main__":
    sys.exit(main())
