"""What an account's counter says before and after logins with a shared address."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.directory.login_probe import FailedLogins, failed_logins, verdict
from ansible.module_utils.postroom.wire.ldap import Entry

NONE = FailedLogins()
ONE, ANOTHER = FailedLogins(("20261127120000.000001Z",), 1), FailedLogins(("20261127130000.000001Z",), 1)
AD_ONE, AD_TWO = FailedLogins(number=1), FailedLogins(number=2)


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({}, NONE),
        ({"pwdFailureTime": ONE.times}, ONE),
        ({"badPwdCount": ("2",)}, AD_TWO),
        ({"badPwdCount": ("0",)}, NONE),
    ],
)
def test_both_directories_counters_are_read(attributes: dict[str, tuple[str, ...]], found: FailedLogins) -> None:
    assert failed_logins(Entry("uid=probe", attributes)) == found


@pytest.mark.parametrize(
    ("before", "after_good", "after_wrong", "counted"),
    [
        pytest.param(ONE, ONE, ONE, "no", id="a counter that is seen and does not move"),
        pytest.param(NONE, NONE, ONE, "yes", id="a wrong password is counted"),
        pytest.param(AD_ONE, AD_ONE, AD_TWO, "yes", id="in Active Directory too"),
        pytest.param(ONE, NONE, None, "yes", id="a good login forgets what was counted"),
        pytest.param(ONE, ONE, ANOTHER, "yes", id="an old failure is forgotten when a new one is counted"),
        pytest.param(NONE, NONE, NONE, "unknown", id="none was ever seen"),
    ],
)
def test_what_the_counter_says(before: FailedLogins, after_good: FailedLogins, after_wrong: FailedLogins | None, counted: str) -> None:
    found = verdict("uid=probe", "uid=shared", before, after_good, after_wrong)
    assert found.counted == counted
    assert bool(found.report) is (counted != "no")
