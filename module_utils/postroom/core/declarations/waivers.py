"""Exceptions: rules that one mailbox may break until a date, as its declaration lists them.

A rule can be waived when breaking it harms nobody but its reader. What a finding is about decides as well: an underscore in an address can
be waived, a quotation mark cannot (``UnfiledFinding.waivable``).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ...text import shown
from ..finding import UnfiledFinding
from .declaration import Declaration
from .parse import Path
from .rules import DIRECTORY_RULES, RULES, day

NOTICE = timedelta(days=30)
"""How long before its end an exception is warned of."""
ELSEWHERE = frozenset(
    {"yaml", "address-unique", "exception-impossible", "exception-unused", "exception-ending", "declaration-removed", "file-not-read"}
)
"""Rules that neither the schema nor RULES has."""
WAIVABLE = frozenset({rule.id for rule in RULES if rule.waivable} | {rule for rule, waivable in DIRECTORY_RULES.items() if waivable})
"""Rules of the code that can be waived; the schema says which of its own."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """One item of ``exceptions``. ``path`` is where it stands, ``until`` its last day."""

    path: Path
    rule: str
    until: date


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Which rules there are, and which of them can be waived. Directory rules are only looked at ``with_directory``."""

    rules: frozenset[str]
    waivable: frozenset[str]
    with_directory: bool = False

    @classmethod
    def of(cls, schema_rules: Collection[str], schema_waivable: Collection[str], *, with_directory: bool) -> Rulebook:
        rules = {rule.id for rule in RULES} | DIRECTORY_RULES.keys() | ELSEWHERE | set(schema_rules) | {"schema"}
        return cls(frozenset(rules), WAIVABLE | frozenset(schema_waivable), with_directory)


def waive(declaration: Declaration, findings: Iterable[UnfiledFinding], book: Rulebook, today: date | None) -> Iterator[UnfiledFinding]:
    """The findings that are left when the declaration's exceptions are taken into account, and what is wrong with those.

    ``today`` is the day that exceptions are judged on; without one, none has ended.
    """
    exemptions: dict[str, Exemption] = {}
    for item in _listed(declaration):
        if found := _impossible(item.rule, book):
            yield declaration.document.finding((*item.path, "rule"), "exception-impossible", found)
        elif item.rule not in exemptions or exemptions[item.rule].until < item.until:
            exemptions[item.rule] = item
    used: set[str] = set()
    for finding in findings:
        exemption = exemptions.get(finding.rule)
        if exemption is None:
            yield finding
            continue
        used.add(finding.rule)
        if not finding.waivable:
            yield replace(finding, message=f"{finding.message} (no exception can allow this)")
        elif today and exemption.until < today:
            yield replace(finding, message=f"{finding.message} (the exception for this ended on {exemption.until})")
    for item in exemptions.values():
        yield from _noticed(declaration, item, item.rule in used, book, today)


def _noticed(declaration: Declaration, item: Exemption, is_used: bool, book: Rulebook, today: date | None) -> Iterator[UnfiledFinding]:
    """Warnings about an exception that could be left out, or that ends soon."""
    can_be_judged = book.with_directory or item.rule not in DIRECTORY_RULES
    where = declaration.document.position((*item.path, "rule"))
    if not is_used and can_be_judged:
        message = f"the mailbox keeps the rule {item.rule}, so it needs no exception; take the exception out"
        yield UnfiledFinding(*where, "exception-unused", message, "warning")
    elif today and today <= item.until < today + NOTICE:
        message = f"the exception for {item.rule} ends on {item.until}; mend what breaks the rule, or agree on a later date"
        yield UnfiledFinding(*where, "exception-ending", message, "warning")


def _impossible(rule: str, book: Rulebook) -> str:
    """Why a rule cannot be waived; empty when it can."""
    if rule in book.waivable:
        return ""
    these = f"an exception can be made for {', '.join(sorted(book.waivable))}"
    if rule in book.rules:
        return f"the rule {rule} can never be waived; take the exception out ({these})"
    close = difflib.get_close_matches(rule, book.waivable, n=1)
    return f"there is no rule {shown(rule)}; {f'did you mean {close[0]}?' if close else these}"


def _listed(declaration: Declaration) -> Iterator[Exemption]:
    """The exceptions that have the right form; the schema and the rule about dates tell of the others."""
    for index, item in declaration.exceptions:
        rule, until = item.get("rule"), day(item.get("until"))
        if isinstance(rule, str) and until:
            yield Exemption(("exceptions", index), rule, until)
