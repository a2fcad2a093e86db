"""What Cyrus' ``sieved`` prints of a compiled script: the actions that the server runs, whatever the text looks like to others.

Every action begins a line, ``0034: IF (ends at 37) FALSE``, with its place in the compiled script. Every string has its length in bytes
before it, ``({14}an@example.org)``, and so nothing in a string can pass for an action; but for the text of ``LOG``, behind which nothing
is certain. The same in 3.6 to 3.12, which differ in the actions that there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .sieve import Include, Sending, SieveScript, is_known, script_of

HARMLESS = frozenset(
    {"ADDFLAG", "ADDHEADER", "DELETEHEADER", "DENOTIFY", "DISCARD", "EREJECT", "FILEINTO", "IF", "IMPLICIT_KEEP_TARGET", "JUMP", "KEEP"}
    | {"MARK", "NULL", "PROCESSCALENDAR", "PROCESSIMIP", "REJECT", "REMOVEFLAG", "RETURN", "SET", "SETFLAG", "SNOOZE", "STOP", "UNMARK"}
    | {"VACATION"}
)

_STRING = re.compile(rb"\(\{(-1|\d+)\}|^\d+: LOG TEXT\(", re.MULTILINE)
_ACTION = re.compile(r"^(\d+): (\w+)(.*(?:\n(?!\d+: |full len is).*)*)", re.MULTILINE)
_HELD = re.compile(r"([A-Z-]+)? ?\(\0(\d+)\)")


@dataclass(frozen=True, slots=True)
class _Action:
    place: int
    name: str
    shape: str
    """What is printed of it, with the number of each string instead of the string."""
    strings: Sequence[str]

    def string(self, label: str) -> str:
        return next((self.strings[int(number)] for name, number in _HELD.findall(self.shape) if name == label), "")

    def number(self, before: str) -> int:
        found = re.search(rf"{before}[ (](\d+)", self.shape)
        return int(found[1]) if found else -1


def parse_listing(printed: bytes) -> SieveScript | None:
    """What the compiled script sends elsewhere and includes. None when that cannot be told: it is no compiled script, the listing breaks
    off, or it goes on behind ``ERROR``, the length of which ``sieved`` 3.6 does not know."""
    shape, strings, rest = _without_strings(printed)
    if not re.match(r"\s*Bytecode version: \d", shape):
        return None
    actions = [_Action(int(found[1]), found[2], found[3], strings) for found in _ACTION.finditer(shape)]
    if any(action.name == "ERROR" for action in actions) or not (rest or re.search(r"^full len is: \d+$|NOT AN OP", shape, re.MULTILINE)):
        return None
    off, conditional = _ranges(actions)
    sendings, includes, strange = [], [], ""
    for action in actions:
        places = {"is_conditional": any(action.place in one for one in conditional), "is_off": any(action.place in one for one in off)}
        match action.name:
            case "REDIRECT":
                sendings.append(_redirect(action, **places))
            case "NOTIFY" | "ENOTIFY":
                sendings += [Sending("notify", one, is_known(one), **places) for one in _notified(action)]
            case "INCLUDE":
                includes.append(Include(action.string("SCRIPT"), "LOCATION(Personal)" not in action.shape, places["is_off"]))
            case name if name not in HARMLESS:
                strange = strange or f"the server runs an action that is not known here, {name}"
    if re.search(rb"REDIRECT|NOTIFY|INCLUDE|NOT AN OP", rest):
        strange = strange or "it writes to the server's log what may hide other actions"
    return script_of(sendings, includes, doubt=strange)


def _without_strings(printed: bytes) -> tuple[str, list[str], bytes]:
    """The listing with a number for each string; the strings; and what comes behind the first text that has no length."""
    shape, position = b"", 0
    strings: list[str] = []
    while found := _STRING.search(printed, position):
        shape += printed[position : found.start()]
        if found[1] is None:
            return shape.decode("ascii", "replace"), strings, printed[found.end() :]
        end = found.end() + max(int(found[1]), 0)
        strings.append("" if found[1] == b"-1" else printed[found.end() : end].decode("utf-8", "replace"))
        shape += b"(\0%d" % (len(strings) - 1)
        position = end + len(b"[nil]") if found[1] == b"-1" else end
    return (shape + printed[position:]).decode("ascii", "replace"), strings, b""


def _redirect(action: _Action, *, is_conditional: bool, is_off: bool) -> Sending:
    target = action.string("ADDRESS").strip("\r\n")
    listed = re.search(r"LIST\(1\)", action.shape) is not None
    copied = re.search(r"COPY\([1-9]", action.shape) is not None
    return Sending("redirect :copy" if copied else "redirect", target, is_known(target) and not listed, is_conditional, is_off)


def _notified(action: _Action) -> list[str]:
    """The method's URI (RFC 5435); of the older notify the options of the method."""
    if action.name == "ENOTIFY":
        return [action.string("METHOD")]
    options = re.search(r"OPTIONS\{\d+\} \[(.*?)\]", action.shape, re.DOTALL)
    return [action.strings[int(number)] for _, number in _HELD.findall(options[1] if options else "")] or [""]


def _ranges(actions: Sequence[_Action]) -> tuple[list[range], list[range]]:
    """The places of what never runs, and of what runs for some mail only. A test that fails goes to the jump behind it, which leads over
    the block; a block with another branch behind it ends in a jump over that."""
    off, conditional = [], []
    by_place = {action.place: action for action in actions}
    before = dict(zip([action.place for action in actions[1:]], actions, strict=False))
    for action in actions:
        jump = by_place.get(action.number("ends at")) if action.name == "IF" else None
        if jump is None or jump.name != "JUMP":
            continue
        end = jump.number("")
        conditional.append(range(jump.place + 1, end))
        if action.shape.strip() == f"(ends at {jump.place}) FALSE":
            off.append(range(jump.place + 1, end))
        last = before.get(end)
        if last and last.name == "JUMP" and last.place > jump.place:
            conditional.append(range(end, max(last.number(""), end)))
    return off, conditional
