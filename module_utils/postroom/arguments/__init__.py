"""The arguments that modules share, one file for each thing they describe: only what a module needs is shipped with it."""

from __future__ import annotations

from typing import Any

Spec = dict[str, dict[str, Any]]
