"""What the wire hands to the cmdlets, and what they hand back: the seam between ``lab.exchange.wsman`` and ``lab.exchange.cmdlets``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter as the client sent it; without a name it is given by position."""

    name: str | None
    value: object


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command of a pipeline. ``is_script`` when the client sent script text instead of a command's name."""

    name: str
    arguments: tuple[Argument, ...] = ()
    is_script: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs the pipeline: the login name that authenticated."""

    login: str


@dataclass(frozen=True, slots=True)
class Output:
    """An object for the success stream: something psrpcore serialises."""

    value: object


@dataclass(frozen=True, slots=True)
class Warned:
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An error record. ``reason`` is the exception's class name without namespace, as CategoryInfo.Reason has it."""

    exception_type: str
    reason: str
    message: str
    category: str
    fully_qualified_error_id: str
    target: str = ""
    activity: str = ""
    terminating: bool = False


Record = Output | Warned | Failed


class Cmdlets(Protocol):
    """What runs pipelines: ``lab.exchange.cmdlets`` has the real one."""

    def run(self, pipeline: Sequence[Invocation], caller: Caller) -> Iterator[Record]: ...
