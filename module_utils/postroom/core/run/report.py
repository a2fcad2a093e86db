"""A plan as JSON, as Markdown for a merge request, and as the diff that Ansible shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...text import cell, printable
from ..systems import SYSTEMS

Document = Mapping[str, Any]

_SIGNS = {"create": "+", "update": "~", "retire": "-", "adopt": "="}
MAXIMUM_MARKDOWN = 900_000
"""Characters; GitLab refuses a comment of more than a million."""


def as_json(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_diff(changes: Iterable[Document]) -> list[dict[str, str]]:
    """For ``--diff``: a before and an after for each change."""
    return [
        {
            "before_header": f"{change['mailbox']} on {change['system']}",
            "after_header": f"{change['mailbox']} on {change['system']}",
            "before": _lines(change, "before"),
            "after": _lines(change, "after"),
        }
        for change in changes
    ]


def _lines(change: Document, side: str) -> str:
    return "".join(f"{detail['field']}: {detail[side]}\n" for detail in change["details"] if detail[side] is not None)


def as_markdown(document: Document, failures: Sequence[Document] = ()) -> str:
    """A comment for a merge request: the counts, what cannot be done, then each mailbox with its changes and its commands."""
    counts = document["summary"]
    headline = ", ".join(f"{counts[action]} to {action}" for action in _SIGNS if counts.get(action))
    parts = [f"## Plan: {headline or 'nothing to change'}", f"{counts['unchanged']} mailboxes stay as they are."]
    if document["refusals"]:
        parts += ["### Apply would refuse this plan", "\n".join(f"- {_cell(reason)}" for reason in document["refusals"])]
    if failures:
        lines = [f"- **{_cell(failure['mailbox'] or failure['system'])}**: {_cell(_failure_in_words(failure))}" for failure in failures]
        parts += ["### Cannot be done", "\n".join(lines)]
    length = sum(map(len, parts))
    for change in document["changes"]:
        part = _change(change)
        length += len(part)
        if length > MAXIMUM_MARKDOWN:
            parts.append("The rest is too long for a comment; see plan.json.")
            break
        parts.append(part)
    return "\n\n".join(parts) + f"\n\n<sub>{document['digest']}</sub>\n"


def _change(change: Document) -> str:
    title = f"### {_SIGNS[change['action']]} {change['mailbox']}: {change['action']} {SYSTEMS[change['system']].place}"
    rows = [f"| {_cell(detail['field'])} | {_cell(detail['before'])} | {_cell(detail['after'])} |" for detail in change["details"]]
    table = "\n".join(["| what | now | then |", "| --- | --- | --- |", *rows])
    commands = "\n".join(change["commands"])
    fence = "`" * max(3, 1 + _longest_run(commands))
    return f"{title}\n\n{table}\n\n<details><summary>Commands</summary>\n\n{fence}\n{commands}\n{fence}\n\n</details>"


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def _cell(value: object) -> str:
    return cell(_word(value))


def as_text(document: Document, failures: Sequence[Document] = ()) -> str:
    """A line for each change and failure, and the counts: what a person reads in the terminal."""
    lines = [f"{_SIGNS[change['action']]} {change['mailbox']} on {change['system']}: {_in_short(change)}" for change in document["changes"]]
    lines += [f"! {failure['mailbox']} on {failure['system']} ({failure['server']}): {_failure_in_words(failure)}" for failure in failures]
    lines += [f"refused: {reason}" for reason in document["refusals"]]
    counts = ", ".join(f"{number} {action}" for action, number in document["summary"].items())
    return "\n".join([*map(printable, lines), f"{counts}, {len({failure['mailbox'] for failure in failures})} failed"])


def _failure_in_words(failure: Document) -> str:
    return f"{failure['message']}, in answer to {failure['command']}" if failure.get("command") else str(failure["message"])


def _in_short(change: Document) -> str:
    if change["action"] == "create":
        return "create"
    details = [f"{detail['field']}: {_word(detail['before'])} -> {_word(detail['after'])}" for detail in change["details"]]
    return "; ".join(details[:5]) + (f"; and {len(details) - 5} more" if len(details) > 5 else "")


def _word(value: object) -> str:
    return "nothing" if value is None else str(value)
