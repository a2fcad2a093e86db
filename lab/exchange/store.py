"""What the practice Exchange organisation remembers: Active Directory objects on two domain controllers, mailbox databases, the audit log.

One SQLite file in WAL mode, so that it survives restarts and ``kill -9``, and several threads and processes may have it open.

Directory objects are kept as versions. A version is written on one domain controller and is seen by the other from ``visible_at`` on.
Replication is by whole object and the last writer wins (Active Directory replicates attribute by attribute). Reads come from a view in
memory per domain controller, brought up to date with the versions since the last look: 10,000 mailboxes are not parsed for each command.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.exchange.behaviour import SETTING, Behaviour
from lab.exchange.cmdlets.view import DOMAIN_SID, State, View

SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (seq INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, dc TEXT NOT NULL, visible_at REAL NOT NULL,
                                     state TEXT);
CREATE INDEX IF NOT EXISTS versions_by_guid ON versions (guid);
CREATE TABLE IF NOT EXISTS inbox_rules (id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, rule TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_rules_by_mailbox ON inbox_rules (mailbox);
CREATE TABLE IF NOT EXISTS disconnected (guid TEXT PRIMARY KEY, mailbox TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contents (guid TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL, logon REAL NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS failures (id INTEGER PRIMARY KEY AUTOINCREMENT, cmdlet TEXT NOT NULL, identity TEXT NOT NULL,
                                     reason TEXT NOT NULL, message TEXT NOT NULL, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, login TEXT NOT NULL, cmdlet TEXT NOT NULL,
                                      command TEXT NOT NULL, outcome TEXT NOT NULL, errors TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audit_inputs (id INTEGER PRIMARY KEY, identities TEXT NOT NULL);
"""
FIRST_RID = 1100


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the practice directory. ``affiliation`` is staff, student, guest or alum."""

    login: str
    name: str
    given_name: str
    surname: str
    mail: str
    affiliation: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that a test ordered: the cmdlet fails for this identity, ``times`` times more. Identity ``*`` is any."""

    id: int
    cmdlet: str
    identity: str
    reason: str
    message: str
    times: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One command of a pipeline. ``outcome`` is started, completed, failed or stopped; ``errors`` are `reason: message`; ``inputs`` is the
    Identity of each object that the command before it handed over."""

    at: float
    login: str
    cmdlet: str
    command: str
    outcome: str
    errors: tuple[str, ...]
    inputs: tuple[str, ...] = ()


class Store:
    """The practice organisation's memory. ``people`` is asked at most once per ``people_lifetime`` seconds; while the directory is
    unchanged it may return the same object again, which costs nothing."""

    def __init__(
        self,
        path: str | Path,
        people: Callable[[], Iterable[Person]] = tuple,
        *,
        domain: str = "ugent.be",
        netbios: str = "UGENT",
        people_lifetime: float = 2.0,
    ) -> None:
        self.domain = domain
        self.netbios = netbios
        self.people = people
        self.people_lifetime = people_lifetime
        self.domain_controllers = (f"dc1.{domain}", f"dc2.{domain}")
        self.lock = threading.RLock()
        self._views: dict[str, View] = {}
        self._behaviour = ("{}", Behaviour())
        self.uncommitted = False
        self.database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")
        self.database.executescript(SCHEMA)

    def close(self) -> None:
        with self.lock:
            self.database.close()

    @property
    def base_dn(self) -> str:
        return ",".join(f"DC={label}" for label in self.domain.split("."))

    # Settings

    def setting(self, name: str, default: Any) -> Any:
        row = self._one("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(row[0]) if row else default

    def set_setting(self, name: str, value: Any) -> None:
        self._execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    @property
    def replication_delay(self) -> float:
        """Seconds until a write on one domain controller is seen by the other (setting ``replication_delay``)."""
        return float(self.setting("replication_delay", 0.0))

    def set_replication_delay(self, seconds: float) -> None:
        """From now on; what still waits, waits no longer than this."""
        with self._transaction():
            self.set_setting("replication_delay", seconds)
            latest = time.time() + seconds
            self._execute("UPDATE versions SET visible_at = ? WHERE visible_at > ?", latest, latest)

    @property
    def behaviour(self) -> Behaviour:
        """What kind of server this is; kept until somebody says something else."""
        row = self._one("SELECT value FROM settings WHERE name = ?", SETTING)
        kept = row[0] if row else "{}"
        if kept != self._behaviour[0]:
            self._behaviour = (kept, Behaviour(**json.loads(kept)))
        return self._behaviour[1]

    # Directory objects

    def view(self, dc: str) -> View:
        """What this domain controller knows now. Objects in it are never changed in place."""
        with self.lock:
            view = self._views.get(dc)
            if view is None:
                view = self._views[dc] = View(dc, self.domain, self.netbios)
            view.behaviour = self.behaviour
            if not self.uncommitted:
                view.refresh(self.database)
            return view

    @contextmanager
    def write(self, dc: str) -> Iterator[Write]:
        """A write on this domain controller: all of it or nothing; nobody else writes meanwhile."""
        with self._transaction():
            yield Write(self, dc)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.lock:
            if self.database.in_transaction:
                yield
                return
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.database.execute("ROLLBACK")
                raise
            else:
                self.database.execute("COMMIT")
            finally:
                self.uncommitted = False

    # Mailbox databases: what is in them does not depend on a domain controller

    def inbox_rules(self, mailbox: str) -> list[tuple[int, dict[str, Any]]]:
        """Rule number and rule, of the mailbox with this ExchangeGuid."""
        rows = self._all("SELECT id, rule FROM inbox_rules WHERE mailbox = ? ORDER BY id", mailbox)
        return [(row[0], json.loads(row[1])) for row in rows]

    def add_inbox_rule(self, mailbox: str, rule: Mapping[str, Any]) -> int:
        """Tests add with this what no cmdlet can: rules made by Outlook, hidden ones (``Hidden``) included."""
        return self._execute("INSERT INTO inbox_rules (mailbox, rule) VALUES (?, ?)", mailbox, json.dumps(dict(rule)))

    def change_inbox_rule(self, number: int, rule: Mapping[str, Any] | None) -> None:
        if rule is None:
            self._execute("DELETE FROM inbox_rules WHERE id = ?", number)
        else:
            self._execute("UPDATE inbox_rules SET rule = ? WHERE id = ?", json.dumps(dict(rule)), number)

    def disconnected(self) -> dict[str, dict[str, Any]]:
        """Disconnected mailboxes by ExchangeGuid, without those whose retention is over."""
        kept = {row[0]: json.loads(row[1]) for row in self._all("SELECT guid, mailbox FROM disconnected ORDER BY rowid")}
        horizon = time.time() - float(self.setting("mailbox_retention_days", 30)) * 86400
        return {guid: mailbox for guid, mailbox in kept.items() if mailbox["DisconnectDate"] > horizon}

    def disconnect(self, guid: str, mailbox: Mapping[str, Any] | None) -> None:
        """Keep a mailbox that no account has any more; ``None`` when it was connected again or purged."""
        if mailbox is None:
            self._execute("DELETE FROM disconnected WHERE guid = ?", guid)
        else:
            self._execute("INSERT OR REPLACE INTO disconnected VALUES (?, ?)", guid, json.dumps(dict(mailbox)))

    def contents(self, guid: str) -> tuple[int, int, float] | None:
        """Items, bytes and last logon of a mailbox; nothing before its first logon."""
        row = self._one("SELECT items, bytes, logon FROM contents WHERE guid = ?", guid)
        return (row[0], row[1], row[2]) if row else None

    def set_contents(self, guid: str, items: int, size: int) -> None:
        self._execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", guid, items, size, time.time())

    def purge(self, guid: str) -> None:
        with self._transaction():
            self._execute("DELETE FROM contents WHERE guid = ?", guid)
            self._execute("DELETE FROM inbox_rules WHERE mailbox = ?", guid)
            self.disconnect(guid, None)

    # Ordered failures and the audit log

    def fail(self, cmdlet: str, identity: str, reason: str, times: int = 1, message: str = "") -> None:
        """Let the cmdlet fail with the exception class ``reason`` for this identity (any form of it; ``*`` is any), ``times`` times."""
        self._execute("INSERT INTO failures (cmdlet, identity, reason, message, times) VALUES (?, ?, ?, ?, ?)",
                      cmdlet, identity, reason, message, times)  # fmt: skip

    def failures(self, cmdlet: str | None = None) -> list[Failure]:
        rows = self._all("SELECT id, cmdlet, identity, reason, message, times FROM failures WHERE times > 0 ORDER BY id")
        return [Failure(*row) for row in rows if cmdlet is None or row[1].lower() == cmdlet.lower()]

    def use_failure(self, failure: Failure) -> bool:
        """Take one of its times; false when another session took the last."""
        with self.lock:
            return self.database.execute("UPDATE failures SET times = times - 1 WHERE id = ? AND times > 0", (failure.id,)).rowcount == 1

    def clear_failures(self) -> None:
        self._execute("DELETE FROM failures")

    def begin_audit(self, login: str, cmdlet: str, command: str) -> int:
        return self._execute("INSERT INTO audit_log (at, login, cmdlet, command, outcome, errors) VALUES (?, ?, ?, ?, 'started', '[]')",
                             time.time(), login, cmdlet, command)  # fmt: skip

    def end_audit(self, number: int, outcome: str, errors: Iterable[str], inputs: Sequence[str] = ()) -> None:
        self._execute("UPDATE audit_log SET outcome = ?, errors = ? WHERE id = ?", outcome, json.dumps(list(errors)), number)
        if inputs:
            self._execute("INSERT OR REPLACE INTO audit_inputs VALUES (?, ?)", number, json.dumps(inputs))

    def audit_log(self) -> list[AuditEntry]:
        rows = self._all(
            "SELECT at, login, cmdlet, command, outcome, errors, identities FROM audit_log LEFT JOIN audit_inputs USING (id) ORDER BY id"
        )
        return [
            AuditEntry(row[0], row[1], row[2], row[3], row[4], tuple(json.loads(row[5])), tuple(json.loads(row[6] or "[]"))) for row in rows
        ]

    def _execute(self, statement: str, *values: object) -> int:
        with self.lock:
            return self.database.execute(statement, values).lastrowid or 0

    def _one(self, statement: str, *values: object) -> Any:
        with self.lock:
            return self.database.execute(statement, values).fetchone()

    def _all(self, statement: str, *values: object) -> list[Any]:
        with self.lock:
            return self.database.execute(statement, values).fetchall()


class Write:
    """An open write on one domain controller."""

    def __init__(self, store: Store, dc: str) -> None:
        self.store = store
        self.view = store.view(dc)
        self._dc = dc
        self._delay = store.replication_delay

    def put(self, state: State, *, everywhere: bool = False) -> None:
        """Write an object; ``everywhere`` without replication delay, for what does not come from a cmdlet."""
        self._put(state["Guid"], json.dumps(state), everywhere)

    def delete(self, guid: str) -> None:
        self._put(guid, None, False)

    def _put(self, guid: str, state: str | None, everywhere: bool) -> None:
        database, now = self.store.database, time.time()
        self.store.uncommitted = True
        visible_at = 0.0 if everywhere else now + self._delay
        database.execute("INSERT INTO versions (guid, dc, visible_at, state) VALUES (?, ?, ?, ?)", (guid, self._dc, visible_at, state))
        # What every domain controller has seen a successor of is not needed any more.
        newest = database.execute("SELECT max(seq) FROM versions WHERE guid = ? AND visible_at <= ?", (guid, now)).fetchone()[0]
        if newest is not None:
            database.execute("DELETE FROM versions WHERE guid = ? AND seq < ?", (guid, newest))

    def new_sid(self) -> str:
        """A security identifier that was never used before."""
        rid = self.store.setting("next_rid", FIRST_RID)
        self.store.set_setting("next_rid", rid + 1)
        return f"{DOMAIN_SID}-{rid}"
