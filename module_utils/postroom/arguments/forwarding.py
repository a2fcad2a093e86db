"""What the forwarding modules are told, beside how to reach their server."""

from __future__ import annotations

from .spec import Spec

FORWARDING: Spec = {
    "mailboxes": {"type": "json", "required": True},
    "others": {"type": "list", "elements": "str", "default": []},
    "remove": {"type": "bool", "default": False},
    "copied": {"type": "list", "elements": "str", "default": []},
    "reviewed": {"type": "str", "default": "*"},
}
