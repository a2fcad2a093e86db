"""Failures of the wire that tests order: a file in the state directory says which, and counts from the moment it was written."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from lab.exchange.wsman_fault import fault

FILE = "orders.json"


class DroppedConnectionError(Exception):
    """The connection is to be closed without an answer."""


class Orders:
    """``orders.json`` is a list of ``{"kind", "after", ...}``: ``drop`` and ``fault`` (with ``code``) happen once, at the message after
    that many; ``drop-answer`` like ``drop``, but when the work was done; ``delay`` (with ``seconds``) and ``throttle`` last until they are
    taken back."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._lock = threading.Lock()
        self._seen = 0
        self._orders: list[dict[str, object]] = []
        self._messages = 0

    @property
    def messages(self) -> int:
        """How many messages came in since the server started."""
        return self._messages

    def throttles(self) -> bool:
        return any(order["kind"] == "throttle" for order in self._current())

    def before(self) -> bool:
        """Called for each message; whether the connection is to be dropped when it has been dealt with. Raises WsmanFault or
        DroppedConnectionError."""
        with self._lock:
            self._messages += 1
            due = [order for order in self._current() if self._is_due(order)]
            self._orders = [order for order in self._orders if order not in due]
        for order in self._current():
            if order["kind"] == "delay":
                time.sleep(float(str(order["seconds"])))
        drops_answer = False
        for order in due:
            if order["kind"] == "drop":
                raise DroppedConnectionError
            if order["kind"] == "fault":
                raise fault("Ordered", code=int(float(str(order["code"]))))
            drops_answer = True
        return drops_answer

    def _is_due(self, order: dict[str, object]) -> bool:
        if order["kind"] not in ("drop", "drop-answer", "fault"):
            return False
        left = int(float(str(order.get("after", 0)))) - 1
        order["after"] = left
        return left < 0

    def _current(self) -> list[dict[str, object]]:
        try:
            written = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            written = 0
        if written != self._seen:
            self._seen = written
            self._orders = json.loads(self._path.read_text()) if written else []
        return self._orders
