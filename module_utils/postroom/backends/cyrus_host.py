"""Reading mailboxes with Cyrus' own tools, where the module runs on the Cyrus server itself."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from ..core.cyrus.plan import CyrusFolder, CyrusMailbox, CyrusObservation
from ..wire import cyrus_tools
from ..wire.cyrus_tools import parse_annotations, parse_mailboxes, parse_quotas, parse_settings, parse_usage
from .environment import without_secrets
from .failure import BackendUnavailableError

SASLAUTHD_FOLDERS = ("run/saslauthd*", "var/spool/postfix/var/run/saslauthd*")


@dataclass(frozen=True, slots=True)
class CyrusHost:
    """Where the tools are, and the account that may read the databases; ``administrator`` is whose private annotations count."""

    tools: Path
    imapd_conf: Path
    account: str
    administrator: str

    def observe(self, names: Iterable[str] | None) -> CyrusObservation:
        """The named mailboxes, as far as they live; all for None. Four processes, whatever the number of mailboxes; three of them at a
        time."""
        gc.disable()  # nothing here makes cycles, and what is read stays
        wanted = None if names is None else set(names)
        settings = self.settings()
        database = settings.get("annotation_db_path") or f"{settings.get('configdirectory', '/var/lib/cyrus')}/annotations.db"
        annotations = self._start("cyr_dbtool", database, settings.get("annotation_db", "twoskip"), "show")
        mailboxes, quotas = self._start("ctl_mboxlist", "-d"), self._start("quota")
        notes = self._notes(annotations.output())
        found: dict[str, CyrusMailbox] = {}
        for record in parse_mailboxes(mailboxes.output()):
            name, _, folder = record.name.removeprefix("user/").partition("/")
            if wanted is None or name in wanted:
                mailbox = found.setdefault(name, CyrusMailbox())
                mailbox.folders[folder] = CyrusFolder(record.acl, notes.special_uses.get(record.unique_id))
                if not folder:
                    mailbox.mark = notes.marks.get(record.unique_id)
        printed = quotas.output().decode("utf-8", "replace")
        for root, limit in parse_quotas(printed).items():
            if root.removeprefix("user/") in found:
                found[root.removeprefix("user/")].quota_kib = limit
        for root, used in parse_usage(printed).items() if wanted is None else ():
            if root.removeprefix("user/") in found:
                found[root.removeprefix("user/")].used_kib = used
        return CyrusObservation(found, notes.journal, implicit_owner_rights=settings.get("implicit_owner_rights"))

    def settings(self) -> dict[str, str]:
        """What is set in imapd.conf, defaults included. Raises BackendUnavailableError, as all here."""
        return parse_settings(self._start("cyr_info", "conf-all").output().decode("utf-8", "replace"))

    def login_caches(self) -> list[str]:
        """The files in which a saslauthd of this host keeps passwords that were right (its option -c): the one that imapd.conf names, and
        any other at Debian's places."""
        mux = Path(self.settings().get("sasl_saslauthd_path") or "/run/saslauthd/mux")
        folders = {mux.parent, *(folder for pattern in SASLAUTHD_FOLDERS for folder in Path("/").glob(pattern))}
        found = {(folder / name).resolve() for folder in folders for name in ("cache.mmap", "cache.flock") if (folder / name).exists()}
        return sorted(map(str, found))

    def mailboxes(self) -> bytes:
        """What ``ctl_mboxlist -d`` prints."""
        return self._start("ctl_mboxlist", "-d").output()

    def compiled_script(self, path: Path) -> bytes | None:
        """What ``sieved`` prints of a compiled Sieve script; None when it breaks off. It reads no configuration."""
        account = self.account if os.geteuid() == 0 else None
        try:
            done = subprocess.run([self.tools / "sieved", path], capture_output=True, check=False, cwd="/", user=account, timeout=60)
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            raise BackendUnavailableError("this host", f"sieved could not be run: {error}") from error
        return done.stdout if done.returncode >= 0 else None

    def _notes(self, output: bytes) -> _Notes:
        notes = _Notes({}, {})
        for found in parse_annotations(output):
            match found.entry, found.user:
                case "/specialuse", cyrus_tools.OWNER:
                    notes.special_uses[found.unique_id] = found.value
                case "/comment", user if user == self.administrator and found.unique_id:
                    notes.marks[found.unique_id] = found.value
                case "/comment", user if user == self.administrator:
                    notes.journal = found.value
        return notes

    def _start(self, tool: str, *arguments: str) -> _Process:
        command = [str(self.tools / tool), "-C", str(self.imapd_conf), *arguments]
        account = self.account if os.geteuid() == 0 else None
        # A file, since a pipe would wake this process for every few lines that a tool prints.
        printed, said = TemporaryFile(), TemporaryFile()  # noqa: SIM115 - closed when they have been read
        try:
            process = subprocess.Popen(command, stdout=printed, stderr=said, cwd="/", user=account, env=without_secrets())
            return _Process(tool, process, printed, said)
        except OSError as error:
            raise BackendUnavailableError("this host", f"{tool} could not be run: {error}") from error


@dataclass(frozen=True, slots=True)
class _Process:
    tool: str
    process: subprocess.Popen[bytes]
    printed: IO[bytes]
    said: IO[bytes]

    def output(self) -> bytes:
        """What the tool printed, when it has ended. Raises BackendUnavailableError when it failed."""
        with self.printed, self.said:
            try:
                code = self.process.wait(timeout=600)
            except subprocess.TimeoutExpired as error:
                self.process.kill()
                raise BackendUnavailableError("this host", f"{self.tool} did not end in ten minutes") from error
            if code:
                self.said.seek(0)
                said = self.said.read().decode("utf-8", "replace").strip() or f"exit code {code}"
                raise BackendUnavailableError("this host", f"{self.tool} failed: {said}")
            self.printed.seek(0)
            return self.printed.read()


@dataclass(slots=True)
class _Notes:
    """Marks and special uses by the id of their mailbox, and the server's own comment that holds the journal."""

    marks: dict[str, str]
    special_uses: dict[str, str]
    journal: str = ""
