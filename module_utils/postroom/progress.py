"""How far a long piece of work is, for whoever waits for it: a line every few seconds, and none about work that is over by then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Say = Callable[[str], None]
SECONDS = 3.0
"""Between two lines."""


def silent(line: str) -> None:
    """What takes the lines where nobody reads them."""


@dataclass(slots=True)
class Progress:
    """Counts steps, of ``total``; ``what`` begins each line. Threads may count side by side."""

    what: str
    total: int
    say: Say = silent
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    _said: float = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._said = self.clock()

    def step(self) -> None:
        """One more is done."""
        with self._lock:
            self.done += 1
            now = self.clock()
            if now - self._said >= SECONDS:
                self._said = now
                self.say(f"{self.what}: {self.done} of {self.total}")
