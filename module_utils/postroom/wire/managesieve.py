"""ManageSieve commands into bytes, and answers into dataclasses (RFC 5804)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..text import printable


class Secret(str):
    """An argument that is sent, and never shown."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``str()`` gives what an administrator would type."""

    verb: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ("********" if isinstance(one, Secret) else printable(_escaped(one)) for one in self.arguments)
        return " ".join([self.verb, *(f'"{one}"' for one in shown)])

    def encode(self) -> bytes:
        """The bytes to send. Raises ValueError for an argument with CR, LF or NUL, which no script's name may have (section 1.6)."""
        return b" ".join([self.verb.encode(), *map(_encoded, self.arguments)]) + b"\r\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _encoded(argument: str) -> bytes:
    if any(char in argument for char in "\r\n\0"):
        raise ValueError(f"{argument!r} has a line break or a NUL, which ManageSieve cannot carry in a name")
    return f'"{_escaped(argument)}"'.encode("utf-8", "surrogateescape")


def authenticate(user: str, password: str, on_behalf_of: str = "") -> Command:
    """SASL PLAIN with its first answer (RFC 4616); ``on_behalf_of`` is the user to act as."""
    token = base64.b64encode(f"{on_behalf_of}\0{user}\0{password}".encode()).decode()
    return Command("AUTHENTICATE", ("PLAIN", Secret(token)))


def get_script(name: str) -> Command:
    return Command("GETSCRIPT", (name,))


def set_active(name: str) -> Command:
    """The empty name leaves no script active (section 2.8)."""
    return Command("SETACTIVE", (name,))


def delete_script(name: str) -> Command:
    return Command("DELETESCRIPT", (name,))


@dataclass(frozen=True, slots=True)
class Response:
    """The last line of an answer: ``status`` is OK, NO or BYE; ``code`` such as ``NONEXISTENT``; ``text`` is for people."""

    status: str
    code: str = ""
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.status == "OK"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of data: its strings, and the atoms behind them, such as ACTIVE."""

    strings: tuple[bytes, ...]
    atoms: tuple[str, ...] = ()


_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|\{(\d+)\+?\}\r?\n|([()])|([^\s()"{]+)', re.DOTALL)
_LITERAL_FOLLOWS = re.compile(rb"\{(\d{1,15})\+?\}\r?\n\Z")


def literal_length(line: bytes) -> int | None:
    """How many bytes of a literal follow this line, None when the line ends."""
    found = _LITERAL_FOLLOWS.search(line[-24:])
    return int(found[1]) if found else None


def parse_line(data: bytes) -> Response | Line:
    """Parse one line, its literals included. Raises ValueError when it is none."""
    tokens = list(_tokens(data))
    if tokens and tokens[0] in ("OK", "NO", "BYE"):
        code, text = tokens[1:], ""
        if code and isinstance(code[-1], bytes):
            text = " ".join(code.pop().decode("utf-8", "replace").split())  # type: ignore[union-attr]
        return Response(str(tokens[0]), " ".join(_as_text(one) for one in code if one not in ("(", ")")), text)
    strings = tuple(token for token in tokens if isinstance(token, bytes))
    if not strings:
        raise ValueError(f"neither an answer nor a string: {data[:80]!r}")
    return Line(strings, tuple(token.upper() for token in tokens if isinstance(token, str)))


def _as_text(token: str | bytes) -> str:
    return token.decode("utf-8", "replace") if isinstance(token, bytes) else token


def _tokens(data: bytes) -> Iterator[str | bytes]:
    """Strings as bytes, everything else as text."""
    position = 0
    while position < len(data):
        if data[position : position + 1].isspace():
            position += 1
            continue
        found = _TOKEN.match(data, position)
        if not found:
            raise ValueError(f"what is this: {data[position : position + 40]!r}")
        position = found.end()
        quoted, length, bracket, atom = found.groups()
        if length is not None:
            end = position + int(length)
            if end > len(data):
                raise ValueError("a literal is shorter than announced")
            yield data[position:end]
            position = end
        elif quoted is not None:
            yield re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL)
        else:
            yield (bracket or atom).decode("ascii", "replace")


def capabilities(lines: Iterable[Line]) -> dict[str, str]:
    """The greeting, and what follows STARTTLS (section 1.7), by name in capitals."""
    found = {}
    for line in lines:
        name, *values = (one.decode("utf-8", "replace") for one in line.strings)
        found[name.upper()] = " ".join(values)
    return found


def scripts(lines: Iterable[Line]) -> dict[str, bool]:
    """LISTSCRIPTS (section 2.7): the names, and whether each is active. A name that is not UTF-8 goes back as it came."""
    return {line.strings[0].decode("utf-8", "surrogateescape"): "ACTIVE" in line.atoms for line in lines}
