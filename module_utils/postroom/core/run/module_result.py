"""What is left of a module that died, in the form of the results of those that did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN_LINES = 3
SHOWN_CHARACTERS = 500
_SAYS_NOTHING = ("Module result deserialization failed", "MODULE FAILURE")
_WRAPPINGS = ("Task failed: ", "Action failed: ", "Module failed: ")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked: the system's name, the host of the play, and the task's name."""

    system: str
    host: str
    task: str


def as_result(result: Mapping[str, Any], asked: Asked, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """A module's own result as it is; of a module that died ``system``, ``server``, ``failed`` and ``msg``.

    ``result`` is what Ansible registered: of a module that died it has some of ``msg``, ``module_stderr``, ``module_stdout`` and
    ``unreachable``, and nothing at all when the task never ran. ``msg`` has the task and the last lines of what was said, without
    the lines of a traceback that lead there, and with ``secrets`` masked.
    """
    if "system" in result:
        own = {"server": asked.host, **result}
        return own if "failures" in own else {name: value for name, value in own.items() if name != "changes"}
    if not result:
        message = f"it was not asked: the task '{asked.task}' never ran"
    elif result.get("unreachable"):
        message = f"the host cannot be reached, so the task '{asked.task}' did not run: {_last_words(result)}"
    else:
        message = f"the task '{asked.task}' failed: {_last_words(result)}"
    return {"system": asked.system, "server": asked.host, "failed": True, "msg": _masked(message, secrets)}


def _last_words(result: Mapping[str, Any]) -> str:
    """What the interpreter wrote, after what Ansible says of it where that says anything."""
    said = str(result.get("msg") or "")
    while wrapping := next((prefix for prefix in _WRAPPINGS if said.startswith(prefix)), ""):
        said = said.removeprefix(wrapping)
    written = _last_lines(str(result.get("module_stderr") or "")) or _last_lines(str(result.get("module_stdout") or ""))
    if not written or not said.startswith(_SAYS_NOTHING):
        written = "; ".join(filter(None, [_last_lines(said), written]))
    return written[-SHOWN_CHARACTERS:] or "it left no word"


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith((" ", "\t", "Traceback "))]
    return "; ".join(lines[-SHOWN_LINES:])


def _masked(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "********")
    return text
