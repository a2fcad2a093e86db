"""Who holds the lock that lets one apply run at a time, and whether that run has been killed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """A run. ``machine`` is where its process number means something: the boot of a kernel and the namespace of its processes, empty
    where neither is known; ``began`` tells the process from a later one with its number. ``since`` is in seconds since 1970."""

    host: str
    machine: str
    process: int
    began: str
    operator: str
    run: str
    since: float

    @property
    def identity(self) -> str:
        """The same in all modules of one run, and in no other run."""
        return f"{self.host} {self.machine} {self.process} {self.began}"

    def as_text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Holder:
        """The reverse of ``as_text``. Raises ValueError."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"{text!r} is no lock of Postroom's") from error


@dataclass(frozen=True, slots=True)
class Here:
    """This machine at this moment. ``process_began`` is that of the process with the holder's number, None when there is none."""

    machine: str
    now: float
    process_began: str | None


def is_left_behind(holder: Holder, here: Here, expires_after: float) -> bool:
    """Whether the run was killed: on this machine its process is gone; of another machine's, after this many hours."""
    if holder.machine and holder.machine == here.machine:
        return here.process_began != holder.began
    return here.now - holder.since > expires_after * 3600


def holder_in_words(holder: Holder, since: str) -> str:
    """Who holds the lock, for whoever has to wait; ``since`` is the time in words."""
    return f"{holder.operator} on {holder.host} (process {holder.process}, {holder.run}) since {since}"
