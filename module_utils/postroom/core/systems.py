"""The systems that Postroom configures: a small closed set.

Code that does one thing for one system and another for the next ends with ``assert_never``, so that mypy names each place that a new
system needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeGuard, get_args

Backend = Literal["cyrus", "exchange"]
"""Where a mailbox lives: what a declaration names as ``backend``."""
System = Literal["cyrus", "exchange", "directory"]
"""What is planned, applied and audited: the backends, and the directory that goes with each mailbox."""


@dataclass(frozen=True, slots=True)
class SystemKind:
    """What a system is called in a sentence, and the group of its servers in the inventory."""

    shown: str
    inventory_group: str
    holds_mail: bool


SYSTEMS: Mapping[System, SystemKind] = MappingProxyType(
    {
        "cyrus": SystemKind("Cyrus", "cyrus_servers", holds_mail=True),
        "exchange": SystemKind("Exchange", "exchange_servers", holds_mail=True),
        "directory": SystemKind("the directory", "directory_servers", holds_mail=False),
    }
)
BACKENDS: tuple[Backend, ...] = get_args(Backend)


def is_system(name: str) -> TypeGuard[System]:
    return name in SYSTEMS
