"""Fragments of output that wait for the client's Receive."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

LINGER = 1.0
"""Seconds that an answer waits to be filled once there is something to send, unless nothing more comes."""
FRAME = 120
"""Bytes of the rsp:Stream element around a fragment."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one answer carries. ``done`` when nothing comes after it."""

    fragments: tuple[bytes, ...]
    done: bool


class AbortedError(Exception):
    """The shell or command was deleted meanwhile."""


class FragmentTooLargeError(Exception):
    """The next fragment does not fit into the answer that the client accepts."""


def encoded_size(fragment: bytes) -> int:
    """Bytes in an answer: Base64 and its element."""
    return (len(fragment) + 2) // 3 * 4 + FRAME


class OutputQueue:
    """Filled by a pipeline's thread, emptied by Receive. A full queue makes the pipeline wait, so that memory stays bounded."""

    def __init__(self, capacity: int = 4_000_000, linger: float = LINGER) -> None:
        self._capacity = capacity
        self._linger = linger
        self._fragments: deque[bytes] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._finished = False
        self._aborted = False

    def put(self, fragments: Sequence[bytes]) -> bool:
        """Queue them in order; false when nobody will ask for them any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._aborted or self._size < self._capacity)
            if self._aborted:
                return False
            self._fragments.extend(fragments)
            self._size += sum(map(encoded_size, fragments))
            self._changed.notify_all()
            return True

    def finish(self) -> None:
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def abort(self) -> None:
        """Nobody asks any more: free what waits, wake those who wait."""
        with self._changed:
            self._aborted = True
            self._fragments.clear()
            self._size = 0
            self._changed.notify_all()

    def take(self, room: int, timeout: float) -> Taken | None:
        """What fits into ``room`` bytes of answer, waiting for it until the time-out; nothing when there was nothing by then."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._changed.wait_for(lambda: self._aborted or self._finished or self._size > 0, timeout)
            linger = min(self._linger, deadline - time.monotonic())
            if linger > 0 and self._size > 0:
                self._changed.wait_for(lambda: self._aborted or self._finished or self._size >= room, linger)
            if self._aborted:
                raise AbortedError
            if not self._size and not self._finished:
                return None
            return self._take(room)

    def _take(self, room: int) -> Taken:
        taken: list[bytes] = []
        while self._fragments and (size := encoded_size(self._fragments[0])) <= room:
            taken.append(self._fragments.popleft())
            room -= size
            self._size -= size
        if self._fragments and not taken:
            raise FragmentTooLargeError
        self._changed.notify_all()
        return Taken(tuple(taken), self._finished and not self._fragments)
