"""The lock that lets one apply run at a time: an entry in the directory, which all machines that run Postroom can see."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ..core.run.lock import Holder, holder_in_words, is_left_behind
from .directory import Directory
from .failure import BackendUnavailableError
from .run import here, this_run

POLL = 2.0
"""Seconds between two looks at a lock that another run holds."""


class ApplyLock:
    """The lock below ``base``. A bound Directory is needed."""

    def __init__(self, directory: Directory, base: str) -> None:
        self._directory = directory
        self._dn = f"cn=apply lock,{base}"

    def take(self, wait: float, expires_after: float) -> str:
        """Take it, and return what was noticed, if anything. ``wait`` is in seconds, ``expires_after`` in hours.

        Raises BackendUnavailableError, also when another run holds the lock for longer than that.
        """
        deadline = time.monotonic() + wait
        mine = this_run()
        while not self._directory.add_note(self._dn, mine.as_text()):
            text = self._directory.read_note(self._dn)
            if text is None:
                continue
            holder = self._holder(text)
            who = holder_in_words(holder, datetime.fromtimestamp(holder.since, UTC).isoformat(sep=" ", timespec="seconds"))
            if holder.machine == mine.machine and holder.process == mine.process and holder.began == mine.began:
                return ""
            if is_left_behind(holder, here(holder), expires_after):
                if self._directory.replace_note(self._dn, text, mine.as_text()):
                    return f"took over the lock that {who} left behind"
            elif time.monotonic() >= deadline:
                advice = f"wait for it to end; if that run is gone, delete the entry {self._dn}"
                raise BackendUnavailableError(self._directory.server.uri, f"another apply runs: {who}; {advice}")
            else:
                time.sleep(POLL)
        return ""

    def _holder(self, text: str) -> Holder:
        try:
            return Holder.from_text(text)
        except ValueError as error:
            raise BackendUnavailableError(self._directory.server.uri, f"{self._dn}: {error}; delete the entry") from error

    def give_back(self) -> None:
        """Give it back, if this run holds it. Raises BackendUnavailableError."""
        text = self._directory.read_note(self._dn)
        mine = this_run()
        if text and (holder := self._holder(text)).machine == mine.machine and holder.process == mine.process:
            self._directory.delete_note(self._dn)
