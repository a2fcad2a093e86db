"""The practice Exchange endpoint as a process: ``python -m lab.exchange.server SETTINGS`` (a JSON file; see ``Settings``)."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from lab.exchange.authentication import Authenticator
from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.http_server import ExchangeHttpServer
from lab.exchange.ordered import Orders
from lab.exchange.people import PeopleInDirectory
from lab.exchange.smtp_sink import SmtpSink
from lab.exchange.store import Store
from lab.exchange.wsman import IDLE_TIMEOUT, WsmanService

DATABASE = "organization.sqlite"


@dataclass(frozen=True, slots=True)
class Settings:
    """``administrators`` are the login names that may open a shell; ``password_file`` is for ``bind_dn``, to read the people."""

    directory: str
    port: int
    smtp_port: int
    certificate: str
    certificate_key: str
    ca_file: str
    ldap_uri: str
    bind_dn: str
    password_file: str
    people_base: str
    account_bases: list[str]
    administrators: list[str]
    idle_timeout: float = IDLE_TIMEOUT


def serve(settings: Settings) -> None:
    directory = Path(settings.directory)
    directory.mkdir(parents=True, exist_ok=True)
    password = Path(settings.password_file).read_text().strip()
    people = PeopleInDirectory(settings.ldap_uri, settings.ca_file, settings.people_base, settings.bind_dn, password)
    store = Store(directory / DATABASE, people)
    certificate = (Path(settings.certificate), Path(settings.certificate_key))
    SmtpSink(store, directory / "mail").start(settings.smtp_port, *certificate)
    service = WsmanService(ExchangeCmdlets(store), frozenset(settings.administrators), idle_timeout=settings.idle_timeout)
    authenticator = Authenticator(settings.ldap_uri, settings.ca_file, tuple(settings.account_bases))
    server = ExchangeHttpServer(("127.0.0.1", settings.port), service, authenticator, Orders(directory))
    server.trust(*certificate, Path(settings.ca_file))
    threading.Thread(target=_reap, args=(service,), daemon=True).start()
    server.serve_forever()


def _reap(service: WsmanService) -> None:
    while True:
        time.sleep(1)
        for shell_id in service.reap():
            print(f"ended the idle shell {shell_id}", flush=True)  # noqa: T201 - the daemon's log


def main() -> int:
    os.umask(0o077)
    serve(Settings(**json.loads(Path(sys.argv[1]).read_text())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
