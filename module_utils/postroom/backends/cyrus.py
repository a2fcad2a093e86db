"""Shared mailboxes on a Cyrus IMAP server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from ..core.cyrus.plan import (
    MARK_ENTRY,
    SPECIAL_USE_ENTRY,
    CyrusFolder,
    CyrusMailbox,
    CyrusObservation,
    mailbox_path,
)
from ..wire import imap
from ..wire.imap import AclReply, ListReply, MetadataReply, QuotaReply, Reply
from .cyrus_host import CyrusHost
from .cyrus_sessions import CyrusChange, carry_out, is_birth
from .failure import Failure
from .imap import ImapConnection, ImapServer

FEW = 20
"""Up to this many mailboxes are asked for one by one over IMAP; for more, reading all is cheaper."""


@dataclass(frozen=True, slots=True)
class CyrusServer:
    """A Cyrus server: ``host`` is given when the module runs on it, and makes reading fast; writing is always by IMAP."""

    imap: ImapServer
    host: CyrusHost | None = None


class Cyrus:
    """A session, for a ``with`` statement: the IMAP connection is made when it is first needed, and serves reading and writing."""

    def __init__(self, server: CyrusServer) -> None:
        self.server = server
        self._connection: ImapConnection | None = None

    def __enter__(self) -> Cyrus:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection:
            self._connection.__exit__(kind, error, trace)

    def _connected(self) -> ImapConnection:
        if not self._connection:
            self._connection = ImapConnection(self.server.imap).__enter__()
        return self._connection

    def observe(self, names: Sequence[str]) -> CyrusObservation:
        """What the server holds of the named mailboxes. Raises BackendUnavailableError."""
        is_few = len(names) <= FEW
        if self.server.host and not is_few:
            return self.server.host.observe(names)
        observed = _observe_by_imap(self._connected(), names, names if is_few else ())
        if is_few:
            for name, mailbox in observed.mailboxes.items():
                self._observe_special_uses(name, mailbox)
        return observed

    def observe_all(self) -> CyrusObservation:
        """All mailboxes of users, with what they hold and when they last changed. Raises BackendUnavailableError."""
        host = self.server.host
        observed = host.observe(None) if host else _observe_by_imap(self._connected(), None, ())
        for reply in self._connected().run_one(imap.get_metadata("user/%", imap.LAST_UPDATE_ENTRY)).replies:
            if isinstance(reply, MetadataReply) and (mailbox := observed.mailboxes.get(reply.mailbox.removeprefix("user/"))):
                mailbox.last_update = imap.iso_time(reply.values.get(imap.LAST_UPDATE_ENTRY) or "")
        return observed

    def _observe_special_uses(self, name: str, mailbox: CyrusMailbox) -> None:
        """Only the owner sees them, so it takes a login for each mailbox."""
        with self._connection_for(name) as connection:
            for answer in connection.run(imap.get_metadata(folder, SPECIAL_USE_ENTRY) for folder in mailbox.folders if folder):
                for reply in answer.replies:
                    if isinstance(reply, MetadataReply) and reply.mailbox in mailbox.folders:
                        mailbox.folders[reply.mailbox].special_use = reply.values.get(SPECIAL_USE_ENTRY)
        mailbox.special_use_known = True

    def _connection_for(self, owner: str) -> ImapConnection:
        """On behalf of a mailbox's owner; ``""`` for the administrator's own."""
        return ImapConnection(replace(self.server.imap, on_behalf_of=owner))

    def apply(self, changes: Sequence[CyrusChange], journal: str = "") -> list[Failure]:
        """Carry out the changes; a mailbox that the server refuses something for is reported, and the others are done.

        ``journal`` is the one observed. Raises BackendUnavailableError when the server goes away; what was done by then stands,
        and the next run sees it.
        """
        if not changes:
            return []
        noted = set(journal.split())
        creations = {change.mailbox for change in changes if change.action == "create"}
        if creations:
            self._write_journal(noted | creations)
        failures = carry_out(changes, self._connected(), self._connection_for, noted)
        done = {change.mailbox for change in changes} - {failure.mailbox for failure in failures}
        made = creations - {failure.mailbox for failure in failures if is_birth(failure)}
        if creations or noted & done:
            self._write_journal((noted | made) - done)
        return failures

    def _write_journal(self, names: Iterable[str]) -> None:
        """Note which mailboxes are being made, none of which lived before: were the run killed between a mailbox and its mark,
        the next run knows it for its own."""
        self._connected().require(imap.set_metadata("", MARK_ENTRY, " ".join(sorted(names)) or None))


def _observe_by_imap(connection: ImapConnection, names: Iterable[str] | None, few: Sequence[str]) -> CyrusObservation:
    """``few`` are the names to ask for one by one; when it is empty, all mailboxes are listed. ``names`` are wanted, None for all."""
    observed = CyrusObservation({})
    paths = _list(connection, observed, None if names is None else set(names), few)
    commands = [*map(imap.get_acl, paths), *(imap.get_quota(mailbox_path(name)) for name in observed.mailboxes)]
    marked = [mailbox_path(name) for name in observed.mailboxes] if few else ["user/%"]
    commands += [imap.get_metadata(path, MARK_ENTRY) for path in (*marked, "")]
    for answer in connection.run(commands):
        for reply in answer.replies:
            _take(observed, reply)
        if answer.command.verb == "GETACL" and not answer.completion.ok:
            observed.unread[str(answer.command.arguments[0])] = answer.completion.text
    return CyrusObservation(observed.mailboxes, observed.journal, observed.unread)


def _list(connection: ImapConnection, observed: CyrusObservation, wanted: set[str] | None, few: Sequence[str]) -> list[str]:
    """Note the folders of the wanted mailboxes, and return their full names."""
    patterns = [pattern for name in few for pattern in (mailbox_path(name), f"{mailbox_path(name)}/*")] or ["user/*"]
    paths = []
    for reply in connection.require(imap.list_mailboxes(*patterns)).replies:
        if isinstance(reply, ListReply):
            name, _, folder = reply.mailbox.removeprefix("user/").partition("/")
            if name in wanted if wanted is not None else "@" not in name:  # that is a mailbox of another domain
                observed.mailboxes.setdefault(name, CyrusMailbox(special_use_known=False)).folders[folder] = CyrusFolder()
                paths.append(reply.mailbox)
    return paths


def _take(observed: CyrusObservation, reply: Reply) -> None:
    match reply:
        case AclReply(path, rights):
            name, _, folder = path.removeprefix("user/").partition("/")
            observed.mailboxes[name].folders[folder].acl = rights
        case QuotaReply(root, used, limit):
            mailbox = observed.mailboxes[root.removeprefix("user/")]
            mailbox.quota_kib, mailbox.used_kib = limit, used
        case MetadataReply("", values):
            observed.journal = values.get(MARK_ENTRY) or ""
        case MetadataReply(path, values) if path.removeprefix("user/") in observed.mailboxes:
            observed.mailboxes[path.removeprefix("user/")].mark = values.get(MARK_ENTRY)
