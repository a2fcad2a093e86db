"""The practice Exchange management endpoint: ``python -m lab.exchange.server --state DIRECTORY --port N ...`` runs it until it is ended."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from lab.exchange.authentication import Authenticator, Directory
from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.cmdlets.organization import SERVER
from lab.exchange.control import STORE
from lab.exchange.faults import Wire
from lab.exchange.http_server import Endpoint, tls_context
from lab.exchange.people import People
from lab.exchange.shell import Shell, Shells
from lab.exchange.smtp_sink import SmtpSink
from lab.exchange.store import Store
from lab.exchange.wsman import Service


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The practice Exchange management endpoint.")
    parser.add_argument("--state", type=Path, required=True, help="directory of what survives a restart")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--ca", required=True, help="whose certificates are clients', and the directory's")
    parser.add_argument("--directory", required=True, help="the directory's URI; STARTTLS is used")
    parser.add_argument("--suffix", required=True)
    parser.add_argument("--reader", required=True, help="DN of the account that reads people")
    parser.add_argument("--reader-secret", type=Path, required=True, help="file with its password")
    parser.add_argument("--administrators", required=True, help="logins that may manage, with commas")
    parser.add_argument("--domain", default="ugent.be")
    parser.add_argument("--netbios", default="UGENT")
    return parser


def described(shell: Shell) -> tuple[str, dict[str, object]]:
    return shell.id, {"owner": shell.owner, "client": shell.client, "created": shell.created, "idle_timeout": shell.idle_timeout}


def endpoint(given: argparse.Namespace) -> Endpoint:
    """The server, listening; shells that were open before it started are gone."""
    given.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = Directory(given.directory, given.suffix, given.ca)
    people = People(directory, given.suffix, given.reader, given.reader_secret)
    store = Store(given.state / STORE, people, domain=given.domain, netbios=given.netbios)
    SmtpSink(store, given.state / "mail").start(given.smtp_port, Path(given.certificate), Path(given.key))
    wire = Wire(given.state)
    wire.set_shells([])
    shells = Shells(lambda opened: wire.set_shells(map(described, opened)))
    threading.Thread(target=shells.reap_forever, name="reaper", daemon=True).start()
    service = Service(ExchangeCmdlets(store), shells, wire, SERVER, given.netbios)
    authenticator = Authenticator(directory.accepts, given.administrators.split(","), given.domain, given.netbios)
    return Endpoint(given.port, tls_context(given.certificate, given.key, given.ca), service, authenticator)


def main() -> int:
    given = arguments().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # psrpcore words its debug messages, with all they carry, even when nobody reads them; this keeps them from a handler at least.
    logging.getLogger("psrpcore").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with endpoint(given) as server:
        logging.getLogger(__name__).info("listening on port %d", given.port)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
