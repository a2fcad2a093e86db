"""All declarations into mailboxes and findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ..finding import Finding, UnfiledFinding
from ..model import DirectoryView, Mailbox
from .declaration import Declaration
from .file_names import mailbox_of_file
from .mistakes import mistakes
from .parse import parse
from .rules import RULES, Claim, address_unique, directory_findings
from .schema import MailboxSchema
from .waivers import Rulebook, waive


@dataclass(frozen=True, slots=True)
class Source:
    """A declaration as found on disk: its content, or why it could not be read."""

    file: str
    content: bytes = b""
    unreadable: str = ""


@dataclass(slots=True)
class Validation:
    """``mailboxes`` holds the declarations that have no error, sorted by name; ``findings`` are sorted by file and place; ``names`` are
    the mailboxes that any file declares, with or without errors, or is named after where it says none."""

    files: list[str] = field(default_factory=list)
    mailboxes: list[Mailbox] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    names: frozenset[str] = frozenset()

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings about files that are not there any more."""
        for finding in findings:
            self.findings.append(finding)
            self.files.append(finding.file)
        self.findings.sort()

    @property
    def checked(self) -> int:
        return len(self.files)

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of one declaration by itself: ``mailbox`` is there when it has no error, ``claim`` when it has an address."""

    file: str
    findings: tuple[Finding, ...]
    claim: Claim | None = None
    mailbox: Mailbox | None = None


def check(source: Source, schema: MailboxSchema, view: DirectoryView | None = None, today: date | None = None) -> Checked:
    """Check one declaration against the schema and the rules; with ``view``, against the directory's rules too. ``today`` is the day
    that its exceptions are judged on; without one, none has ended."""
    if source.unreadable:
        return Checked(source.file, (Finding(source.file, 1, 1, "yaml", "error", source.unreadable),))
    declaration = Declaration(source.file, parse(source.content))
    findings = tuple(finding.within(source.file) for finding in _findings(declaration, schema, view, today))
    mailbox = None
    if not any(finding.severity == "error" for finding in findings):
        mailbox = Mailbox.from_declaration(declaration.document.value, source.file, schema.defaults)
    return Checked(source.file, findings, Claim.of(declaration), mailbox)


def conclude(checked: Iterable[Checked], unread: Iterable[Finding] = ()) -> Validation:
    """Bring the declarations together: what only shows between them, and everything in order. ``unread`` are findings about other files."""
    result = Validation()
    claims: list[Claim] = []
    unclear: set[str] = set()
    mailboxes: list[Mailbox] = []
    for one in checked:
        result.files.append(one.file)
        result.findings += one.findings
        if one.claim:
            claims.append(one.claim)
        else:  # it is refused anyway, and what cannot be read is most likely what its name says
            unclear.add(mailbox_of_file(one.file.rpartition("/")[2]))
        mailboxes += [one.mailbox] if one.mailbox else []
    result.names = frozenset(claim.key.partition("@")[0] for claim in claims) | unclear
    result.findings += [*address_unique(claims), *unread]
    result.findings.sort()
    in_error = {finding.file for finding in result.findings if finding.severity == "error"}
    result.mailboxes = sorted((mailbox for mailbox in mailboxes if mailbox.file not in in_error), key=lambda mailbox: mailbox.name)
    return result


def validate(sources: Iterable[Source], schema: MailboxSchema, view: DirectoryView | None = None, today: date | None = None) -> Validation:
    return conclude(check(source, schema, view, today) for source in sources)


def _findings(declaration: Declaration, schema: MailboxSchema, view: DirectoryView | None, today: date | None) -> Iterable[UnfiledFinding]:
    found: Iterable[UnfiledFinding] = all_findings(declaration, schema, view)
    if declaration.exceptions:
        found = waive(declaration, found, Rulebook.of(schema.rules, schema.waivable, with_directory=view is not None), today)
    return _without_follow_ups(found)


def all_findings(declaration: Declaration, schema: MailboxSchema, view: DirectoryView | None = None) -> Iterator[UnfiledFinding]:
    """What breaks a rule, whether or not an exception allows it."""
    document = declaration.document
    yield from document.findings
    if document.value is None:
        return
    if not schema.is_valid(document.value):
        yield from mistakes(document, schema, view)
        document.uncertain.update(declaration.todos)
        yield from schema.findings(document)
    told = document.uncertain.difference(declaration.todos)
    for rule in RULES:
        yield from rule.findings(declaration, told)
    if view:
        yield from directory_findings(declaration, view, told)


def _without_follow_ups(findings: Iterable[UnfiledFinding]) -> list[UnfiledFinding]:
    """What is said of an address that has to be changed anyway, such as how its file is to be called, is left out."""
    found = list(findings)
    changed = any(finding.rule in ADDRESS_CHANGES and finding.severity == "error" for finding in found)
    return [finding for finding in found if finding.rule not in FOLLOWS_THE_ADDRESS] if changed else found


ADDRESS_CHANGES = {"address-length", "address-characters", "address-first-letter", "address-dots", "address-reserved"}
FOLLOWS_THE_ADDRESS = {"file-name", "hard-to-type", "likely-abbreviation"}


def names_of(only: Iterable[str] | None) -> frozenset[str]:
    """The mailbox names that ``only`` stands for: names or addresses, in any letter case; none for None, which stands for all.

    Raises ValueError when it was given and names nothing: whoever meant a few must not get all.
    """
    names = frozenset(name.strip().lower().partition("@")[0] for name in only or () if name.strip())
    if only is not None and not names - {""}:
        raise ValueError("only= names no mailbox; name one, as in -e only=labo.info, or leave only= out for all")
    return names


def require_all(mailboxes: Iterable[Mailbox], names: frozenset[str]) -> None:
    """Raises ValueError when a name was asked for that no declaration has."""
    if unknown := names - {mailbox.name for mailbox in mailboxes}:
        raise ValueError(f"only= names {', '.join(sorted(unknown))}, which no declaration has")
