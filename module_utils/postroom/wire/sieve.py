"""Sieve scripts (RFC 5228) as what they send elsewhere, read from their text.

This is a second parser, beside the server's. It must not read less than the server runs: what it does not know for certain it says. A
script that does not fit the grammar is said to be so; and where the server may read other tokens (``sieve_grammar``), a word behind that
place that sends mail is said to be there. Neither is ever a script that forwards nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from .sieve_grammar import Command, Token, Tokens, parse

TESTS = frozenset(
    {"address", "allof", "anyof", "body", "currentdate", "date", "duplicate", "environment", "envelope", "exists", "false", "hasflag"}
    | {"header", "ihave", "jmapquery", "mailboxexists", "mailboxidexists", "metadata", "metadataexists", "not", "notify_method_capability"}
    | {"servermetadata", "servermetadataexists", "size", "spamtest", "specialuse_exists", "string", "true", "valid_ext_list"}
    | {"valid_notify_method", "virustest"}
)
ACTIONS = frozenset(
    {"addflag", "addheader", "deleteheader", "denotify", "discard", "ereject", "error", "fileinto", "implicit_keep_target", "keep", "log"}
    | {"mark", "notify", "processcalendar", "processimip", "redirect", "reject", "removeflag", "set", "setflag", "snooze", "stop"}
    | {"unmark", "vacation"}
)
"""Those of Cyrus 3.6 to 3.12. An answer to the sender (vacation, reject) is no forwarding; processimip and processcalendar write in the
mailbox's own calendars."""
CONTROLS = frozenset({"global", "include", "require", "return"})
BRANCHES = frozenset({"if", "elsif", "else"})

SENDING = re.compile("redirect|notify|include", re.IGNORECASE)
"""The words without which no script sends mail elsewhere."""


@dataclass(frozen=True, slots=True, order=True)
class Sending:
    """A command that sends mail elsewhere. ``target`` is an address (redirect), a URI (notify), or a list's name (``:list``), as the
    script has it; ``is_known`` is false when the address is only made up when mail arrives. ``is_conditional``: it stands in a block.
    ``is_off``: it stands in a block that never runs (``if false``)."""

    action: Literal["redirect", "redirect :copy", "notify"]
    target: str
    is_known: bool = True
    is_conditional: bool = False
    is_off: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Include:
    """RFC 6609. A global script is the server administrator's, kept outside the mailbox. Cyrus takes a name that is made up when mail
    arrives, which the RFC forbids; ``is_known`` is then false."""

    name: str
    is_global: bool = False
    is_off: bool = False

    @property
    def is_known(self) -> bool:
        return is_known(self.name)


@dataclass(frozen=True, slots=True)
class SieveScript:
    """What a script sends elsewhere and includes. With an ``error``, in words, it could not be read, and nothing is known of it. With a
    ``doubt`` it may send more than that."""

    sendings: tuple[Sending, ...] = ()
    includes: tuple[Include, ...] = ()
    error: str = ""
    doubt: str = ""


def parse_script(text: bytes) -> SieveScript:
    """Read a script. Whatever it holds, the answer is a SieveScript."""
    try:
        tokens = Tokens(_decoded(text))
        commands = [_checked(placed) for placed in _walk(parse(tokens))]
    except ValueError as error:
        return SieveScript(error=str(error))
    # Cyrus forgives every error where an extension that is asked for is missing, and then ends blocks where it likes.
    can_be_off = not any(placed.command.name == "ihave" for placed in commands)
    sendings = [sending for placed in commands for sending in _sendings(placed, is_off=placed.is_off and can_be_off)]
    includes = [include for placed in commands for include in _includes(placed, is_off=placed.is_off and can_be_off)]
    return script_of(sendings, includes, doubt=_doubt(tokens))


def script_of(sendings: Sequence[Sending], includes: Sequence[Include], doubt: str = "") -> SieveScript:
    """What is said twice is kept once, and then as what does more."""
    kept = set(sendings)
    kept -= {replace(one, is_off=True, is_conditional=True) for one in kept if not one.is_off}
    kept -= {replace(one, is_conditional=True) for one in kept if not one.is_conditional}
    live = {(one.name, one.is_global) for one in includes if not one.is_off}
    reached = {one for one in includes if not (one.is_off and (one.name, one.is_global) in live)}
    return SieveScript(tuple(sorted(kept)), tuple(sorted(reached)), doubt=doubt)


def is_known(target: str) -> bool:
    """Neither a variable (RFC 5229) nor an encoded character (RFC 5228, section 2.4.2.4) is in it, and it is not empty."""
    return bool(target) and "${" not in target


