"""How a module reaches the ManageSieve service of a Cyrus server, by what ``CYRUS`` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.managesieve import ManageSieveServer


def sieve_server(server: Mapping[str, Any]) -> ManageSieveServer:
    """The host, the account and the authorities are those of IMAP."""
    same = {name: server[name] for name in ("host", "user", "password", "ca_file", "timeout")}
    return ManageSieveServer(port=server["sieve_port"], **same)
