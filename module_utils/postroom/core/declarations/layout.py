"""What a person did to a text that is no YAML, or no mapping, and what to write instead.

libyaml notices a mistake where it can no longer go on, which is often a line later, and in its own terms. Here the lines up to that place
are looked at for what people do: no space after a colon, characters that a word processor puts in, an item further in than the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...text import shown
from ..finding import UnfiledFinding

ODD_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Blanks that look like a space and are none, as the inside of a character class: no-break spaces, those of print, the wide one."""
WORD_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb"
"""The quotes that a word processor makes of straight ones, as the inside of a character class."""
ODD_SPACE = re.compile(f"[{ODD_SPACES}]")
MANY = 50
"""So many places of one habit are told, and no more."""
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NO_SPACE = re.compile(r"(?P<before>[ ]*(?:-[ ]+)?)(?P<key>[A-Za-z_]+):(?P<value>[^\s/:].*)")
_NO_SPACE_IN_BRACKETS = re.compile(r"(?<=[{,])[ ]*(?P<key>[A-Za-z_]+):(?P<value>[^\s/:,}]+)")
_ODD_STRUCTURE = re.compile(rf"[ -]*(?:[A-Za-z_]+[ ]*)?:?[ ]*(?P<odd>[{ODD_SPACES}])")
_OTHER_SIGN = re.compile(r"(?P<before>[ ]*)(?P<key>[A-Za-z_]+)[ ]*(?P<sign>[=\uff1a])[ ]*(?P<value>[^\s=].*)")
_OTHER_DASH = re.compile(r"[ ]*(?P<sign>[\u2010-\u2015\u2022\u00b7\u2023*])[ ]+(?P<value>.+)")
_KEY = re.compile(r"(?P<indent>[ ]*)(?P<key>[A-Za-z_]+):(?=\s|\Z)")
_ITEM = re.compile(r"(?P<indent>[ ]*)-(?=\s|\Z)")
_SECOND_COLON = re.compile(r"[ ]*(?:-[ ]+)?(?P<key>[A-Za-z_]+):[ ]+(?P<value>[^\"'\[{&*!|>].*)")
_COMMENT = re.compile(r"\s(#.*)")
_IN_PLAIN_WORDS = (
    ("found character that cannot start any token", "a tab or a stray %, @ or ` stands here; indent with spaces, put text in quotes"),
    ("mapping values are not allowed", "a second colon stands on this line; put the text in quotes"),
    ("could not find expected ':'", "a colon is missing here; write key: value"),
    ("did not find expected key", "this line does not fit the lines above it; check indentation and quotes"),
    ("did not find expected '-' indicator", "this line does not fit the lines above it; check indentation and quotes"),
    ("did not find expected ',' or", "a list or mapping in brackets is not closed; add the missing bracket or comma"),
    ("did not find expected alphabetic", "a * or & begins this text, which has a meaning of its own in YAML; put the text in quotes"),
    ("found undefined alias", "an alias (*) is used; write the value out"),
    ("expected a single document", "more than one YAML document (---) stands in the file; use a file for each mailbox"),
    ("found unexpected end of stream", "a quote is not closed; add the missing quote"),
)  # fmt: skip


def lines_of(text: str) -> list[str]:
    """The lines as YAML 1.1 counts them (section 5.4), without their ends."""
    return _LINE_BREAK.split(text)


def quoted(text: str) -> str:
    """The text as a value in quotes, as one would type it."""
    return f"'{text}'" if '"' in text and "'" not in text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def not_yaml(text: str, line: int, column: int, reason: str) -> list[UnfiledFinding]:
    """What is wrong in a text that libyaml cannot read past ``line`` and ``column`` (from 1), for the ``reason`` that it gives."""
    lines = lines_of(text)
    before = lines[:line]
    if found := list(slips(before)):
        kind = found[-1].message.partition(";")[0]
        return [one for one in slips(lines) if one.message.partition(";")[0] == kind][:MANY]  # one habit, told wherever it shows
    line = min(line, len(lines))
    here = lines[line - 1]
    if "did not find expected ',' or" in reason and (cut := _comment_in_brackets(before)):
        return [cut]
    if quote := re.search(f"[{WORD_QUOTES}]", here):
        words = f"{quote[0]} is a word processor's quote, which YAML does not know; type straight quotes (\") instead"
        return [UnfiledFinding(line, quote.start() + 1, "yaml", words)]
    if further_in := _out_of_line(before, reason):
        return [UnfiledFinding(line, len(here) - len(here.lstrip(" ")) + 1, "yaml", further_in)]
    return [UnfiledFinding(line, column, "yaml", _explain(reason, here))]


