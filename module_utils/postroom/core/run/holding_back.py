"""May this mailbox be made? Which mailboxes a system leaves alone in this run unless they live there already.

A mailbox must not be made on one system while it lives, or may live, on another. So Cyrus is asked first which mailboxes live there that
are declared for Exchange, where there are any; then Exchange has its turn, and says which live there that are declared for Cyrus; then
Cyrus. The directory comes last, since mail goes to a mailbox as soon as it has an entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, assert_never

from ..systems import SYSTEMS, Backend, System

Result = Mapping[str, Any]
"""What a module returned in this run: with ``failures`` when the server answered, with ``skipped`` when it was not asked."""
ALL = "*"


def held_back(system: System, results: Mapping[System, Result], declared: Collection[Backend]) -> dict[str, str]:
    """The mailboxes, by name, that may not be made on ``system``, and why; ``"*"`` stands for all.

    ``results`` are those of the systems that there is a server of; one that gave no answer has no ``failures``. ``declared`` are the
    backends that the mailboxes of the run are declared for.
    """
    match system:
        case "exchange":
            return _not_known_elsewhere("cyrus", results) if "exchange" in declared else {}
        case "cyrus":
            return _not_known_elsewhere("exchange", results)
        case "directory":
            return _not_on_cyrus(results, declared) | _not_known_elsewhere("exchange", results)
        case _:
            assert_never(system)


def _not_known_elsewhere(asked: Backend, results: Mapping[System, Result]) -> dict[str, str]:
    """What may live on the system that was asked, or could not be done there."""
    result = results.get(asked)
    if result is None or "skipped" in result:
        return {}
    if "failures" not in result:
        return {ALL: f"{SYSTEMS[asked].shown} gave no answer"}
    return {failure["mailbox"]: f"something is wrong with it on {SYSTEMS[asked].shown}" for failure in result["failures"]}


def _not_on_cyrus(results: Mapping[System, Result], declared: Collection[Backend]) -> dict[str, str]:
    """Without a Cyrus server, mailboxes that are declared for it live nowhere, and nobody knows which names are taken there."""
    if "cyrus" in declared and "failures" not in results.get("cyrus", {}):
        return {ALL: "Cyrus gave no answer, or there is no such server"}
    return _not_known_elsewhere("cyrus", results)
