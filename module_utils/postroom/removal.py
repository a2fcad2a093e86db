"""Forwarding that was found, and unless it is a dry run taken away: the one path of the forwarding modules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from .backends.failure import Failure
from .converge import converge
from .core.forwarding import Copy, Forwarding, with_copy
from .core.packed import pack
from .core.plan import Change, OperationT, SystemPlan, not_taken, reviewed_only
from .core.systems import System

Removal = tuple[SystemPlan[OperationT], list[Copy]]


def nothing() -> Removal[Any]:
    """What is removed when forwarding is only looked for."""
    return SystemPlan([], []), []


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking for forwarding gave on one server; ``failures`` are the mailboxes that could not be looked at."""

    system: System
    server: str
    found: Sequence[Forwarding]
    failures: Sequence[Failure]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be taken away: that of which a copy was written (``copied``: digests), and that was reviewed (fingerprints; None: any)."""

    copied: Collection[str]
    reviewed: Container[str] | None


@dataclass(frozen=True, slots=True)
class Server(Generic[OperationT]):
    """The server at work: what carries out changes, and what plans the removal anew for some mailboxes, by what is there then."""

    apply: Callable[[Sequence[Change[OperationT]]], list[Failure]]
    plan_again: Callable[[Collection[str]], SystemPlan[OperationT]]


def remove(
    looked: Looked,
    removal: Removal[OperationT],
    server: Server[OperationT],
    *,
    allowed: Allowed,
    dry_run: bool,
) -> dict[str, Any]:
    """A module's result: as ``converge``, with ``forwarding``, and ``copies`` of what the plan takes away. Only what is
    ``allowed`` is taken away; what is there all the same afterwards is a failure."""
    plan, copies = reviewed_only(removal[0], allowed.reviewed), removal[1]

    def apply_with_copy(changes: Sequence[Change[OperationT]]) -> list[Failure]:
        ready, refusals = with_copy(changes, copies, allowed.copied)
        failures = [*(Failure(one.mailbox, looked.system, looked.server, one.message) for one in refusals), *server.apply(ready)]
        gone = {change.mailbox for change in ready} - {failure.mailbox for failure in failures}
        left = not_taken(server.plan_again(gone)) if gone else {}
        return [*failures, *(Failure(name, looked.system, looked.server, message) for name, message in left.items())]

    result = converge(plan, apply_with_copy, system=looked.system, server=looked.server, dry_run=dry_run)
    result["forwarding"] = [one.as_dict(looked.system, looked.server) for one in looked.found]
    result["copies"] = pack(copy.as_dict() for copy in copies)
    if looked.failures:
        result["failures"] += [failure.as_dict() for failure in looked.failures]
        result |= {"failed": True, "msg": "\n".join([*([result["msg"]] if "msg" in result else []), *map(str, looked.failures)])}
    return result
