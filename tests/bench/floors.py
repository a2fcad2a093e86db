"""What cannot be done with less: the floors, by clients that are not Postroom's."""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import jsonschema
import ldap
import yaml
from ldap.controls import SimplePagedResultsControl

from . import ROOT
from .practice import Practice


def load(paths: Sequence[Path]) -> None:
    """libyaml's loader."""
    for path in paths:
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def load_and_validate(paths: Sequence[Path]) -> None:
    """libyaml's loader and a compiled jsonschema validator."""
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas" / "mailbox.schema.json").read_bytes()))
    for path in paths:
        if list(validator.iter_errors(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))):
            raise SystemExit(f"{path} does not fit the schema")


def search_directory(practice: Practice) -> None:
    """One LDAP search for the entries and the people, as the backend needs them."""
    connection = ldap.initialize(f"ldap://127.0.0.1:{practice.ports['slapd']}")
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(practice.lab / "tls" / "ca.pem"))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.start_tls_s()
    connection.simple_bind_s("uid=postroom,ou=services,dc=ugent,dc=be", practice.secret("directory"))
    page = SimplePagedResultsControl(True, size=1000, cookie="")
    while True:
        answer = connection.result3(connection.search_ext("dc=ugent,dc=be", ldap.SCOPE_SUBTREE, "(uid=*)", None, serverctrls=[page]))
        page.cookie = answer[3][0].cookie
        if not page.cookie:
            return


def list_mailboxes(practice: Practice) -> None:
    """``ctl_mboxlist -d`` on the Cyrus host: every mailbox with its ACL."""
    command = ["/usr/lib/cyrus/bin/ctl_mboxlist", "-C", str(practice.lab / "cyrus" / "imapd.conf"), "-d"]
    json.loads(subprocess.run(command, capture_output=True, check=True, user="cyrus" if os.geteuid() == 0 else None).stdout)


def send_pipelined(practice: Practice, commands: Sequence[bytes]) -> None:
    """IMAP commands without tag or line end, all sent over one connection without waiting. Raises SystemExit when one is refused."""
    with socket.create_connection(("localhost", practice.ports["cyrus"])) as plain:
        plain.sendall(b"a STARTTLS\r\n")
        received = b""
        while b"a OK" not in received:
            received += plain.recv(4096)
        context = ssl.create_default_context(cafile=str(practice.lab / "tls" / "ca.pem"))
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            login = base64.b64encode(b"\0cyrus\0" + practice.secret("cyrus").encode())
            _send(connection, [b"AUTHENTICATE PLAIN " + login])
            _send(connection, commands)


def _send(connection: ssl.SSLSocket, commands: Sequence[bytes]) -> None:
    sending = Thread(target=connection.sendall, args=(b"".join(b"p %s\r\n" % command for command in commands),))
    sending.start()
    with connection.makefile("rb") as answers:
        for command in commands:
            while not (answer := answers.readline()).startswith(b"p "):
                if not answer:
                    raise SystemExit("Cyrus closed the connection")
            if not answer.startswith(b"p OK"):
                raise SystemExit(f"{command.split()[0].decode()}: {answer.decode()}")
    sending.join()
