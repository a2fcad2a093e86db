"""The mailboxes that a server is to hold, on their way from module to module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..core.model import Mailbox
from ..core.packed import pack, unpack
from .spec import Spec

MAILBOXES: Spec = {
    "mailboxes": {"type": "json", "required": True},
    "hold_back": {"type": "list", "elements": "str", "default": []},
    "reviewed": {"type": "str", "default": "*"},
    "adopt": {"type": "list", "elements": "str", "default": []},
}


def pack_mailboxes(mailboxes: Iterable[Mailbox]) -> str:
    return pack(mailbox.as_dict() for mailbox in mailboxes)


def mailboxes(params: Mapping[str, Any]) -> list[Mailbox]:
    """The ``mailboxes`` argument: packed, or a list as JSON. Raises ValueError when it is not what mailbox_declarations returns."""
    try:
        return [Mailbox.from_dict(value) for value in unpack(params["mailboxes"])]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"mailboxes is not what mailbox_declarations returns: {error}") from error


def adopted(params: Mapping[str, Any]) -> frozenset[str]:
    """The ``adopt`` argument without the mailboxes of ``hold_back``: something else has their name, or may have it."""
    held = set(params["hold_back"])
    return frozenset() if "*" in held else frozenset(params["adopt"]) - held


def reviewed(params: Mapping[str, Any]) -> frozenset[str] | None:
    """The ``reviewed`` argument: fingerprints of the changes that may be made, or None for any."""
    text = params["reviewed"]
    return None if text == "*" else frozenset(text.split())