def slips(lines: list[str]) -> Iterator[UnfiledFinding]:
    """Lines that are written in a way that people take for YAML and YAML does not."""
    for number, line in enumerate(lines, 1):
        text = line.partition(" #")[0]
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if found := _ODD_STRUCTURE.match(text):
            words = f"{odd_space(found['odd'])} stands here; type an ordinary space instead"
            yield UnfiledFinding(number, found.start("odd") + 1, "yaml", words)
        elif found := _NO_SPACE.fullmatch(text) or _NO_SPACE_IN_BRACKETS.search(text):
            written = f"{found['key']}: {found['value'].strip()}"
            yield UnfiledFinding(number, found.start("value") + 1, "yaml", f"a space is missing after the colon; write {shown(written)}")
        elif found := _OTHER_SIGN.fullmatch(text):
            written = f"{found['key']}: {found['value'].strip()}"
            words = f"{found['sign']} stands where a colon belongs; write {shown(written)}"
            yield UnfiledFinding(number, found.start("sign") + 1, "yaml", words)
        elif found := _OTHER_DASH.fullmatch(text):
            words = f"{found['sign']} is not the sign for an item of a list; write a hyphen: - {shown(found['value'].strip())}"
            yield UnfiledFinding(number, found.start("sign") + 1, "yaml", words)


def joined_items(lines: list[str], first: int, last: int) -> UnfiledFinding | None:
    """A line from ``first`` to ``last`` (from 1) that was to be the next item of a list and became part of the one before."""
    beside = _ITEM.match(lines[first - 1])
    for number in range(first + 1, last + 1):
        if found := _ITEM.match(lines[number - 1]):
            column = f"begin it in column {len(beside['indent']) + 1}" if beside else "begin it where the item above begins"
            words = f"this item stands further in than the one above it, and so became part of that; {column}"
            return UnfiledFinding(number, len(found["indent"]) + 1, "yaml", words)
    return None


def comment_after(lines: list[str], line: int, column: int) -> str:
    """The comment that follows what ends at ``line`` and ``column`` (from 0), with its blanks; empty when there is none."""
    found = re.match(r"[ \t]+#.*", lines[line][column:]) if line < len(lines) else None
    return found[0] if found else ""


def odd_space(char: str) -> str:
    kind = "a no-break space" if char in "\u00a0\u202f" else "a space of another kind"
    return f"{kind} (U+{ord(char):04X})"


def _comment_in_brackets(lines: list[str]) -> UnfiledFinding | None:
    """The last comment that begins in an open bracket and so hides the closing one."""
    for number in range(len(lines), 0, -1):
        found = _COMMENT.search(lines[number - 1])
        read = lines[number - 1][: found.start()] if found else ""
        if found and max(read.rfind("["), read.rfind("{")) > max(read.rfind("]"), read.rfind("}")):
            words = "a # after a blank begins a comment, which hides the rest of this line; put the text that has it in quotes"
            return UnfiledFinding(number, found.start(1) + 1, "yaml", words)
    return None


def _out_of_line(lines: list[str], reason: str) -> str:
    """Whether the last line is further in than the one that it belongs beside; empty when it is not."""
    here, above = lines[-1], [line for line in lines[:-1] if line.strip() and not line.lstrip().startswith("#")]
    for what, pattern in (("item", _ITEM), ("line", _KEY)):
        found = pattern.match(here)
        beside = next((other for line in reversed(above) if (other := pattern.match(line))), None)
        if found and beside and found["indent"] != beside["indent"] and not ("mapping values" in reason and what == "item"):
            where = "further in" if len(found["indent"]) > len(beside["indent"]) else "further out"
            if what == "line" and (where == "further out" or "mapping values" not in reason):
                continue
            return f"this {what} stands {where} than the one above it; begin it in column {len(beside['indent']) + 1}"
    return ""


def _explain(reason: str, line: str) -> str:
    words = next((plain for technical, plain in _IN_PLAIN_WORDS if technical in reason), f"this is not valid YAML ({reason})")
    if "second colon" in words and (found := _SECOND_COLON.fullmatch(line)):
        return f"{words}: {found['key']}: {shown(quoted(found['value'].strip()))}"
    return words
