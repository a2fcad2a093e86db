"""For tests and for people who practise: look at the practice Exchange, and let it fail.

``python -m lab.exchange.control .lab shells | audit-log | clear``
``python -m lab.exchange.control .lab drop|drop-answer|fault|delay|throttle [after=N] [code=N] [seconds=S]``
"""

from __future__ import annotations

import json
import ssl
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.exchange.http_server import STATUS_PATH
from lab.exchange.ordered import FILE
from lab.exchange.server import DATABASE
from lab.exchange.store import AuditEntry, Store


@dataclass(frozen=True, slots=True)
class Control:
    """``lab`` is the lab's state directory."""

    lab: Path

    @property
    def directory(self) -> Path:
        return self.lab / "exchange"

    def store(self) -> Store:
        """The organisation's memory: ``fail()``, ``set_replication_delay()``, ``add_inbox_rule()``."""
        return Store(self.directory / DATABASE)

    def order(self, kind: str, **details: float) -> None:
        """See ``lab.exchange.ordered.Orders``."""
        path = self.directory / FILE
        orders = json.loads(path.read_text()) if path.exists() else []
        new = path.with_suffix(".new")
        new.write_text(json.dumps([*orders, {"kind": kind, **details}]))
        new.rename(path)

    def clear(self) -> None:
        """Take back all orders, those for cmdlets and the replication delay included."""
        (self.directory / FILE).unlink(missing_ok=True)
        store = self.store()
        store.clear_failures()
        store.set_replication_delay(0)
        store.close()

    def status(self) -> dict[str, Any]:
        """``messages`` since the server started, and the open ``shells``: owner, id, idle time-out in seconds."""
        port = json.loads((self.lab / "ports.json").read_text())["exchange"]
        context = ssl.create_default_context(cafile=str(self.lab / "tls" / "ca.pem"))
        with urllib.request.urlopen(f"https://127.0.0.1:{port}{STATUS_PATH}", context=context) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def audit_log(self) -> list[AuditEntry]:
        """Every command that was run, oldest first."""
        store = self.store()
        try:
            return store.audit_log()
        finally:
            store.close()


def main() -> int:
    control, command, rest = Control(Path(sys.argv[1])), sys.argv[2], sys.argv[3:]
    match command:
        case "shells":
            lines = [" ".join(map(str, shell)) for shell in control.status()["shells"]]
        case "audit-log":
            lines = [f"{entry.at:.0f} {entry.login} {entry.outcome} {entry.command}" for entry in control.audit_log()]
        case "clear":
            control.clear()
            lines = []
        case _:
            control.order(command, **{name: float(value) for name, _, value in (word.partition("=") for word in rest)})
            lines = []
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
