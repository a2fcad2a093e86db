"""People and the entries of shared mailboxes in an LDAP directory."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core.adoption.choice import is_chosen
from ..core.directory.login_probe import COUNTERS, FailedLogins, failed_logins
from ..core.directory.observation import observation, view
from ..core.directory.plan import ENDED_ACCOUNTS, POLICY, DirectoryObservation, DirectoryPolicy
from ..core.model import DirectoryView
from ..core.plan import Change
from ..progress import Progress
from ..wire.ldap import LAST_LOGIN, Add, AddValue, DeleteValue, DirectoryOperation, Entry, Modify
from .failure import BackendUnavailableError, Failure

try:
    import ldap
    import ldap.dn
    import ldap.filter
    from ldap.controls import SimplePagedResultsControl
except ImportError:  # said by Directory, in the operator's words
    ldap = None

DirectoryChange = Change[DirectoryOperation]

PAGE_SIZE = 1000
WINDOW = 100
"""Operations under way at once."""
NARROW = 50
"""Up to this many mailboxes are asked for by name; for more, reading all is cheaper."""
_PERSON = ["uid", "cn", "mail", "eduPersonAffiliation"]
_MAILBOX = ["uid", "cn", "mail", "description", "owner", "userPassword"]
_MAILBOX += ["sharedMailboxBackend", "sharedMailboxStatus", "sharedMailboxManagedBy", POLICY, *LAST_LOGIN]


@dataclass(frozen=True, slots=True)
class DirectoryServer:
    """Where and how to bind. ``start_tls`` is for ldap:// addresses; ldaps:// and ldapi:// need none. ``timeout`` is in seconds."""

    uri: str
    bind_dn: str
    people_base: str
    mailboxes_base: str
    bind_password: str = field(repr=False)
    ca_file: str | None = None
    start_tls: bool = True
    timeout: float = 60
    ended_accounts: str = ENDED_ACCOUNTS
    """An LDAP filter (RFC 4515) for the people whose account has ended; a lock that ends by itself is not meant."""


