"""The systems that Postroom configures: a small closed set.

What differs between them and is a value stands in ``SYSTEMS``. Code that does one thing for one system and another for the next ends
with ``assert_never``, so that mypy names each place that a new system needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeGuard, get_args

Backend = Literal["cyrus", "exchange"]
"""Where a mailbox lives: what a declaration names as ``backend``."""
System = Literal[Backend, "directory"]
"""What is planned, applied and audited: the backends, and the directory that goes with each mailbox."""


@dataclass(frozen=True, slots=True)
class SystemKind:
    """What is so of one system and not of the next. Nothing has a default: a new system says all of it.

    ``shown`` is what it is called in a sentence, ``place`` where something is that it has (``on Cyrus``), ``inventory_group`` the group of
    its servers. ``holds_mail`` says whether mailboxes live there, or only entries about them. ``lists_own``: whether what is read of it has
    people's own mailboxes among the shared ones. ``shared_login``: whether members log in to it with the shared address, so that its
    directory entry has a ``{SASL}`` value for each.
    """

    shown: str
    place: str
    inventory_group: str
    holds_mail: bool
    lists_own: bool
    shared_login: bool


SYSTEMS: Mapping[System, SystemKind] = MappingProxyType(
    {
        "cyrus": SystemKind("Cyrus", "on Cyrus", "cyrus_servers", holds_mail=True, lists_own=True, shared_login=True),
        "exchange": SystemKind("Exchange", "on Exchange", "exchange_servers", holds_mail=True, lists_own=False, shared_login=False),
        "directory": SystemKind(
            "the directory", "in the directory", "directory_servers", holds_mail=False, lists_own=False, shared_login=False
        ),
    }
)
"""In the order in which reports list them. A test holds it complete."""
BACKENDS: tuple[Backend, ...] = get_args(Backend)


def is_system(name: object) -> TypeGuard[System]:
    return name in SYSTEMS


def systems_of(backend: Backend) -> tuple[System, ...]:
    """Where a mailbox of this backend is to be found: there, and in the directory."""
    return (backend, "directory")
