"""Whose an entry on Exchange is: by security identifier where one is shown, else by the whole name, domain included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...wire.exchange_objects import AccountRecord, EntryRecord


@dataclass(frozen=True, slots=True)
class Principals:
    """The accounts that Exchange knows. ``domains`` are DNS domains by NetBIOS name, both in lower case: which belong together is asked
    of Exchange, since one does not follow from the other. A login name that several domains have is nobody's here."""

    accounts: Iterable[AccountRecord]
    domains: Mapping[str, str] = field(default_factory=dict)
    _by_sid: dict[str, str] = field(init=False, default_factory=dict)
    _by_principal_name: dict[str, str] = field(init=False, default_factory=dict)
    _by_account: dict[tuple[str, str], str] = field(init=False, default_factory=dict)

    @classmethod
    def known(cls, accounts: Iterable[AccountRecord], domains: Mapping[str, str], account_domain: str = "") -> Principals:
        """``account_domain`` is the only domain whose login names declarations use; empty for any."""
        return cls(tuple(in_domain(accounts, account_domain)), domains)

    def __post_init__(self) -> None:
        homes: dict[str, set[str]] = {}
        for account in self.accounts:
            homes.setdefault(account.login, set()).add(account.domain)
        for account in self.accounts:
            login = account.login if len(homes[account.login]) == 1 else ""
            if account.sid:
                self._by_sid[account.sid] = login
            self._by_principal_name[account.user_principal_name.lower()] = login
            self._by_account[account.domain, account.login] = login

    def login_of(self, user: str, sid: str = "") -> str:
        """``user`` is ``DOMAIN\\login`` on premises, a user principal name online. Empty for a group and for anybody else."""
        if sid and self._by_sid:
            return self._by_sid.get(sid, "")
        domain, separator, login = user.lower().rpartition("\\")
        if separator:
            return self._by_account.get((self.domains[domain], login), "") if domain in self.domains else ""
        return self._by_principal_name.get(login, "") if "@" in login else ""


def in_domain(accounts: Iterable[AccountRecord], domain: str) -> Iterator[AccountRecord]:
    return (account for account in accounts if not domain or account.domain == domain.lower())


def logins_named(entries: Iterable[EntryRecord]) -> set[str]:
    """The login names that entries may be of, in lower case: ``an`` for ``UGENT\\an`` and for ``an@ugent.be``."""
    users = {entry.user.lower() for entry in entries}
    return {user.rpartition("\\")[2].partition("@")[0] for user in users if "\\" in user or "@" in user}


def domains_to_ask_for(entries: Iterable[EntryRecord], accounts: Iterable[AccountRecord]) -> dict[str, list[str]]:
    """NetBIOS domains that entries without SID are in, each with the entries' users by which Exchange can be asked for it: those that
    have the login name of an account."""
    accounts = list(accounts)
    logins = {account.login for account in accounts}
    shows_sids = any(account.sid for account in accounts)
    found: dict[str, set[str]] = {}
    for entry in entries:
        domain, _, login = entry.user.lower().rpartition("\\")
        if domain and login in logins and not (entry.sid and shows_sids):
            found.setdefault(domain, set()).add(entry.user)
    return {domain: sorted(users) for domain, users in sorted(found.items())}
