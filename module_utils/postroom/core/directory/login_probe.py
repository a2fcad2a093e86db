"""Whether a login with a shared address is counted as a failed login of the members: told from the counter of an account that is for this.

slapd's password policy keeps the times of failed logins in ``pwdFailureTime``, and forgets them at a good one (slapo-ppolicy(5)); Active
Directory keeps their number in ``badPwdCount``, and sets it to 0 at a good one ([MS-ADA1], section 2.57).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...wire.ldap import Entry

COUNTERS = ("pwdFailureTime", "badPwdCount")
Counted = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class FailedLogins:
    """What the directory has counted for one account: the times, where it keeps them, and how many there are."""

    times: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    counted: Counted
    report: str
    """For the operator; empty when there is nothing to say."""


def failed_logins(entry: Entry) -> FailedLogins:
    times = tuple(sorted(entry.values(COUNTERS[0])))
    count = entry.value(COUNTERS[1]) or "0"
    return FailedLogins(times, len(times) + (int(count) if count.isdecimal() else 0))


def near_the_limit(account: str, found: FailedLogins, maximum: int) -> Verdict:
    return Verdict(
        "unknown",
        f"{account} has {found.number} failed logins, and with {maximum} or more none is added to them, so nothing was tried; log in as "
        "that account once with its own password, or see who guesses at it",
    )


def not_let_in(entry: str) -> Verdict:
    return Verdict(
        "unknown",
        f"{entry} does not take the password of the probe account, so nothing more was tried: correct POSTROOM_PROBE_PASSWORD or that "
        "entry, or see whether saslauthd runs, since nobody logs in with a shared address while it does not",
    )


def verdict(account: str, entry: str, before: FailedLogins, after_good: FailedLogins, after_wrong: FailedLogins | None) -> Verdict:
    """From the counter before, after a login with the right password, and after one with a wrong password where that was tried."""
    if after_good != before:
        return _counted(f"a good login at {entry} changed the failed logins of {account} from {before.number} to {after_good.number}")
    if after_wrong is not None and after_wrong != after_good:
        return _counted(f"{account} had {after_good.number} failed logins, and {after_wrong.number} after one wrong password at {entry}")
    if not before.number:
        return Verdict(
            "unknown",
            f"{account} shows no failed login, before and after a wrong password at {entry}: either none is counted, or the account that "
            "looks may not read pwdFailureTime or badPwdCount. Log in once as the probe account itself with a wrong password, at the "
            "server that counts; from then on the two can be told apart",
        )
    return Verdict("no", "")


def _counted(seen: str) -> Verdict:
    return Verdict(
        "yes",
        f"logins with a shared address count against the members: {seen}. Members lock each other out, and whoever guesses at a shared "
        "address locks all of them out. Do not let anybody log in with a shared address before the saslauthd behind {SASL} asks a server "
        "that counts nothing: docs/operator.md, How members log in",
    )
