"""How a module reaches the directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.directory import ENDED_ACCOUNTS, DirectoryServer
from . import Spec


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
        "policy_subentry": {"type": "str"},
        "ended_accounts": {"type": "str", "default": ENDED_ACCOUNTS},
    }


def directory_server(params: Mapping[str, Any]) -> DirectoryServer:
    return DirectoryServer(**{name: params[name] for name in directory_spec()})
