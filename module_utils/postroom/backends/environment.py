"""What a program that Postroom starts may know of the environment: nothing that could be a secret."""

from __future__ import annotations

import os

KEPT = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "XDG_CONFIG_HOME"}
    | {"GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_DISCOVERY_ACROSS_FILESYSTEM"}
)
"""Kept by name, since nobody can list the names of all secrets: in CI the environment has those of other projects too."""


def without_secrets(**more: str) -> dict[str, str]:
    """The environment for a program: the variables of ``KEPT``, and these."""
    return {**{name: value for name, value in os.environ.items() if name in KEPT}, **more}
