"""The mailboxes that a server is to hold, on their way from module to module.

Ansible copies and looks through every argument and result several times: ten thousand dictionaries take it five seconds for each module,
the same as JSON text half a second, and compressed next to nothing.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.model import Mailbox
from . import Spec

MAILBOXES: Spec = {
    "mailboxes": {"type": "json", "required": True},
    "hold_back": {"type": "list", "elements": "str", "default": []},
    "ownership_mark": {"type": "str", "default": "postroom"},
}


def pack(mailboxes: Iterable[Mailbox]) -> str:
    """The mailboxes as one short text; empty when there are none."""
    text = json.dumps([mailbox.as_dict() for mailbox in mailboxes], ensure_ascii=False, separators=(",", ":"))
    return "" if text == "[]" else base64.b64encode(zlib.compress(text.encode(), level=1)).decode()


def mailboxes(params: Mapping[str, Any]) -> list[Mailbox]:
    """The ``mailboxes`` argument: packed, or a list as JSON. Raises ValueError when it is not what mailbox_declarations returns."""
    text = params["mailboxes"]
    try:
        if not text.startswith("["):
            text = zlib.decompress(base64.b64decode(text, validate=True)) if text else "[]"
        return [Mailbox.from_dict(value) for value in json.loads(text)]
    except (TypeError, KeyError, ValueError, zlib.error) as error:
        raise ValueError(f"mailboxes is not what mailbox_declarations returns: {error}") from error
