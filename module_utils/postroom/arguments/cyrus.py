"""How a module reaches a Cyrus server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..backends.cyrus import CyrusServer
from ..backends.cyrus_host import CyrusHost
from ..backends.imap import ImapServer
from . import Spec


def cyrus_spec() -> Spec:
    """Arguments by which a module reaches a Cyrus server."""
    return {
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 143},
        "tls": {"type": "str", "choices": ["starttls", "implicit"], "default": "starttls"},
        "ca_file": {"type": "path"},
        "user": {"type": "str", "default": "cyrus"},
        "password": {"type": "str", "required": True, "no_log": True},
        "timeout": {"type": "int", "default": 60},
        "host_tools": {
            "type": "dict",
            "options": {
                "directory": {"type": "path", "default": "/usr/lib/cyrus/bin"},
                "imapd_conf": {"type": "path", "default": "/etc/imapd.conf"},
                "account": {"type": "str", "default": "cyrus"},
            },
        },
    }


def cyrus_server(params: Mapping[str, Any]) -> CyrusServer:
    imap = ImapServer(**{name: params[name] for name in cyrus_spec() if name != "host_tools"})
    tools = params["host_tools"]
    if not tools:
        return CyrusServer(imap)
    return CyrusServer(imap, CyrusHost(Path(tools["directory"]), Path(tools["imapd_conf"]), tools["account"], params["user"]))
