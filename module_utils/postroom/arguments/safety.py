"""What one run may do at most, and what it has to keep to."""

from __future__ import annotations

from .spec import Spec

DEFAULTS = {"retired": 5, "retired_percent": 1, "members_removed": 20, "members_removed_percent": 1, "touched": 100, "touched_percent": 5}
SAFETY: Spec = {
    "approved_plan": {"type": "path"},
    "limits": {"type": "dict", "options": {name: {"type": "int", "default": value} for name, value in DEFAULTS.items()}},
    "protected": {"type": "list", "elements": "str", "default": []},
}
