"""What a module that writes letters is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.smtp import SmtpServer
from .directory import DIRECTORY
from .spec import Spec, required

_NUMBERS = ("imap_port", "smtp_port", "exchange_imap_port")
_TEXTS = (
    "organization", "helpdesk_address", "imap_host", "imap_encryption", "smtp_host", "smtp_encryption", "other_users", "owa_url",
    "exchange_imap_host", "exchange_imap_encryption", "exchange_domain",
)  # fmt: skip
SERVICE: Spec = {
    **{name: {"type": "str"} for name in _TEXTS},
    **{name: {"type": "int"} for name in _NUMBERS},
    "exchange_deployment": {"type": "str", "choices": ["on_premises", "online"], "default": "on_premises"},
    "exchange_affiliations": {"type": "list", "elements": "str"},
}
LETTERS: Spec = {
    "chdir": {"type": "path", "default": "."},
    "mailboxes": {"type": "json", "required": True},
    "results": {"type": "list", "elements": "dict"},
    "report_dir": {"type": "path", "required": True},
    "stage": {"type": "str", "choices": ["note", "send", "preview"], "required": True},
    "ledger": {"type": "path", "required": True},
    "templates": {"type": "path", "required": True},
    "schema": {"type": "path", "required": True},
    "service": {"type": "dict", "required": True, "options": SERVICE},
    "sender": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "default": ""},
            "address": {"type": "str", "required": True},
            "reply_to": {"type": "str", "default": ""},
            "list_id": {"type": "str", "default": ""},
        },
    },
    "smtp": {
        "type": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 587},
            "tls": {"type": "str", "choices": ["starttls", "implicit", "none"], "default": "starttls"},
            "ca_file": {"type": "path"},
            "user": {"type": "str", "default": ""},
            "password": {"type": "str", "default": "", "no_log": True},
            "timeout": {"type": "int", "default": 60},
        },
    },
    "directory": required(DIRECTORY),
}


def smtp_server(params: Mapping[str, Any]) -> SmtpServer:
    return SmtpServer(**params["smtp"])
