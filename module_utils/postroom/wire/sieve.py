"""Sieve scripts (RFC 5228) as what they send elsewhere. sievelib does the reading: no pattern decides what a script does.

sievelib knows the arguments of some commands by heart and refuses what it does not know of them. Here it is taught the other commands
that Cyrus has, and that any of them takes any argument: which arguments fit is the server's to check, and was checked when the script
was stored. What remains is the grammar. A script that does not fit even that is said to be so; it is never one that forwards nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from sievelib.commands import ActionCommand, Command, ControlCommand, TestCommand, add_commands
from sievelib.parser import Parser

TESTS = frozenset(
    {"address", "body", "currentdate", "date", "duplicate", "environment", "envelope", "exists", "hasflag", "header", "ihave", "jmapquery"}
    | {"mailboxexists", "mailboxidexists", "metadata", "metadataexists", "notify_method_capability", "servermetadata", "size", "spamtest"}
    | {"servermetadataexists", "specialuse_exists", "string", "valid_ext_list", "valid_notify_method", "virustest"}
)
ACTIONS = frozenset(
    {"addflag", "addheader", "deleteheader", "denotify", "discard", "ereject", "fileinto", "keep", "log", "mark", "notify", "redirect"}
    | {"processcalendar", "reject", "removeflag", "set", "setflag", "snooze", "stop", "unmark", "vacation"}
)
CONTROLS = frozenset({"include", "global", "return"})

Argument = tuple[str, str | list[str]]
"""What kind of token it was (``tag``, ``number``, ``string``, ``stringlist``), and the token as it is written."""


class _AnyArguments(Command):  # type: ignore[misc]
    """Takes whatever arguments come, up to where the grammar says that the command ends."""

    non_deterministic_args = True
    args_definition = [{"name": "arguments", "type": ["tag", "number", "string", "stringlist"], "required": True}]  # noqa: RUF012

    def __init__(self, parent: Command | None = None) -> None:
        super().__init__(parent)
        self.given: list[Argument] = []
        self.is_closed = False

    def check_next_arg(self, atype: str, avalue: Any, add: bool = True, check_extension: bool = True) -> bool:
        if atype not in ("tag", "number", "string", "stringlist"):
            return False
        self.given.append((atype, avalue))
        return True

    def iscomplete(self, atype: str | None = None, avalue: str | None = None) -> bool:
        return self.is_closed

    def reassign_arguments(self) -> None:
        """Called when the next token belongs to another command."""
        self.is_closed = True


def _teach() -> None:
    kinds = ((TESTS, TestCommand), (ACTIONS, ActionCommand), (CONTROLS, ControlCommand))
    add_commands([type(f"{name.capitalize()}Command", (_AnyArguments, kind), {}) for names, kind in kinds for name in names])


_teach()


@dataclass(frozen=True, slots=True, order=True)
class Sending:
    """A command that sends mail elsewhere. ``target`` is an address (redirect), a URI (notify), or a list's name (``:list``), as the
    script has it; ``is_known`` is false when the address is only made up when mail arrives. ``is_conditional``: it stands in a block."""

    action: Literal["redirect", "redirect :copy", "notify"]
    target: str
    is_known: bool = True
    is_conditional: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Include:
    """RFC 6609. A global script is the server administrator's, kept outside the mailbox."""

    name: str
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class SieveScript:
    """What a script sends elsewhere and includes. With an ``error``, in words, it could not be read, and nothing is known of it."""

    sendings: tuple[Sending, ...] = ()
    includes: tuple[Include, ...] = ()
    error: str = ""


