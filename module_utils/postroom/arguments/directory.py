"""The directory as modules are told of it: how it is reached, and what its entries follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.directory import DirectoryServer
from ..core.directory.plan import ENDED_ACCOUNTS, DirectoryPolicy

DIRECTORY: dict[str, Any] = {
    "type": "dict",
    "options": {
        "uri": {"type": "str", "required": True},
        "bind_dn": {"type": "str", "required": True},
        "bind_password": {"type": "str", "default": "", "no_log": True},
        "people_base": {"type": "str", "required": True},
        "mailboxes_base": {"type": "str", "required": True},
        "ca_file": {"type": "path"},
        "start_tls": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 60},
        "ownership_mark": {"type": "str", "default": "postroom"},
        "policy_subentry": {"type": "str"},
        "ended_accounts": {"type": "str", "default": ENDED_ACCOUNTS},
    },
}

OF_ENTRIES = ("ownership_mark", "policy_subentry")
"""What the entries follow, and the connection does not need."""


def directory_server(server: Mapping[str, Any]) -> DirectoryServer:
    return DirectoryServer(**{name: server[name] for name in DIRECTORY["options"] if name not in OF_ENTRIES})


def directory_policy(server: Mapping[str, Any]) -> DirectoryPolicy:
    return DirectoryPolicy(server["mailboxes_base"], server["ownership_mark"], policy_subentry=server["policy_subentry"])