class Directory:
    """A bound connection, TLS verified; use it in a ``with`` statement. Raises BackendUnavailableError when it cannot go on."""

    def __init__(self, server: DirectoryServer) -> None:
        if ldap is None:
            raise BackendUnavailableError(server.uri, "the Python library python-ldap is missing; install requirements.txt")
        if not server.bind_password:
            raise BackendUnavailableError(server.uri, f"there is no password for {server.bind_dn}")
        if server.ca_file and not Path(server.ca_file).is_file():
            raise BackendUnavailableError(server.uri, f"cannot be verified: there is no CA file {server.ca_file}")
        self.server = server

    def __enter__(self) -> Directory:
        server = self.server
        try:
            self._ldap = _connection(server)
            self._ldap.simple_bind_s(server.bind_dn, server.bind_password)
        except ldap.LDAPError as error:
            raise BackendUnavailableError(server.uri, f"cannot bind as {server.bind_dn}: {_reason(error)}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ldap.unbind_s()

    def observe(self, names: Sequence[str], logins: Iterable[str], policy: DirectoryPolicy) -> DirectoryObservation:
        """Entries of the named mailboxes and of the people with these logins, and who else has their names or addresses."""
        narrow = names if len(names) <= NARROW else ()
        logins = set(logins)
        sought = self._people_filter(narrow, logins)
        entries = self._search(self.server.mailboxes_base, _any_of(("uid",), narrow), _MAILBOX)
        people = self._search(self.server.people_base, sought, _PERSON)
        ended = {entry.dn for entry in self._search(self.server.people_base, f"(&{sought}{self.server.ended_accounts})", ["1.1"])}
        return observation(entries, people, ended, policy)

    def failed_logins(self, dn: str) -> FailedLogins:
        """What is counted for this account. Raises BackendUnavailableError, also when there is no such entry."""
        found = next((entry for entry in self._search(dn, "(objectClass=*)", COUNTERS)), None)
        if found is None:
            raise BackendUnavailableError(self.server.uri, f"{self.server.bind_dn} does not see {dn}")
        return failed_logins(found)

    def takes_password(self, dn: str, password: str) -> bool:
        """Whether somebody else's password is taken, on a connection of its own. Raises BackendUnavailableError."""
        try:
            connection = _connection(self.server)
            try:
                connection.simple_bind_s(dn, password)
            finally:
                connection.unbind_s()
        except ldap.INVALID_CREDENTIALS:
            return False
        except ldap.LDAPError as error:
            raise BackendUnavailableError(self.server.uri, f"cannot log in as {dn}: {_reason(error)}") from error
        return True

    def _people_filter(self, narrow: Sequence[str], logins: set[str]) -> str:
        """People by login, or who use a mailbox's name or address."""
        if not narrow:
            return "(uid=*)"
        by_login = _any_of(("uid",), sorted(logins | set(narrow)))
        escaped = (ldap.filter.escape_filter_chars(name) for name in narrow)
        return f"(|{by_login}{''.join(f'(mail={name}@*)' for name in escaped)})"

    def apply(self, changes: Iterable[DirectoryChange], progress: Progress) -> list[Failure]:
        """Carry out the changes; one that the server refuses is reported, and the others are done.

        A change's next stage is begun when all of the one before succeeded; the operations of one stage are all tried, one after the
        other: slapd's password policy fails when two passwords of one entry are changed at the same time.
        """
        failures: list[Failure] = []
        for stage in zip_longest(*([(change, stage) for stage in change.stages] for change in changes)):
            failed = {failure.mailbox for failure in failures}
            due = [part for part in stage if part and part[0].mailbox not in failed]
            for turn in zip_longest(*([(change, operation) for operation in operations] for change, operations in due)):
                waiting = iter([step for step in turn if step])
                while window := list(islice(waiting, WINDOW)):
                    failures += self._run(window, progress)
        return failures

    def _run(self, window: Iterable[tuple[DirectoryChange, DirectoryOperation]], progress: Progress) -> list[Failure]:
        under_way = [(change, operation, self._start(operation)) for change, operation in window]
        failures = []
        for change, operation, message in under_way:
            try:
                self._ldap.result3(message)
            except (ldap.SERVER_DOWN, ldap.TIMEOUT) as error:
                raise BackendUnavailableError(self.server.uri, _reason(error)) from error
            except ldap.LDAPError as error:
                failures.append(Failure(change.mailbox, "directory", self.server.uri, _reason(error), str(operation)))
            progress.step()
        return failures

    def _start(self, operation: DirectoryOperation) -> int:
        try:
            message: int
            if isinstance(operation, Add):
                message = self._ldap.add(operation.dn, [(name, _bytes(values)) for name, values in operation.attributes.items()])
            else:
                message = self._ldap.modify(operation.dn, _modifications(operation))
        except ldap.LDAPError as error:
            raise BackendUnavailableError(self.server.uri, _reason(error)) from error
        return message

    def add_note(self, dn: str, text: str) -> bool:
        """Add an entry that holds a text; false when there is one already. Raises BackendUnavailableError."""
        name = ldap.dn.str2dn(dn)[0][0][1]
        attributes = {"objectClass": b"applicationProcess", "cn": name.encode(), "description": text.encode()}
        return self._changed(lambda: self._ldap.add_s(dn, [(attribute, [value]) for attribute, value in attributes.items()]))

    def read_note(self, dn: str) -> str | None:
        try:
            found = self._ldap.search_s(dn, ldap.SCOPE_BASE, attrlist=["description"])
        except ldap.NO_SUCH_OBJECT:
            return None
        except ldap.LDAPError as error:
            raise BackendUnavailableError(self.server.uri, f"cannot read {dn}: {_reason(error)}") from error
        values = found[0][1].get("description", [b""]) if found else [b""]
        return str(values[0].decode("utf-8", "replace"))

    def replace_note(self, dn: str, before: str, after: str) -> bool:
        """Put another text in the place of this one; false when somebody else was first. Raises BackendUnavailableError."""
        modifications = [(ldap.MOD_DELETE, "description", [before.encode()]), (ldap.MOD_ADD, "description", [after.encode()])]
        return self._changed(lambda: self._ldap.modify_s(dn, modifications))

    def delete_note(self, dn: str) -> bool:
        """False when there is none. Raises BackendUnavailableError."""
        return self._changed(lambda: self._ldap.delete_s(dn))

    def _changed(self, change: Callable[[], Any]) -> bool:
        try:
            change()
        except (ldap.ALREADY_EXISTS, ldap.NO_SUCH_ATTRIBUTE, ldap.NO_SUCH_OBJECT):
            return False
        except ldap.LDAPError as error:
            raise BackendUnavailableError(self.server.uri, _reason(error)) from error
        return True

    def _search(self, base: str, query: str, attributes: Sequence[str]) -> Iterator[Entry]:
        page = SimplePagedResultsControl(True, size=PAGE_SIZE, cookie="")
        while True:
            try:
                message = self._ldap.search_ext(base, ldap.SCOPE_SUBTREE, query, list(attributes), serverctrls=[page])
                _, found, _, controls = self._ldap.result3(message)
            except ldap.LDAPError as error:
                raise BackendUnavailableError(self.server.uri, f"cannot search {base}: {_reason(error)}") from error
            for dn, raw in found:
                if dn:
                    yield Entry(dn, {name: tuple(value.decode("utf-8", "replace") for value in values) for name, values in raw.items()})
            page.cookie = next((control.cookie for control in controls if control.controlType == page.controlType), b"")
            if not page.cookie:
                return


def _connection(server: DirectoryServer) -> Any:
    """Not bound yet. Raises ldap.LDAPError."""
    connection = ldap.initialize(server.uri)
    connection.protocol_version = ldap.VERSION3
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, server.timeout)
    connection.set_option(ldap.OPT_TIMEOUT, server.timeout)
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    if server.ca_file:
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, server.ca_file)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    if server.start_tls and server.uri.startswith("ldap://"):
        connection.start_tls_s()
    return connection


