"""One login with a shared address, by an account that is for this, to see whether the directory counts it against the member."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from ..core.directory.login_probe import FailedLogins, Verdict, near_the_limit, not_let_in, verdict
from .directory import Directory, DirectoryServer
from .failure import BackendUnavailableError


@dataclass(frozen=True, slots=True)
class LoginProbe:
    """``entry`` is the DN of an entry with the one password ``{SASL}<account's login>``; ``account`` the DN of a person that nobody is."""

    entry: str
    account: str
    password: str = field(repr=False)
    failures_maximum: int = 3
    """With so many failed logins of the account, none is added to them."""


def probe_logins(server: DirectoryServer, probe: LoginProbe) -> Verdict:
    """Log in rightly, and when that let the account in and its counter did not move, once wrongly. Raises BackendUnavailableError.

    So there is at most one failed login in a run, and where it is counted, the next run's good one forgets it.
    """
    if not probe.password:
        raise BackendUnavailableError(server.uri, "there is no password for the login probe; set POSTROOM_PROBE_PASSWORD")
    with Directory(server) as directory:
        before = directory.failed_logins(probe.account)
        if before.number >= probe.failures_maximum:
            return near_the_limit(probe.account, before, probe.failures_maximum)
        if not directory.takes_password(probe.entry, probe.password):
            return not_let_in(probe.entry)
        after_good = directory.failed_logins(probe.account)
        after_wrong: FailedLogins | None = None
        if after_good == before:
            directory.takes_password(probe.entry, secrets.token_urlsafe(24))
            after_wrong = directory.failed_logins(probe.account)
    return verdict(probe.account, probe.entry, before, after_good, after_wrong)
