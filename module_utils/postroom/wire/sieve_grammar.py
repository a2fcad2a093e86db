"""The grammar of Sieve (RFC 5228, section 8), of any command: which arguments fit is the server's to check, and was checked when the
script was stored.

Where RFC 5228 and the server read the same bytes as different tokens, what follows may be a command for one and a comment for the other.
Tokens are then made as Cyrus makes them (3.6 to 3.12), and the place is kept: nothing behind it is known for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["identifier", "tag", "number", "string", "mark"]


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is as it is written, of a string its characters. ``start`` counts characters from 0."""

    kind: Kind
    text: str
    start: int


@dataclass(slots=True)
class Command:
    """A command, or a test. ``arguments`` in their order: tags, numbers, strings, and lists of strings. ``block`` is None where a
    semicolon ended it; a test has none."""

    name: str
    line: int
    arguments: list[Token | list[str]] = field(default_factory=list)
    tests: list[Command] = field(default_factory=list)
    block: list[Command] | None = None


_SPACE = re.compile(r"[ \t\r\n]+|#[^\n]*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Cyrus takes stars two by two: a comment that ends in two of them ends at the next end there is, if there is one.
_COMMENT_IN_CYRUS = re.compile(r"/\*(?:[^*]|\*[^/])*\*?\*/")
_TEXT = re.compile(r"text:[ \t]*(?:#[^\r\n]*)?\r?\n", re.IGNORECASE)
_TEXT_IN_CYRUS = re.compile(r"text:[ \t]*(?:#[^\n]*)?(?:\r\n|\r|\n)", re.IGNORECASE)
_TEXT_END = re.compile(r"(?<=\n)\.\r?\n")
_TEXT_END_IN_CYRUS = re.compile(r"(?<=\n)\.(?:\r\n|\r|\n)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_TOKEN = re.compile(
    r"(?P<identifier>[A-Za-z_][A-Za-z0-9_]*)|(?P<tag>:[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9]+[KMGkmg]?)|(?P<mark>[][(){},;])"
)
# After these Cyrus looks for a string of its own kind, which knows no backslash, and for no comment.
_WORD_FOLLOWS = re.compile(r":(comparator|count|value|importance)", re.IGNORECASE)
_WORD = re.compile(r'[ \t\r\n]*"[^"\\]*"')


class Tokens:
    """The tokens of a script. ``certain_to`` is where the server may begin to read other tokens, in characters; None for nowhere. It is
    known when all have been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.certain_to: int | None = None

    def __iter__(self) -> Iterator[Token]:
        """Raises ValueError, with the line, where there is no token."""
        position = 0
        while position < len(self.text):
            if space := _SPACE.match(self.text, position):
                position = space.end()
            elif self.text.startswith("/*", position):
                position = self._agreed(position, _COMMENT.match(self.text, position), _COMMENT_IN_CYRUS.match(self.text, position))
            elif header := _TEXT_IN_CYRUS.match(self.text, position):
                end, string = self._multiline(position, header)
                yield Token("string", string, position)
                position = end
            elif quoted := _QUOTED.match(self.text, position):
                yield Token("string", re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL), position)
                position = quoted.end()
            elif found := _TOKEN.match(self.text, position):
                yield Token(found.lastgroup, found[0], position)  # type: ignore[arg-type]  # the names of the groups
                self._look_for_word(found)
                position = found.end()
            else:
                raise ValueError(f"line {self.line(position)}: what is this: {self.text[position : position + 20]!r}")

    def line(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1

    def _agreed(self, start: int, by_rule: re.Match[str] | None, in_cyrus: re.Match[str] | None) -> int:
        """Where a token ends in Cyrus."""
        if in_cyrus is None:
            raise ValueError(f"line {self.line(start)}: what begins here has no end")
        if by_rule is None or by_rule.end() != in_cyrus.end():
            self._doubt(start)
        return in_cyrus.end()

    def _multiline(self, start: int, header: re.Match[str]) -> tuple[int, str]:
        self._agreed(start, _TEXT.match(self.text, start), header)
        last = _TEXT_END_IN_CYRUS.search(self.text, header.end())
        end = self._agreed(start, _TEXT_END.search(self.text, header.end()), last)
        lines = self.text[header.end() : last.start() if last else end].split("\n")
        return end, "\n".join(line[1:] if line.startswith("..") else line for line in lines)

    def _look_for_word(self, found: re.Match[str]) -> None:
        tag = _WORD_FOLLOWS.match(found[0])
        if tag and (tag.end() != len(found[0]) or not _WORD.match(self.text, found.end())):
            self._doubt(found.start())

    def _doubt(self, start: int) -> None:
        self.certain_to = start if self.certain_to is None else self.certain_to


class _Builder:
    """Commands from tokens, without recursion: a script may nest deeper than Python does."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.top: list[Command] = []
        self.blocks = [self.top]
        self.path: list[Command] = []
        """The command that is being read, its test, the test of that, and so on; arguments belong to the last."""
        self.brackets: list[int] = []
        """How long the path was where each list of tests began."""
        self.strings: list[str] | None = None
        """The list of strings that is being read."""
        self.after_string = False

    def build(self) -> list[Command]:
        for token in self.tokens:
            if self.strings is not None:
                self._in_list(token, self.strings)
            elif token.kind == "mark":
                self._mark(token)
            elif token.kind == "identifier":
                self._name(token)
            else:
                self._last(token).arguments.append(token)
        if self.path or self.strings is not None or len(self.blocks) > 1:
            raise ValueError("the last command has no end")
        return self.top

    def _last(self, token: Token) -> Command:
        """What an argument or a test belongs to."""
        if not self.path or (self.path[-1].tests and not (self.brackets and self.brackets[-1] == len(self.path))):
            raise self._unexpected(token)
        return self.path[-1]

    def _name(self, token: Token) -> None:
        command = Command(token.text.lower(), self.tokens.line(token.start))
        if self.path:
            self._last(token).tests.append(command)
        else:
            self.blocks[-1].append(command)
        self.path.append(command)

    def _in_list(self, token: Token, strings: list[str]) -> None:
        if token.kind == "string" and not self.after_string:
            strings.append(token.text)
        elif token.text == "]" and token.kind == "mark":
            self.strings = None
        elif not (token.text == "," and token.kind == "mark" and self.after_string):
            raise self._unexpected(token)
        self.after_string = token.kind == "string"

    def _mark(self, token: Token) -> None:
        match token.text:
            case "[":
                self.strings, self.after_string = [], False
                self._last(token).arguments.append(self.strings)
            case "(":
                self._last(token)
                self.brackets.append(len(self.path))
            case "," if self.brackets and len(self.path) > self.brackets[-1]:
                del self.path[self.brackets[-1] :]
            case ")" if self.brackets and len(self.path) > self.brackets[-1]:
                del self.path[self.brackets.pop() :]
            case ";" if self.path and not self.brackets:
                self.path = []
            case "{" if self.path and not self.brackets:
                self.path[0].block = []
                self.blocks.append(self.path[0].block)
                self.path = []
            case "}" if not self.path and len(self.blocks) > 1:
                self.blocks.pop()
            case _:
                raise self._unexpected(token)

    def _unexpected(self, token: Token) -> ValueError:
        return ValueError(f"line {self.tokens.line(token.start)}: unexpected {token.text[:40]!r}")


def parse(tokens: Tokens) -> list[Command]:
    """The commands of a script, at its top. Raises ValueError where it does not fit the grammar."""
    return _Builder(tokens).build()
