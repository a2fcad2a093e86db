"""Reading mailboxes with Cyrus' own tools, where the module runs on the Cyrus server itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.cyrus import CyrusFolder, CyrusMailbox, CyrusObservation
from ..wire import cyrus_tools
from ..wire.cyrus_tools import parse_annotations, parse_mailboxes, parse_quotas, parse_settings
from .failure import BackendUnavailableError


@dataclass(frozen=True, slots=True)
class CyrusHost:
    """Where the tools are, and the account that may read the databases; ``administrator`` is whose private annotations count."""

    tools: Path
    imapd_conf: Path
    account: str
    administrator: str

    def observe(self, names: Iterable[str]) -> CyrusObservation:
        """The named mailboxes, as far as they live. Four processes, whatever the number of mailboxes."""
        wanted = set(names)
        notes = self._notes()
        found: dict[str, CyrusMailbox] = {}
        for record in parse_mailboxes(self._run("ctl_mboxlist", "-d")):
            name, _, folder = record.name.removeprefix("user/").partition("/")
            if name in wanted:
                mailbox = found.setdefault(name, CyrusMailbox())
                mailbox.folders[folder] = CyrusFolder(record.acl, notes.special_uses.get(record.unique_id))
                if not folder:
                    mailbox.mark = notes.marks.get(record.unique_id)
        for root, limit in parse_quotas(self._run("quota").decode("utf-8", "replace")).items():
            if root.removeprefix("user/") in found:
                found[root.removeprefix("user/")].quota_kib = limit
        return CyrusObservation(found, notes.journal)

    def _notes(self) -> _Notes:
        settings = parse_settings(self._run("cyr_info", "conf-all").decode("utf-8", "replace"))
        database = settings.get("annotation_db_path") or f"{settings.get('configdirectory', '/var/lib/cyrus')}/annotations.db"
        notes = _Notes({}, {})
        output = self._run("cyr_dbtool", database, settings.get("annotation_db", "twoskip"), "show")
        for found in parse_annotations(output):
            match found.entry, found.user:
                case "/specialuse", cyrus_tools.OWNER:
                    notes.special_uses[found.unique_id] = found.value
                case "/comment", user if user == self.administrator and found.unique_id:
                    notes.marks[found.unique_id] = found.value
                case "/comment", user if user == self.administrator:
                    notes.journal = found.value
        return notes

    def _run(self, tool: str, *arguments: str) -> bytes:
        command = [str(self.tools / tool), "-C", str(self.imapd_conf), *arguments]
        account = self.account if os.geteuid() == 0 else None
        try:
            done = subprocess.run(command, capture_output=True, check=True, cwd="/", user=account, timeout=600)
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip() or f"exit code {error.returncode}"
            raise BackendUnavailableError("this host", f"{tool} failed: {said}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BackendUnavailableError("this host", f"{tool} could not be run: {error}") from error
        return done.stdout


@dataclass(slots=True)
class _Notes:
    """Marks and special uses by the id of their mailbox, and the server's own comment that holds the journal."""

    marks: dict[str, str]
    special_uses: dict[str, str]
    journal: str = ""
