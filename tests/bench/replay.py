"""A practice Exchange that answers from a recording: what is measured against it is the client.

``python -m tests.bench.replay RECORDING PORT_FILE`` serves, by http on loopback, until it is ended. A pipeline is known by the names of its
commands, and the Identity that the first is given.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Iterator, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.exchange import psrp_pipeline
from lab.exchange.authentication import UnauthorizedError
from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.cmdlets.clixml import clixml
from lab.exchange.cmdlets.errors import command_not_found
from lab.exchange.faults import Wire
from lab.exchange.http_server import Handler
from lab.exchange.pipeline import Caller, Invocation, Output, Record
from lab.exchange.shell import Shells
from lab.exchange.wsman import Service

Names = tuple[str, ...]
USER, PASSWORD = "exchange", "recorded"
SELECT = "Select-Object"


class Recorded(bytes):
    """An object as CLIXML."""


def record(cmdlets: ExchangeCmdlets, pipelines: Sequence[Sequence[Invocation]], path: Path) -> None:
    """What these pipelines put out; an error ends it. Raises SystemExit."""
    answers: dict[Names, list[bytes]] = {}
    for pipeline in pipelines:
        found = list(cmdlets.run(pipeline, Caller("bench")))
        if failed := [one for one in found if not isinstance(one, Output)]:
            raise SystemExit(f"{pipeline[-1].name}: {failed[0]}")
        answers[_names(pipeline)] = [clixml(one.value) for one in found if isinstance(one, Output)]
    path.write_bytes(pickle.dumps(answers))


def _names(pipeline: Sequence[Invocation]) -> Names:
    """The commands, and whom the first one asks for by name."""
    asked = [str(argument.value) for argument in pipeline[0].arguments if argument.name == "Identity"]
    return (*asked, *(one.name for one in pipeline))


class Recording:
    """Stands where the cmdlets do."""

    def __init__(self, path: Path) -> None:
        self._answers: dict[Names, list[bytes]] = pickle.loads(path.read_bytes())

    def run(self, pipeline: Sequence[Invocation], caller: Caller) -> Iterator[Record]:
        names = _names(pipeline)
        if names in self._answers:
            yield from (Output(Recorded(data)) for data in self._answers[names])
        elif names[-1] == SELECT:
            yield command_not_found(SELECT)
        elif names[0] != "Get-SecurityPrincipal":
            raise LookupError(f"{names} was not recorded")


def as_recorded(value: Any) -> bytes:
    return value if isinstance(value, Recorded) else clixml(value)


class Login:
    def login(self, authorization: str, certificate: object) -> str:
        if not authorization.startswith("Basic "):
            raise UnauthorizedError
        return USER


class OpenShells(Shells):
    """Without cookies, which are for https only."""

    def cookie(self, owner: str, presented: str) -> str:
        return presented


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, recording: Path, state: Path) -> None:
        psrp_pipeline.clixml = as_recorded  # type: ignore[assignment]
        self.service = Service(Recording(recording), OpenShells(lambda shells: None), Wire(state), "replay", "UGENT")
        self.authenticator = Login()
        super().__init__(("127.0.0.1", 0), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("port_file", type=Path)
    given = parser.parse_args()
    with Server(given.recording, given.recording.parent) as server:
        given.port_file.write_text(str(server.server_address[1]))
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