def parse_script(text: bytes) -> SieveScript:
    """Read a script. Whatever it holds, the answer is a SieveScript."""
    parser = Parser()
    try:
        if not parser.parse(text):
            return SieveScript(error=str(parser.error))
        if not _is_ended(parser, text):
            return SieveScript(error="the last command has no end")
        commands = [(command, is_conditional) for top in parser.result for command, is_conditional in _walk(top)]
        sendings = {sending for command, is_conditional in commands for sending in _sendings(command, is_conditional)}
        sendings -= {replace(sending, is_conditional=True) for sending in sendings if not sending.is_conditional}
        includes = {include for command, _ in commands for include in _includes(command)}
    except Exception as error:  # noqa: BLE001 - sievelib meets what people wrote; whichever way it fails, the script was not read
        return SieveScript(error=f"the parser gave up ({type(error).__name__})")
    return SieveScript(tuple(sorted(sendings)), tuple(sorted(includes)))


def _is_ended(parser: Parser, text: bytes) -> bool:
    """sievelib takes a script that breaks off in a command, and leaves that command out."""
    tokens = [token for token, _ in parser.lexer.scan(text) if token not in ("hash_comment", "bracket_comment")]
    return not tokens or tokens[-1] in ("semicolon", "right_cbracket")


def _walk(top: Command) -> Iterator[tuple[Command, bool]]:
    """All commands below ``top``, itself included, and whether each stands in a block."""
    waiting = [(top, False)]
    while waiting:
        command, is_conditional = waiting.pop()
        yield command, is_conditional
        waiting += [(child, True) for child in command.children]


def _sendings(command: Command, is_conditional: bool) -> Iterator[Sending]:
    if not isinstance(command, _AnyArguments):
        return
    tags = {str(value).lower() for kind, value in command.given if kind == "tag"}
    if command.name == "redirect":
        action: Literal["redirect", "redirect :copy"] = "redirect :copy" if ":copy" in tags else "redirect"
        for target in _last(command.given):
            yield Sending(action, target, _is_known(target) and ":list" not in tags, is_conditional)
    elif command.name == "notify":
        targets = _old_notify(command.given) if tags & {":method", ":options"} - _uri_tags(command.given) else _last(command.given)
        for target in targets:
            yield Sending("notify", target, _is_known(target), is_conditional)


def _uri_tags(given: Sequence[Argument]) -> set[str]:
    """RFC 5435 has ``:options`` too, and then the method, a URI, comes last; the older notify has no argument without a tag."""
    return {":options"} if given and given[-1][0] == "string" and ":" in str(given[-1][1]) else set()


def _old_notify(given: Sequence[Argument]) -> list[str]:
    """Where the notify of draft-martin-sieve-notify-01 sends to: the options of its method."""
    found = [values for (_, tag), values in pairwise(given) if str(tag).lower() == ":options"]
    return [text for values in found for text in _texts(values)] or [""]


def _last(given: Sequence[Argument]) -> list[str]:
    """The last argument, which in all these commands is the one without a tag."""
    return _texts(given[-1]) if given and given[-1][0] in ("string", "stringlist") else [""]


def _texts(argument: Argument) -> list[str]:
    kind, value = argument
    return [_unquoted(one) for one in ([value] if isinstance(value, str) else value)] if kind in ("string", "stringlist") else []


def _unquoted(written: str) -> str:
    """A quoted string's or a multi-line text's own characters (RFC 5228, section 2.4.2)."""
    if written.startswith('"'):
        return re.sub(r"\\(.)", r"\1", written[1:-1], flags=re.DOTALL)
    lines = written.splitlines()[1:-1]
    return "\n".join(line.removeprefix(".") if line.startswith("..") else line for line in lines)


def _is_known(target: str) -> bool:
    """Neither a variable (RFC 5229) nor an encoded character (RFC 5228, section 2.4.2.4) is in it, and it is not empty."""
    return bool(target) and "${" not in target


def _includes(command: Command) -> Iterator[Include]:
    if isinstance(command, _AnyArguments) and command.name == "include":
        tags = {str(value).lower() for kind, value in command.given if kind == "tag"}
        yield from (Include(name, ":global" in tags) for name in _last(command.given))
