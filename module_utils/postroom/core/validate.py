"""All declarations into mailboxes and findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .finding import Fault, Finding
from .model import DirectoryView, Mailbox
from .parse import parse
from .rules import RULES, Claim, Declaration, address_unique, directory_faults
from .schema import MailboxSchema


@dataclass(frozen=True, slots=True)
class Source:
    """A declaration as found on disk: its content, or why it could not be read."""

    file: str
    content: bytes = b""
    unreadable: str = ""


@dataclass(slots=True)
class Validation:
    """``mailboxes`` holds the declarations that have no error, sorted by name; ``findings`` are sorted by file and place."""

    files: list[str] = field(default_factory=list)
    mailboxes: list[Mailbox] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def checked(self) -> int:
        return len(self.files)

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


def validate(sources: Iterable[Source], schema: MailboxSchema, view: DirectoryView | None = None) -> Validation:
    """Check every declaration against the schema and the rules; with ``view``, against the directory's rules too."""
    result = Validation()
    claims: list[Claim] = []
    for source in sources:
        result.files.append(source.file)
        if source.unreadable:
            result.findings.append(Finding(source.file, 1, 1, "yaml", "error", source.unreadable))
            continue
        declaration = Declaration(source.file, parse(source.content))
        faults = list(_faults(declaration, schema, view))
        result.findings += [fault.within(source.file) for fault in faults]
        if claim := Claim.of(declaration):
            claims.append(claim)
        if not any(fault.severity == "error" for fault in faults):
            result.mailboxes.append(Mailbox.from_declaration(declaration.document.value, source.file, schema.defaults))
    result.findings += address_unique(claims)
    result.findings.sort()
    in_error = {finding.file for finding in result.findings if finding.severity == "error"}
    result.mailboxes = sorted((box for box in result.mailboxes if box.file not in in_error), key=lambda box: box.name)
    return result


def _faults(declaration: Declaration, schema: MailboxSchema, view: DirectoryView | None) -> Iterator[Fault]:
    document = declaration.document
    yield from document.faults
    if document.value is None:
        return
    yield from schema.faults(document)
    for rule in RULES:
        yield from rule.faults(declaration)
    if view:
        yield from directory_faults(declaration, view)


def names_of(only: Iterable[str]) -> frozenset[str]:
    """The mailbox names that ``only`` stands for: names or addresses, in any letter case."""
    return frozenset(name.strip().lower().partition("@")[0] for name in only if name.strip())


def require_all(mailboxes: Iterable[Mailbox], names: frozenset[str]) -> None:
    """Raises ValueError when a name was asked for that no declaration has."""
    if unknown := names - {mailbox.name for mailbox in mailboxes}:
        raise ValueError(f"only= names {', '.join(sorted(unknown))}, which no declaration has")
