"""A Cyrus server as modules are told of it: how it is reached, and what its mailboxes follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.cyrus.plan import FOLDERS, MEMBER_RIGHTS, OWNER_RIGHTS, CyrusPolicy
from .spec import defaults

CYRUS: dict[str, Any] = {
    "type": "dict",
    "options": {
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 143},
        "tls": {"type": "str", "choices": ["starttls", "implicit"], "default": "starttls"},
        "ca_file": {"type": "path"},
        "user": {"type": "str", "default": "cyrus"},
        "password": {"type": "str", "default": "", "no_log": True},
        "timeout": {"type": "int", "default": 60},
        "sieve_port": {"type": "int", "default": 4190},
        "host_tools": {
            "type": "dict",
            "options": {
                "directory": {"type": "path", "default": "/usr/lib/cyrus/bin"},
                "imapd_conf": {"type": "path", "default": "/etc/imapd.conf"},
                "account": {"type": "str", "default": "cyrus"},
            },
        },
        "member_rights": {"type": "str", "default": MEMBER_RIGHTS},
        "owner_rights": {"type": "str", "default": OWNER_RIGHTS},
        "implicit_owner_rights": {"type": "str", "default": "lkxan"},
        "folders": {"type": "dict", "default": dict(FOLDERS)},
        "administrators": {"type": "list", "elements": "str", "default": ["cyrus"]},
        "ownership_mark": {"type": "str", "default": "postroom"},
    },
}


def cyrus_policy(server: Mapping[str, Any] | None) -> CyrusPolicy:
    """What mailboxes follow on this server; on one that nothing is said of, the defaults."""
    given = server or defaults(CYRUS)
    same = {name: given[name] for name in ("member_rights", "owner_rights", "implicit_owner_rights", "folders")}
    return CyrusPolicy(given["ownership_mark"], administrators=frozenset(given["administrators"]), **same)
