"""The mailboxes that a server is to hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.model import Mailbox
from . import Spec

MAILBOXES: Spec = {
    "mailboxes": {"type": "json", "required": True},
    "hold_back": {"type": "list", "elements": "str", "default": []},
    "ownership_mark": {"type": "str", "default": "postroom"},
}


def mailboxes(params: Mapping[str, Any]) -> list[Mailbox]:
    """The ``mailboxes`` argument. Raises ValueError when it is not what mailbox_declarations returns."""
    try:
        return [Mailbox.from_dict(value) for value in json.loads(params["mailboxes"])]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"mailboxes is not the list that mailbox_declarations returns: {error}") from error
