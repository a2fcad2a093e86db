"""Faults of the wire that tests order, and what the server tells about itself: one small SQLite file beside the store's.

The server asks for each message; ``lab.exchange.control`` writes from another process.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "wire.sqlite3"
KINDS = ("drop", "fault", "delay", "throttle")
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, action TEXT NOT NULL, after INTEGER NOT NULL,
                                   times INTEGER NOT NULL, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shells (id TEXT PRIMARY KEY, shell TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL);
INSERT OR IGNORE INTO messages VALUES (1, 0);
"""
ALWAYS = -1


@dataclass(frozen=True, slots=True)
class Disruption:
    """What happens to the message at hand."""

    kind: str
    settings: Mapping[str, Any]


class Wire:
    """The file, as the server and the tests see it. Safe for several threads and processes."""

    def __init__(self, directory: str | Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(Path(directory) / FILE, timeout=30, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    # Orders

    def order(self, kind: str, *, action: str = "", after: int = 0, times: int = 1, **settings: Any) -> None:
        """From now on: ``after`` messages pass, then ``times`` of them are disrupted (``ALWAYS``: all that come). Only messages with this
        action (``Create``, ``Command``, ``Receive``, ...) count, or all."""
        if kind not in KINDS or after < 0 or (times < 1 and times != ALWAYS):
            raise ValueError(f"{kind}, after {after}, {times} times: there is no such fault")
        with self._lock:
            self._database.execute(
                "INSERT INTO orders (kind, action, after, times, settings) VALUES (?, ?, ?, ?, ?)",
                (kind, action, after, times, json.dumps(settings)),
            )

    def clear(self) -> None:
        with self._lock:
            self._database.execute("DELETE FROM orders")

    def next(self, action: str) -> list[Disruption]:
        """Count a message with this action, and say what is to happen to it."""
        with self._lock:
            self._database.execute("UPDATE messages SET count = count + 1")
            if self._database.execute("SELECT 1 FROM orders LIMIT 1").fetchone() is None:
                return []
            self._database.execute("BEGIN IMMEDIATE")
            try:
                return self._due(action)
            finally:
                self._database.execute("COMMIT")

    def _due(self, action: str) -> list[Disruption]:
        due = []
        rows = self._database.execute("SELECT id, kind, after, times, settings FROM orders WHERE action IN ('', ?) ORDER BY id", (action,))
        for number, kind, after, times, settings in rows.fetchall():
            if after > 0:
                self._database.execute("UPDATE orders SET after = after - 1 WHERE id = ?", (number,))
                continue
            due.append(Disruption(kind, json.loads(settings)))
            if times != ALWAYS:
                self._database.execute("UPDATE orders SET times = times - 1 WHERE id = ?", (number,))
                self._database.execute("DELETE FROM orders WHERE id = ? AND times = 0", (number,))
        return due

    # What the server tells

    def messages(self) -> int:
        with self._lock:
            return int(self._database.execute("SELECT count FROM messages").fetchone()[0])

    def set_shells(self, shells: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM shells")
            self._database.executemany("INSERT INTO shells VALUES (?, ?)", [(name, json.dumps(shell)) for name, shell in shells])
            self._database.execute("COMMIT")

    def shells(self) -> list[dict[str, Any]]:
        with self._lock:
            rows = self._database.execute("SELECT id, shell FROM shells ORDER BY rowid").fetchall()
        return [{"id": name, **json.loads(shell)} for name, shell in rows]
