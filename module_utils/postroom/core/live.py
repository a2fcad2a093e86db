"""What really runs, in the terms of declarations: what the ``*_info`` modules return, and what audit and adoption go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .systems import System, is_system

GrantKind = Literal["rights", "full access", "send as", "send on behalf", "login", "owner"]
"""What is granted: ``rights`` (a Cyrus ACL entry), ``full access``, ``send as`` and ``send on behalf`` (Exchange), ``login`` (a ``{SASL}``
value of the directory entry) and ``owner`` (a DN in it)."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """What somebody may do. ``identifier`` is as the server has it (a login, ``DOMAIN\\login``, a DN, ``S-1-5-...``), ``login`` the
    account it belongs to, in lower case, empty when there is none. ``rights`` are the server's names, such as ``lrswipkxte`` or
    ``FullAccess``; ``folder`` is a Cyrus folder below the mailbox, empty for the mailbox itself. ``deny`` is Exchange's."""

    kind: GrantKind
    identifier: str
    login: str = ""
    rights: str = ""
    folder: str = ""
    deny: bool = False


@dataclass(frozen=True, slots=True)
class LiveMailbox:
    """One shared mailbox on one system, or its entry in the directory.

    ``name`` is the login name that declarations are matched by, in lower case. ``mark`` is the mark of ownership as it was found, None
    without one; ``is_managed`` says whether it is ours. Sizes are in KiB; None where there is no limit or the server does not tell.
    Times are ISO 8601 in UTC, or None. No mail came after ``last_mail``: it is when the inbox last changed in any way. ``last_login`` is of
    the shared address: Exchange tells it of its mailboxes, and the directory of those on Cyrus. ``is_retired`` and ``backend`` are what a
    directory entry says; ``settings`` are the server's own names for what else Postroom keeps up (Exchange: DisplayName,
    PrimarySmtpAddress, ...), in the directory ``purpose`` and ``dn``.
    """

    name: str
    system: System
    address: str = ""
    display_name: str = ""
    mark: str | None = None
    is_managed: bool = False
    grants: tuple[Grant, ...] = ()
    quota_kib: int | None = None
    used_kib: int | None = None
    last_mail: str | None = None
    last_login: str | None = None
    is_retired: bool | None = None
    backend: str | None = None
    settings: Mapping[str, str | int | bool | None] | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> LiveMailbox:
        """The reverse of ``as_dict``. Raises TypeError or KeyError, and ValueError for a system that there is none of."""
        if not is_system(value["system"]):
            raise ValueError(f"{value['system']} is no system that Postroom knows")
        return cls(**{**value, "grants": tuple(Grant(**grant) for grant in value["grants"])})
