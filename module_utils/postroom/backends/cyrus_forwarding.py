"""Sieve scripts of shared mailboxes: which mailboxes have any, reading them, and taking away those that redirect."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.cyrus.forwarding import SieveOperation, StoredScript
from ..core.cyrus.plan import MARK_ENTRY, mailbox_path
from ..core.plan import Change
from ..wire import imap
from ..wire.cyrus_tools import parse_mailboxes
from ..wire.imap import ListReply, MetadataReply
from .cyrus import FEW, CyrusServer
from .cyrus_host import CyrusHost
from .failure import BackendUnavailableError, Failure
from .imap import ImapConnection
from .managesieve import CommandRefusedError, ManageSieve, ManageSieveServer

SESSIONS = 4
"""How many mailboxes are looked at at once; the server allows some hundred sessions in all."""


@dataclass(slots=True)
class SieveObservation:
    """The scripts of each mailbox that has any, and the mailboxes that could not be looked at."""

    scripts: dict[str, tuple[StoredScript, ...]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SieveScripts:
    """The scripts on one Cyrus server, and who may change them."""

    server: CyrusServer
    sieve: ManageSieveServer

    def observe(self, names: Collection[str]) -> SieveObservation:
        """The scripts of the named mailboxes, as far as they live. Raises BackendUnavailableError.

        On the Cyrus host only those are asked for that have scripts, and each script has a listing of what was compiled. Elsewhere all
        are asked, which takes a few round trips for each; Cyrus 3.6 then makes the (hidden) folder that its scripts are kept in.
        """
        if not (host := self.server.host):
            return self._read_all(self._living(names))
        directories = script_directories(host, names)
        observed = self._read_all(directories)
        observed.scripts = with_listings(host, observed.scripts, directories)
        return observed

    def _read_all(self, names: Iterable[str]) -> SieveObservation:
        asked = sorted(names)
        parts = [asked[start::SESSIONS] for start in range(SESSIONS)] if len(asked) > FEW else [asked]
        observed = SieveObservation()
        with ThreadPoolExecutor(SESSIONS) as pool:
            for part in pool.map(self._read, filter(None, parts)):
                observed.scripts |= part.scripts
                observed.failures += part.failures
        return observed

    def _living(self, names: Collection[str]) -> set[str]:
        patterns = list(map(mailbox_path, names)) if len(names) <= FEW else ["user/%"]
        with ImapConnection(self.server.imap) as connection:
            replies = connection.require(imap.list_mailboxes(*patterns)).replies if names else []
        return {reply.mailbox.removeprefix("user/") for reply in replies if isinstance(reply, ListReply)} & set(names)

    def _read(self, names: Sequence[str]) -> SieveObservation:
        observed = SieveObservation()
        with ManageSieve(self.sieve) as session:
            for name in names:
                try:
                    session.act_for(name)
                    scripts = session.scripts()
                except CommandRefusedError as error:
                    session.close()
                    message = f"its Sieve scripts could not be looked at: {error}"
                    observed.failures.append(self._failure(name, message, str(error.command)))
                else:
                    observed.scripts |= {name: scripts} if scripts else {}
        return observed

    def marked(self, names: Iterable[str], mark: str) -> set[str]:
        """Those of the named mailboxes that carry the mark of ownership. Raises BackendUnavailableError."""
        commands = [imap.get_metadata(mailbox_path(name), MARK_ENTRY) for name in names]
        if not commands:
            return set()
        with ImapConnection(self.server.imap) as connection:
            replies = [reply for answer in connection.run(commands) for reply in answer.replies if isinstance(reply, MetadataReply)]
        return {reply.mailbox.removeprefix("user/") for reply in replies if reply.values.get(MARK_ENTRY) == mark}

    def apply(self, changes: Sequence[Change[SieveOperation]]) -> list[Failure]:
        """Carry out the changes; a mailbox that the server refuses something for is reported, and the others are done."""
        failures: list[Failure] = []
        with ManageSieve(self.sieve) as session:
            for change in changes:
                try:
                    session.act_for(change.mailbox)
                    for operation in (operation for stage in change.stages for operation in stage):
                        session.run(operation.command)
                except (CommandRefusedError, BackendUnavailableError) as error:
                    session.close()
                    command = str(error.command) if isinstance(error, CommandRefusedError) else ""
                    failures.append(self._failure(change.mailbox, str(error), command))
        return failures

    def _failure(self, mailbox: str, message: str, command: str = "") -> Failure:
        return Failure(mailbox, "cyrus", str(self.sieve), message, command)


def script_directories(host: CyrusHost, names: Collection[str]) -> dict[str, Path | None]:
    """Which of the named mailboxes may have scripts, on the Cyrus host itself, and the directory of the compiled ones, None when it cannot
    be told. Raises BackendUnavailableError.

    Cyrus 3.6 keeps them in a folder of the mailbox (``sieve_folder``) and compiled ones below ``sievedir``, in a directory with the
    mailbox's unique id; older versions, and mailboxes from before an upgrade that nobody has logged in to yet, have all below
    ``sievedir``, in a directory with the user's name. How directories are hashed does not matter: their last part is looked at.
    """
    settings = host.settings()
    if settings.get("sieveusehomedir") == "yes":
        raise BackendUnavailableError("this host", "sieveusehomedir is on: Sieve scripts in home directories cannot be looked at")
    folder = settings.get("sieve_folder") or "#sieve"
    directories = _directories_with_files(settings.get("sievedir") or "/var/spool/sieve")
    found: dict[str, Path | None] = {}
    for record in parse_mailboxes(host.mailboxes()):
        name, _, path = record.name.removeprefix("user/").partition("/")
        if path == folder:
            found.setdefault(name, None)
        elif not path:
            by_id = directories.get(record.unique_id, [])
            by_name = [one for known in {name.replace(".", "^"), name} for one in directories.get(known, [])]
            if by_id or by_name:
                found[name] = one[0] if len(one := by_id or by_name) == 1 else None
    return {name: directory for name, directory in found.items() if name in set(names)}


def _directories_with_files(root: str) -> dict[str, list[Path]]:
    """The directories below ``root`` that hold anything but directories, by name. Raises BackendUnavailableError."""

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return  # nobody has stored a script yet, or somebody just removed one
        raise BackendUnavailableError("this host", f"the directory of Sieve scripts cannot be read: {error}") from error

    found = defaultdict(list)
    for path, _, files in os.walk(root, onerror=refuse):
        if files:
            found[os.path.basename(path)].append(Path(path))  # noqa: PTH119
    return found


def with_listings(
    host: CyrusHost, scripts: Mapping[str, Sequence[StoredScript]], directories: Mapping[str, Path | None]
) -> dict[str, tuple[StoredScript, ...]]:
    """The same scripts, with what ``sieved`` prints of each. It takes one file at a time, so it runs once for all that were compiled to
    the same bytes; many mailboxes have the same script. Raises BackendUnavailableError when it cannot be run."""
    files = {(box, one.name): _compiled(directories.get(box), one.name) for box, ours in scripts.items() for one in ours}
    paths = dict(filter(None, files.values()))
    with ThreadPoolExecutor(SESSIONS) as pool:
        listings = dict(zip(paths, pool.map(host.compiled_script, paths.values()), strict=True))
    return {
        box: tuple(replace(one, listing=listings[file[0]] if (file := files[box, one.name]) else None) for one in ours)
        for box, ours in scripts.items()
    }


def _compiled(directory: Path | None, name: str) -> tuple[bytes, Path] | None:
    """A compiled script's bytes, and where they are. A script's name is a name of a file, in the bytes that it came in."""
    if directory is None or "/" in name:
        return None
    path = directory / os.fsdecode(f"{name}.bc".encode("utf-8", "surrogateescape"))
    try:
        return path.read_bytes(), path
    except OSError:
        return None
