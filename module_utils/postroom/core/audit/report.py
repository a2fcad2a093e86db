"""What an audit found, for the terminal, as Markdown, as JUnit XML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from ...text import MAXIMUM, cell, printable
from .kinds import RULES, SEVERITIES

Document = Mapping[str, Any]
MAXIMUM_LINES = 200
"""Findings that a terminal shows; all are in the files."""


def fails(document: Document, fail_on: str) -> bool:
    """Whether there is a finding as weighty as ``fail_on``, which is a severity or ``never``."""
    weighty = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return any(document["summary"][severity] for severity in weighty)


def as_json(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_text(document: Document) -> str:
    """A line for each finding, how many there are of each kind, and the counts."""
    findings = document["findings"]
    lines = [printable(_line(finding)) for finding in findings[:MAXIMUM_LINES]]
    if len(findings) > MAXIMUM_LINES:
        lines.append(f"... and {len(findings) - MAXIMUM_LINES} more; audit.md and audit.json have all")
        lines += [f"{number:6} {rule}" for rule, number in document["summary"]["by_id"].items()]
    lines += [printable(document["note"])] if document["note"] else []
    return "\n".join([*lines, _counts(document)])


def _line(finding: Mapping[str, Any]) -> str:
    who = f" ({_author(finding)})" if finding["author"] else ""
    about = f"{finding['mailbox'] or finding['server']} on {finding['system']}"
    return f"{finding['severity']} {finding['id']}: {about}: {finding['message']}{_at(finding)}{who}"


def _at(finding: Mapping[str, Any]) -> str:
    return f"; {finding['file']}{':' + str(finding['line']) if finding['line'] else ''}" if finding["file"] else ""


def _author(finding: Mapping[str, Any]) -> str:
    """Who wrote the declaration, which says nothing of who changed the server."""
    approved = f", approved by {finding['approved_by']}" if finding["approved_by"] else ""
    return f"declared since {finding['date']}, written by {finding['author']}: {finding['subject']}{approved}"


def _counts(document: Document) -> str:
    summary = document["summary"]
    return f"{summary['mailboxes']} mailboxes audited: " + ", ".join(f"{summary[severity]} {severity}" for severity in SEVERITIES)


def as_markdown(document: Document) -> str:
    """``audit.md``: the counts, what to do about each kind, and a table of the findings of each."""
    parts = [f"# Audit of {_time(document['generated'])}", _counts(document) + ".", _servers(document["servers"])]
    parts += ["Who wrote a declaration is whom to ask about it; who changed a server is not known."]
    parts += [f"The repository was at {document['commit'][:12]}."] if document["commit"] else []
    parts += [cell(document["note"])] if document["note"] else []
    length = sum(map(len, parts))
    for rule in (RULES[found] for found in RULES if found in document["summary"]["by_id"]):
        rows = "\n".join(_row(finding) for finding in document["findings"] if finding["id"] == rule.id)
        title = f"## {rule.severity}: {rule.id} ({document['summary']['by_id'][rule.id]})"
        head = "| mailbox | on | what | file | since when it is declared, who wrote and approved that |\n| --- | --- | --- | --- | --- |"
        part = f"{title}\n\n{rule.title}: {rule.action}.\n\n{head}\n{rows}"
        length += len(part)
        if length > MAXIMUM:
            parts.append("The rest is too long to show; see audit.json.")
            break
        parts.append(part)
    return "\n\n".join(parts) + "\n"


def _time(iso: str) -> str:
    return f"{iso[:16].replace('T', ' ')} UTC"


def _servers(answers: Iterable[Mapping[str, Any]]) -> str:
    """Each server that was asked, and whether it answered."""
    lines = ["| server | on | answer |\n| --- | --- | --- |"]
    for one in answers:
        answer = "answered" if one["answered"] else f"NO ANSWER: {one['message']}"
        lines.append(f"| {cell(one['server'])} | {cell(one['system'])} | {cell(answer)} |")
    return "\n".join(lines) if len(lines) > 1 else "No server was asked."


def _row(finding: Mapping[str, Any]) -> str:
    who = _author(finding) if finding["author"] else ""
    values = (finding["mailbox"], finding["system"], finding["message"], _at(finding).removeprefix("; "), who)
    return "| " + " | ".join(cell(value) for value in values) + " |"


def as_junit(document: Document) -> str:
    """``audit-junit.xml``: a test case for each server and each mailbox, failed when it has errors; the rest is its output."""
    by_mailbox: dict[str, list[Mapping[str, Any]]] = {mailbox["name"]: [] for mailbox in document["mailboxes"]}
    servers: dict[str, list[Mapping[str, Any]]] = {f"{one['system']} {one['server']}": [] for one in document["servers"]}
    for finding in document["findings"]:
        where, name = (by_mailbox, finding["mailbox"]) if finding["mailbox"] else (servers, f"{finding['system']} {finding['server']}")
        where.setdefault(name, []).append(finding)
    root = ElementTree.Element("testsuites")
    for name, cases in (("servers", servers), ("mailboxes", by_mailbox)):
        failed = sum(any(finding["severity"] == "error" for finding in found) for found in cases.values())
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(cases)), failures=str(failed), errors="0")
        for case, found in cases.items():
            _case(suite, name, case, found)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, kind: str, name: str, found: Iterable[Mapping[str, Any]]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=kind, name=printable(name))
    errors = [finding for finding in found if finding["severity"] == "error"]
    if errors:
        failure = ElementTree.SubElement(case, "failure", type=errors[0]["id"], message=printable(errors[0]["message"]))
        failure.text = "\n".join(printable(_line(finding)) for finding in errors)
    if others := [printable(_line(finding)) for finding in found if finding["severity"] != "error"]:
        ElementTree.SubElement(case, "system-out").text = "\n".join(others)
