"""Mail that a shared mailbox passes on, which the service does not allow, and what is kept of it when it is taken away."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, assert_never

from .plan import Change, OperationT, Refusal
from .systems import System

Kind = Literal["sieve", "property", "inbox-rule"]


@dataclass(frozen=True, slots=True, order=True)
class Forwarding:
    """One way in which a mailbox passes mail on. ``name`` is the script's, rule's or property's; ``action`` is such as ``redirect :copy``,
    or ``unknown`` for what could not be read. ``active`` is false for what is there and not in effect. ``note`` says the rest in words."""

    mailbox: str
    kind: Kind
    name: str
    action: str
    target: str
    active: bool = True
    note: str = ""

    def as_dict(self, system: System, server: str) -> dict[str, Any]:
        """As the modules return it."""
        return {**asdict(self), "system": system, "server": server}


@dataclass(frozen=True, slots=True)
class Copy:
    """What is kept of something before it is taken away."""

    mailbox: str
    system: System
    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def as_dict(self) -> dict[str, str]:
        """On its way to the control node; the content may hold any bytes."""
        return {"file": self.file, "digest": self.digest, "content": base64.b64encode(self.content).decode()}

    @property
    def file(self) -> str:
        """A file name of its own for each content: a copy never replaces another."""
        safe = re.sub(r"[^A-Za-z0-9_-]+", "_", self.name)[:60]
        return f"{self.mailbox}.{self.system}.{safe}.{self.digest[:16]}.{self._extension}"

    @property
    def _extension(self) -> str:
        match self.system:
            case "cyrus":
                return "sieve"
            case "exchange" | "directory":
                return "json"
            case _:
                assert_never(self.system)


def with_copy(
    changes: Iterable[Change[OperationT]], copies: Iterable[Copy], copied: Collection[str]
) -> tuple[list[Change[OperationT]], list[Refusal]]:
    """The changes for which every copy has been written (``copied`` are the digests of those), and why not the others."""
    missing = {copy.mailbox for copy in copies if copy.digest not in copied}
    refusals = [Refusal(name, "left as it is: no copy of what would be removed has been written yet") for name in sorted(missing)]
    return [change for change in changes if change.mailbox not in missing], refusals
