"""The arguments that modules share, one file for each thing they describe: only what a module needs is shipped with it.

How a server is reached, and what its mailboxes follow, is one dictionary for each system: ``CYRUS``, ``EXCHANGE`` and ``DIRECTORY``. Their
defaults are here and nowhere else; ``doc_fragments/`` documents the keys, and a test compares the two.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, dict[str, Any]]


def required(argument: dict[str, Any]) -> dict[str, Any]:
    """The argument, where a module cannot do without."""
    return {**argument, "required": True}


def defaults(argument: dict[str, Any]) -> dict[str, Any]:
    """What the keys of a dictionary argument are where nobody gave them."""
    return {name: option.get("default") for name, option in argument["options"].items()}
