"""The commands that make a mailbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.exchange.creation import creation
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy
from ansible.module_utils.postroom.wire.exchange import ExchangeCommands

from .test_plan import ACCOUNTS, LABO, POLICY


def parameters(name: str, policy: ExchangePolicy = POLICY) -> dict[str, object]:
    change = creation(replace(LABO, address=f"{name}@UGent.be"), ACCOUNTS, policy)
    return dict(change.stages[0][0].cmdlets[0].parameters)


@pytest.mark.parametrize(("length", "given"), [(20, True), (21, False), (64, False)])
def test_a_name_too_long_for_an_account_is_left_to_exchange(length: int, given: bool) -> None:
    found = parameters("x" * length)
    assert ("SamAccountName" in found) is given
    assert len(str(found["Name"])) <= 64
    assert found["Alias"] == "x" * length


def test_online_a_mailbox_is_made_first_and_known_by_its_display_name_until_it_is_marked() -> None:
    policy = replace(POLICY, commands=ExchangeCommands("online"))
    (made,), (finished,), grants = creation(LABO, ACCOUNTS, policy).stages
    assert str(made) == (
        "New-Mailbox -Name 'labo.info' -DisplayName 'postroom is making labo.info' -Alias 'labo.info' "
        "-PrimarySmtpAddress 'Labo.Info@UGent.be' -Shared"
    )
    assert str(finished).startswith("Set-Mailbox -Identity 'Labo.Info@UGent.be' -DisplayName 'Labo' ")
    assert "-CustomAttribute1 'postroom:labo.info'" in str(finished)
    assert "EmailAddressPolicyEnabled" not in str(finished)
    assert len(grants) == 4
