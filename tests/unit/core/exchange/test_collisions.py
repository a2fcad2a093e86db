"""Who else has what a declaration asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.exchange.collisions import MOVED, Holder, held

from .test_plan import LABO

CYRUS = replace(LABO, backend="cyrus")
ADDRESS = "labo.info@ugent.be"
GROUP = Holder("the MailUniversalDistributionGroup Labs", primary="labs@ugent.be", kind="MailUniversalDistributionGroup")
OURS = Holder("the shared mailbox CN=ict", ours="ict", primary="ict@ugent.be", kind="SharedMailbox")
MOVED_ONE = Holder("the RemoteSharedMailbox Labo", ours="labo.info", primary=ADDRESS, kind=MOVED)


@pytest.mark.parametrize("mailbox", [LABO, CYRUS])
@pytest.mark.parametrize(
    ("holder", "said"),
    [
        (GROUP, "the MailUniversalDistributionGroup Labs, which has labo.info@ugent.be as a further address and is not Postroom's"),
        (replace(GROUP, primary=ADDRESS), "Labs, which has labo.info@ugent.be and is not"),
        (OURS, "the shared mailbox CN=ict, which has labo.info@ugent.be as a further address: it is Postroom's mailbox ict; take"),
        (
            MOVED_ONE,
            "belongs to the RemoteSharedMailbox Labo with its mark of ownership, which is what is left here of a mailbox that was moved",
        ),
        (replace(MOVED_ONE, ours=""), "belongs to the RemoteSharedMailbox Labo, which is what is left"),
    ],
)
def test_whoever_has_the_address_is_named(mailbox: object, holder: Holder, said: str) -> None:
    for lives in (True, False):
        assert said in held(mailbox, (), {ADDRESS: holder}, "advice", lives=lives)  # type: ignore[arg-type]


def test_what_is_the_mailboxs_own_is_no_collision() -> None:
    assert held(LABO, {ADDRESS}, {ADDRESS: GROUP}, "", lives=True) == ""
    assert held(LABO, (), {ADDRESS: replace(OURS, ours="labo.info")}, "", lives=True) == ""


@pytest.mark.parametrize(("primary", "collides"), [(ADDRESS, False), ("other@ugent.be", True)])
def test_a_contact_that_leads_to_a_mailbox_elsewhere_is_none(primary: str, collides: bool) -> None:
    contact = Holder("the MailContact Labo", primary=primary, kind="MailContact")
    assert bool(held(CYRUS, (), {ADDRESS: contact}, "", lives=False)) is collides
    assert held(LABO, (), {ADDRESS: contact}, "", lives=False)


@pytest.mark.parametrize(("mailbox", "lives", "collides"), [(LABO, False, True), (LABO, True, False), (CYRUS, False, False)])
def test_a_name_counts_where_the_mailbox_is_still_to_be_made(mailbox: object, lives: bool, collides: bool) -> None:
    assert bool(held(mailbox, (), {"labo.info": Holder("the account x")}, "", lives=lives)) is collides  # type: ignore[arg-type]
