"""How a module reaches the ManageSieve service of a Cyrus server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.managesieve import ManageSieveServer
from . import Spec

SIEVE: Spec = {"sieve_port": {"type": "int", "default": 4190}}


def sieve_server(params: Mapping[str, Any]) -> ManageSieveServer:
    """The host, the account and the authorities are those of IMAP."""
    same = {name: params[name] for name in ("host", "user", "password", "ca_file", "timeout")}
    return ManageSieveServer(port=params["sieve_port"], **same)
