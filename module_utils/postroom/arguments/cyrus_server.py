"""How a module reaches a Cyrus server, by what ``CYRUS`` says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..backends.cyrus import CyrusServer
from ..backends.cyrus_host import CyrusHost
from ..backends.imap import ImapServer

_SAME_IN_IMAP = ("host", "user", "password", "port", "tls", "ca_file", "timeout")


def cyrus_server(server: Mapping[str, Any]) -> CyrusServer:
    imap = ImapServer(**{name: server[name] for name in _SAME_IN_IMAP})
    tools = server["host_tools"]
    if not tools:
        return CyrusServer(imap)
    return CyrusServer(imap, CyrusHost(Path(tools["directory"]), Path(tools["imapd_conf"]), tools["account"], server["user"]))