def _any_of(attributes: Sequence[str], values: Sequence[str]) -> str:
    """A filter for any of the values, or for every entry that has the first attribute when there are none."""
    if not values:
        return f"({attributes[0]}=*)"
    escaped = [ldap.filter.escape_filter_chars(value) for value in values]
    return "(|" + "".join(f"({attribute}={value})" for attribute in attributes for value in escaped) + ")"


def _modifications(operation: Modify | AddValue | DeleteValue) -> list[tuple[int, str, list[bytes] | None]]:
    match operation:
        case Modify():
            return [(ldap.MOD_REPLACE, name, _bytes(values)) for name, values in operation.replacements.items()]
        case AddValue():
            return [(ldap.MOD_ADD, operation.attribute, [operation.value.encode()])]
        case DeleteValue():
            return [(ldap.MOD_DELETE, operation.attribute, None if operation.value is None else [operation.value.encode()])]


def _bytes(values: Sequence[str]) -> list[bytes] | None:
    return [value.encode() for value in values] or None


def _reason(error: Any) -> str:
    """The server's own words, behind the name of the result code."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return ": ".join(str(details[key]) for key in ("desc", "info") if details.get(key)) or type(error).__name__


def view_of(server: DirectoryServer, mark: str, adopt: Container[str] = ()) -> DirectoryView:
    """What the rules that need the directory go by. Raises BackendUnavailableError."""
    policy = DirectoryPolicy(server.mailboxes_base, mark)
    with Directory(server) as directory:
        return view(directory.observe((), (), policy), policy, partial(is_chosen, choice=adopt))
