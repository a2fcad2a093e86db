"""IMAP commands into bytes, and replies into dataclasses (RFC 9051, with ACL RFC 4314, QUOTA RFC 9208, METADATA RFC 5464).

Every string is sent quoted or as a non-synchronizing literal (RFC 7888), never as a bare atom, so that no name can be taken for
syntax. Mailbox names stay in modified UTF-7, as they are on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..text import printable


class Atom(str):
    """Syntax that is sent as it stands: a keyword, a number, a flag."""

    __slots__ = ()


class Secret(Atom):
    """An atom that is sent, and never shown."""

    __slots__ = ()


SPECIAL_USES = frozenset({"\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Important", "\\Junk", "\\Sent", "\\Trash"})
"""RFC 6154, section 2, and RFC 8457."""

Argument = str | tuple["Argument", ...]
Token = str | None | list["Token"]


@dataclass(frozen=True, slots=True)
class Command:
    """One IMAP command about one mailbox. ``str()`` gives what an administrator would type after the tag."""

    verb: str
    arguments: tuple[Argument, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.verb, *map(_typed_by_hand, self.arguments)])

    def encode(self, tag: str) -> bytes:
        """The bytes to send. Raises ValueError for a string with CR, LF or NUL, which no name or value of ours may have."""
        return b" ".join([tag.encode(), self.verb.encode(), *map(_encode, self.arguments)]) + b"\r\n"


def _encode(argument: Argument) -> bytes:
    if isinstance(argument, tuple):
        return b"(" + b" ".join(map(_encode, argument)) + b")"
    if any(char in argument for char in "\r\n\0"):
        raise ValueError(f"{argument!r} has a line break or a NUL, which IMAP cannot carry in a string")
    if isinstance(argument, Atom):
        return argument.encode("ascii")
    raw = argument.encode("utf-8", "surrogateescape")  # as it was read, see _tokens
    if argument.isascii():
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d+}\r\n%s" % (len(raw), raw)


def _typed_by_hand(argument: Argument) -> str:
    if isinstance(argument, tuple):
        return f"({' '.join(map(_typed_by_hand, argument))})"
    if isinstance(argument, Atom):
        return "********" if isinstance(argument, Secret) else argument
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def list_mailboxes(*patterns: str) -> Command:
    """The mailboxes that match any pattern (RFC 5258). The server looks through all it has, whatever the number of patterns."""
    return Command("LIST", ("", patterns if len(patterns) > 1 else patterns[0]))


def create(mailbox: str, special_use: str | None = None) -> Command:
    """CREATE, with the USE parameter of RFC 6154 when a special use such as ``\\Sent`` is given."""
    return Command("CREATE", (mailbox, (Atom("USE"), (Atom(special_use),))) if special_use else (mailbox,))


def rename(mailbox: str, new_name: str) -> Command:
    return Command("RENAME", (mailbox, new_name))


def get_acl(mailbox: str) -> Command:
    return Command("GETACL", (mailbox,))


def set_acl(mailbox: str, identifier: str, rights: str) -> Command:
    return Command("SETACL", (mailbox, identifier, rights))


def delete_acl(mailbox: str, identifier: str) -> Command:
    return Command("DELETEACL", (mailbox, identifier))


def list_rights(mailbox: str, identifier: str) -> Command:
    return Command("LISTRIGHTS", (mailbox, identifier))


def get_quota(root: str) -> Command:
    return Command("GETQUOTA", (root,))


def set_quota(root: str, storage_kib: int) -> Command:
    return Command("SETQUOTA", (root, (Atom("STORAGE"), Atom(str(storage_kib)))))


def get_metadata(mailbox: str, entry: str) -> Command:
    return Command("GETMETADATA", (mailbox, (entry,)))


def set_metadata(mailbox: str, entry: str, value: str | None) -> Command:
    """SETMETADATA; None removes the value. The mailbox ``""`` is the server itself."""
    return Command("SETMETADATA", (mailbox, (entry, Atom("NIL") if value is None else value)))


LAST_UPDATE_ENTRY = "/shared/vendor/cmu/cyrus-imapd/lastupdate"
"""When anything about a mailbox last changed: a message that came, was read, filed or removed (cyrusimap.org, "Mailbox annotations")."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_TIME = re.compile(r"\s*(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")


def iso_time(date_time: str) -> str | None:
    """An IMAP date-time (RFC 9051), which has the server's own zone, as ISO 8601 in UTC; None for anything else."""
    if not (found := _DATE_TIME.fullmatch(date_time)):
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    try:  # not strptime, which knows the months of the locale only
        there = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return f"{there - ahead if sign == '+' else there + ahead:%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Completion:
    """A tagged reply: ``status`` is OK, NO or BAD; ``text`` is the server's, response code included."""

    tag: str
    status: str
    text: str

    @property
    def ok(self) -> bool:
        return self.status == "OK"


@dataclass(frozen=True, slots=True)
class Untagged:
    """An untagged reply: its keyword and the tokens behind it. Parenthesised lists are nested; NIL is None."""

    keyword: str
    tokens: list[Token]


@dataclass(frozen=True, slots=True)
class ListReply:
    mailbox: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AclReply:
    """``rights`` by identifier, as the server spells both."""

    mailbox: str
    rights: dict[str, str]


@dataclass(frozen=True, slots=True)
class ListRightsReply:
    """``required`` are the rights that an identifier always has, whatever is set; Cyrus gives the implicit ones of the owner there."""

    mailbox: str
    identifier: str
    required: str


@dataclass(frozen=True, slots=True)
class QuotaReply:
    """``storage_kib`` is the limit, None when storage is not limited; ``used_kib`` is what is in use."""

    root: str
    used_kib: int | None
    storage_kib: int | None


@dataclass(frozen=True, slots=True)
class MetadataReply:
    mailbox: str
    values: dict[str, str | None]


Reply = ListReply | AclReply | ListRightsReply | QuotaReply | MetadataReply | Untagged | Completion

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|([()])|~?\{(\d+)\}\r\n|([^\s()"{]+(?:\{[^\s()"]*)?)')
_LITERAL_FOLLOWS = re.compile(rb"\{(\d+)\+?\}\r?\n\Z")
_ESCAPE = re.compile(r"\\(.)")