def _decoded(text: bytes) -> str:
    if b"\0" in text:
        raise ValueError("there is a NUL in it")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error


def _doubt(tokens: Tokens) -> str:
    if tokens.certain_to is None or not (found := SENDING.search(tokens.text, tokens.certain_to)):
        return ""
    place, word = tokens.line(tokens.certain_to), tokens.line(found.start())
    return f"from line {place} on the server may take text for commands, and line {word} has the word {found[0].lower()}"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A command, and where it stands. ``is_guarded``: in a branch that asks the server for an extension, with ``ihave``."""

    command: Command
    is_test: bool = False
    is_conditional: bool = False
    is_off: bool = False
    is_guarded: bool = False


def _walk(top: list[Command]) -> Iterator[_Placed]:
    """All commands and tests."""
    waiting = _in_block(top, _Placed(Command("", 0)))
    while waiting:
        placed = waiting.pop()
        yield placed
        command = placed.command
        waiting += [replace(placed, command=test, is_test=True) for test in command.tests]
        if command.block is not None:
            is_off = placed.is_off or [test.name for test in command.tests] == ["false"]
            waiting += _in_block(command.block, replace(placed, is_conditional=True, is_off=is_off))


def _in_block(commands: list[Command], around: _Placed) -> list[_Placed]:
    """The commands of a block; what one branch asks for guards those after it."""
    found, is_guarded = [], False
    for command in commands:
        asks = command.name in BRANCHES and _asks(command)
        is_guarded = asks or (is_guarded and command.name in ("elsif", "else"))
        found.append(replace(around, command=command, is_guarded=around.is_guarded or is_guarded))
    return found


def _asks(command: Command) -> bool:
    waiting = list(command.tests)
    while waiting:
        test = waiting.pop()
        if test.name == "ihave":
            return True
        waiting += test.tests
    return False


def _checked(placed: _Placed) -> _Placed:
    """Raises ValueError for a command that is not known, unless a server that does not know it either passes over it."""
    command = placed.command
    known = TESTS if placed.is_test else ACTIONS | CONTROLS | BRANCHES
    fits = command.name in known and (placed.is_test or (command.name in BRANCHES) == (command.block is not None))
    if not fits and (not placed.is_guarded or SENDING.search(command.name)):
        raise ValueError(f"line {command.line}: unknown {'test' if placed.is_test else 'command'} {command.name!r}")
    return placed


def _sendings(placed: _Placed, *, is_off: bool) -> Iterator[Sending]:
    given = placed.command.arguments
    tags = _tags(given)
    if placed.command.name == "redirect":
        action: Literal["redirect", "redirect :copy"] = "redirect :copy" if ":copy" in tags else "redirect"
        for target in _last(given):
            yield Sending(action, target, is_known(target) and ":list" not in tags, placed.is_conditional, is_off)
    elif placed.command.name == "notify":
        targets = _old_notify(given) if tags & {":method", ":options"} - _uri_tags(given) else _last(given)
        for target in targets:
            yield Sending("notify", target, is_known(target), placed.is_conditional, is_off)


def _includes(placed: _Placed, *, is_off: bool) -> Iterator[Include]:
    if placed.command.name == "include":
        is_global = ":global" in _tags(placed.command.arguments)
        yield from (Include(name, is_global, is_off) for name in _last(placed.command.arguments))


Arguments = Sequence[Token | list[str]]


def _tags(given: Arguments) -> set[str]:
    return {one.text.lower() for one in given if isinstance(one, Token) and one.kind == "tag"}


def _uri_tags(given: Arguments) -> set[str]:
    """RFC 5435 has ``:options`` too, and then the method, a URI, comes last; the older notify has no argument without a tag."""
    return {":options"} if given and isinstance(given[-1], Token) and given[-1].kind == "string" and ":" in given[-1].text else set()


def _old_notify(given: Arguments) -> list[str]:
    """Where the notify of draft-martin-sieve-notify-01 sends to: the options of its method."""
    found = [values for tag, values in pairwise(given) if isinstance(tag, Token) and tag.text.lower() == ":options"]
    return [text for values in found for text in _texts(values)] or [""]


def _last(given: Arguments) -> list[str]:
    """The last argument, which in all these commands is the one without a tag."""
    return (_texts(given[-1]) if given else []) or [""]


def _texts(argument: Token | list[str]) -> list[str]:
    if isinstance(argument, list):
        return [one.strip("\r\n") for one in argument]
    return [argument.text.strip("\r\n")] if argument.kind == "string" else []
