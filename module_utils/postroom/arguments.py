"""The arguments that modules share: how a server is reached, and the mailboxes it is to hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .backends.cyrus import CyrusServer
from .backends.cyrus_host import CyrusHost
from .backends.directory import DirectoryServer
from .backends.imap import ImapServer
from .core.model import Mailbox

Spec = dict[str, dict[str, Any]]

MAILBOXES: Spec = {"mailboxes": {"type": "json", "required": True}, "ownership_mark": {"type": "str", "default": "postroom"}}


def mailboxes(params: Mapping[str, Any]) -> list[Mailbox]:
    """The ``mailboxes`` argument. Raises ValueError when it is not what mailbox_declarations returns."""
    try:
        return [Mailbox.from_dict(value) for value in json.loads(params["mailboxes"])]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"mailboxes is not the list that mailbox_declarations returns: {error}") from error


def directory_spec() -> Spec:
    """Arguments by which a module reaches the directory."""
    return {
        "uri": {"type": "str", "required": True},
        "bind_dn": {"type": "str", "required": True},
        "bind_password": {"type": "str", "required": True, "no_log": True},
        "people_base": {"type": "str", "required": True},
        "mailboxes_base": {"type": "str", "required": True},
        "ca_file": {"type": "path"},
        "start_tls": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 60},
    }


def directory_server(params: Mapping[str, Any]) -> DirectoryServer:
    return DirectoryServer(**{name: params[name] for name in directory_spec()})


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
