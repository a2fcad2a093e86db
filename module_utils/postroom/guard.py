"""Whatever a module dies of is a result that names the system and the server: nothing is swallowed, and nobody reads a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .backends.failure import BackendUnavailableError
from .core.systems import SYSTEMS, System
from .text import printable

Result = dict[str, Any]
LAST_LINES = 3
"""Of what an unexpected error says of itself; each is cut off at so many characters:"""
LINE_LENGTH = 300


def guarded(system: System, server: str, work: Callable[[], Result]) -> Result:
    """The result of the work, or a failure: ``system``, ``server``, ``failed`` and ``msg``, and nothing of what was asked for.

    AnsibleModule masks the values of ``no_log`` options in it, as in every result.
    """
    try:
        return work()
    except (BackendUnavailableError, ValueError) as error:
        return failed(system, server, f"{SYSTEMS[system].shown}: {error}")
    except Exception as error:  # noqa: BLE001 - the next system has its turn, and the operator reads which one died and of what
        message = f"{SYSTEMS[system].shown} ({server}): Postroom stopped at an error of its own: {_last_lines(error)}"
        return failed(system, server, f"{message}. What was done until then stands, and the next run sees it")


def failed(system: System, server: str, message: str) -> Result:
    """What a module returns that could not do its work."""
    return {"system": system, "server": server, "failed": True, "msg": message}


def _last_lines(error: Exception) -> str:
    """What the error says, and where it arose: for whoever reports it."""
    lines = str(error).strip().splitlines()[-LAST_LINES:]
    said = ": ".join(filter(None, [type(error).__name__, "; ".join(printable(line)[:LINE_LENGTH] for line in lines)]))
    where = traceback.extract_tb(error.__traceback__)[-1:]
    return "".join([said, *(f" (in {Path(frame.filename).name}, line {frame.lineno}, {frame.name})" for frame in where)])