def literal_length(line: bytes) -> int | None:
    """How many bytes of a literal follow this line, None when the line ends the reply."""
    found = _LITERAL_FOLLOWS.search(line[-24:])
    return int(found[1]) if found else None


def parse_reply(data: bytes) -> Reply:
    """Parse one whole reply, its literals included. Raises ValueError when it is not one."""
    tag, _, rest = data.partition(b" ")
    word, _, after = rest.partition(b" ")
    if tag not in (b"*", b"+") and word.upper() in (b"OK", b"NO", b"BAD"):
        return Completion(tag.decode("ascii", "replace"), word.decode().upper(), after.decode("utf-8", "replace").strip())
    keyword = word.decode("ascii", "replace").strip().upper()
    if tag == b"+":
        return Untagged("+", [rest.decode("utf-8", "replace").strip()])
    if keyword in ("OK", "NO", "BAD", "BYE", "PREAUTH"):
        return Untagged(keyword, [after.decode("utf-8", "replace").strip()])
    return _typed(Untagged(keyword, list(_nested(_tokens(after)))))


def _typed(reply: Untagged) -> Reply:
    match reply:
        case Untagged("LIST" | "LSUB", [list(flags), _, str(mailbox), *_]):
            return ListReply(mailbox, tuple(flag for flag in flags if isinstance(flag, str)))
        case Untagged("ACL", [str(mailbox), *entries]):
            return AclReply(mailbox, dict(_pairs(entries)))
        case Untagged("LISTRIGHTS", [str(mailbox), str(identifier), str(required), *_]):
            return ListRightsReply(mailbox, identifier, required)
        case Untagged("QUOTA", [str(root), list(resources)]):
            return _quota(root, resources)
        case Untagged("METADATA", [str(mailbox), list(entries)]):
            return MetadataReply(mailbox, _values(entries))
    return reply


def _quota(root: str, resources: list[Token]) -> QuotaReply:
    for name, used, limit in zip(resources[::3], resources[1::3], resources[2::3], strict=False):
        if isinstance(name, str) and name.upper() == "STORAGE" and isinstance(used, str) and isinstance(limit, str):
            return QuotaReply(root, int(used), int(limit))
    return QuotaReply(root, None, None)


def _pairs(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for name, value in zip(tokens[::2], tokens[1::2], strict=False):
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _values(tokens: list[Token]) -> dict[str, str | None]:
    pairs = zip(tokens[::2], tokens[1::2], strict=False)
    return {name: value for name, value in pairs if isinstance(name, str) and not isinstance(value, list)}


def _tokens(data: bytes) -> Iterator[str | None]:
    """Quoted strings, literals and atoms as text, parentheses as Atom."""
    position = 0
    while found := _TOKEN.search(data, position):
        position = found.end()
        quoted, parenthesis, literal, atom = found.groups()
        if quoted is not None:
            text = quoted.decode("utf-8", "surrogateescape")
            yield _ESCAPE.sub(r"\1", text) if "\\" in text else text
        elif parenthesis is not None:
            yield Atom(parenthesis.decode())
        elif literal is not None:
            end = position + int(literal)
            if end > len(data):
                raise ValueError("the reply ends within a literal")
            yield data[position:end].decode("utf-8", "surrogateescape")
            position = end
        else:
            yield None if atom == b"NIL" else atom.decode("utf-8", "surrogateescape")


def _nested(tokens: Iterable[str | None]) -> Iterator[Token]:
    stack: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Atom):
            if token.startswith("("):
                stack.append([])
                continue
            if len(stack) == 1:
                raise ValueError("the reply closes a parenthesis that it did not open")
            closed = stack.pop()
            stack[-1].append(closed)
        else:
            stack[-1].append(token)
    if len(stack) != 1:
        raise ValueError("the reply does not close a parenthesis")
    yield from stack[0]
