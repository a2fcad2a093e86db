"""Who may open a mailbox on Exchange and send as its address: what the entries are to be, and what is missing from that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ...wire.exchange import FULL_ACCESS, RIGHTS_OF_NOTHING, SEND_AS, ExchangeCommands
from ...wire.powershell import Cmdlet, Pipeline, pipeline
from ..model import Mailbox
from ..plan import Detail, Effect, Subject

Kind = Literal["full access", "send as"]
ORPHAN = "S-1-"
"""How an entry begins whose account is gone: the security identifier is all that is left of it."""


@dataclass(frozen=True, slots=True)
class PermissionEntry:
    """A direct entry. ``login`` is empty when ``user`` is no account that Get-User knows; ``rights`` are Exchange's names.
    ``inheritance`` is what a removal must name."""

    user: str
    login: str
    rights: tuple[str, ...]
    deny: bool = False
    inheritance: str = "All"

    @property
    def who(self) -> str:
        """The login; for anybody else the whole name: ``STUDENT\\an`` is not the person who logs in as ``an``."""
        return self.login or self.user

    @property
    def is_orphan(self) -> bool:
        return self.user.upper().startswith(ORPHAN)


@dataclass(frozen=True, slots=True)
class PermissionDifference:
    detail: Detail
    command: Pipeline
    takes_away: bool = False


def additions(mailbox: Mailbox, accounts: Mapping[str, tuple[str, ...]], commands: ExchangeCommands) -> list[PermissionDifference]:
    """The entries of a mailbox that is being made."""
    found = []
    for login in mailbox.members:
        user = accounts[login][0]
        full = pipeline(commands.add_full_access(mailbox.address, user))
        found.append(PermissionDifference(_detail("full access", login, None, FULL_ACCESS, "begins"), full))
        sending = commands.add_send_as_by_address(mailbox.address, user)
        found.append(PermissionDifference(_detail("send as", login, None, "allowed", "begins"), sending))
    return found


def _detail(right: Kind, who: str, before: str | None, after: str | None, effect: Effect) -> Detail:
    return Detail(f"{right} of {who}", before, after, (Subject(who.lower(), right, effect),))


@dataclass(frozen=True, slots=True)
class Permissions:
    """One kind of permission on the mailbox that ``identity`` is the distinguished name of."""

    kind: Kind
    identity: str
    accounts: Mapping[str, tuple[str, ...]]
    commands: ExchangeCommands

    def differences(self, mailbox: Mailbox, entries: Iterable[PermissionEntry]) -> Iterator[PermissionDifference]:
        """Removals come first. Entries of accounts that are gone are left for the audit."""
        entries = [entry for entry in entries if not entry.is_orphan]
        for entry in entries:
            yield from self._removals(entry, entry.login in mailbox.entitled)
        allowed = {entry.login for entry in entries if not entry.deny and (self.kind == "send as" or FULL_ACCESS in entry.rights)}
        for login in mailbox.entitled:
            if login not in allowed:
                add = self.commands.add_full_access if self.kind == "full access" else self.commands.add_send_as
                detail = _detail(self.kind, login, None, self._shown((FULL_ACCESS,)), "begins")
                yield PermissionDifference(detail, pipeline(add(self.identity, self.accounts[login][0])))

    def _removals(self, entry: PermissionEntry, is_member: bool) -> Iterator[PermissionDifference]:
        if entry.deny:
            if is_member:
                denied = Subject(entry.login, "denial", "ends")
                detail = Detail(f"denial of {self.kind} for {entry.login}", self._shown(entry.rights), None, (denied,))
                yield PermissionDifference(detail, pipeline(self._remove(entry, entry.rights)))
            return
        kept = {FULL_ACCESS, SEND_AS, *RIGHTS_OF_NOTHING} if is_member else set()
        if excess := tuple(right for right in entry.rights if right not in kept):
            after = self._shown(tuple(right for right in entry.rights if right in kept)) or None
            before = self._shown(entry.rights, entry.inheritance)
            detail = _detail(self.kind, entry.who, before, after, "is altered" if is_member or after else "ends")
            yield PermissionDifference(detail, pipeline(self._remove(entry, excess)), takes_away=True)

    def _shown(self, rights: tuple[str, ...], inheritance: str = "All") -> str:
        if self.kind == "send as" and rights:
            return "allowed"
        return ", ".join(rights) + (f" (InheritanceType {inheritance})" if inheritance != "All" else "")

    def _remove(self, entry: PermissionEntry, rights: tuple[str, ...]) -> Cmdlet:
        if self.kind == "send as":
            return self.commands.remove_send_as(self.identity, entry.user, entry.inheritance, deny=entry.deny)
        return self.commands.remove_mailbox_permission(self.identity, entry.user, rights, entry.inheritance, deny=entry.deny)
