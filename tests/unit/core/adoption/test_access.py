from __future__ import annotations

from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.adoption.access import Access, AccessPolicy, access
from ansible.module_utils.postroom.core.directory.live import HIDDEN
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox

from ...audit_world import CYRUS, EXCHANGE, in_directory, on_cyrus, on_exchange, people
from ...declaration import SCHEMA

POLICY = AccessPolicy(people(), SCHEMA.is_login)
FULL, SEND_AS = "full access", "send as"


def found(live: LiveMailbox, *more: Grant, entry: LiveMailbox | None = None) -> Access:
    return access(replace(live, grants=(*live.grants, *more)), entry, POLICY)


def ids(access: Access) -> list[str]:
    return [identifier for identifier, _ in access.bare_findings]


@pytest.mark.parametrize(("live", "members"), [(on_cyrus(CYRUS), CYRUS.members), (on_exchange(EXCHANGE), EXCHANGE.members)])
def test_those_with_the_rights_of_members_are_members(live: LiveMailbox, members: tuple[str, ...]) -> None:
    assert found(live) == Access(sorted(members), [])


@pytest.mark.parametrize(
    ("grant", "identifier"),
    [
        (Grant("rights", "emaes", "emaes", "lrs"), "right-partial"),
        (Grant("rights", "emaes", "emaes", "lrswipkxte", "Sent"), "right-partial"),
        (Grant("rights", "anyone", "", "p"), "right-of-everybody"),
        (Grant("rights", "group:staff", "", "lrswipkxte"), "right-of-a-group"),
        (Grant("rights", "gone", "", "lrswipkxte"), "right-of-nobody"),
        (Grant("rights", "-emaes", "", "w", deny=True), "right-denied"),
    ],
)
def test_rights_on_cyrus_that_fit_no_member_are_said(grant: Grant, identifier: str) -> None:
    adopted = found(on_cyrus(CYRUS), grant)
    assert (adopted.members, ids(adopted)) == (sorted(CYRUS.members), [identifier])


@pytest.mark.parametrize(
    ("grants", "identifier"),
    [
        ([Grant(FULL, "UGENT\\emaes", "emaes", "FullAccess")], "right-partial"),
        ([Grant(SEND_AS, "UGENT\\emaes", "emaes", "Send-As")], "right-partial"),
        ([Grant(FULL, "UGENT\\emaes", "emaes", "ReadPermission"), Grant(SEND_AS, "UGENT\\emaes", "emaes", "Send-As")], "right-partial"),
        ([Grant(FULL, "S-1-5-21-1", "", "FullAccess")], "right-of-nobody"),
        ([Grant(FULL, "UGENT\\emaes", "emaes", "FullAccess", deny=True)], "right-denied"),
        ([Grant("send on behalf", "UGENT\\emaes", "emaes")], "right-on-behalf"),
    ],
)
def test_grants_on_exchange_that_fit_no_member_are_said(grants: list[Grant], identifier: str) -> None:
    adopted = found(on_exchange(EXCHANGE), *grants)
    assert (adopted.members, ids(adopted)) == (sorted(EXCHANGE.members), [identifier])


@pytest.mark.parametrize(
    ("live", "more", "words"),
    [
        (on_cyrus(CYRUS), [Grant("rights", "emaes", "emaes", "lrswipkxtea")], "on the mailbox; members have lrswipkte"),
        (on_cyrus(CYRUS), [Grant("rights", "emaes", "emaes", "lrswipkte")], "emaes has no rights on Archive"),
        (
            on_exchange(EXCHANGE),
            [
                Grant(FULL, "UGENT\\emaes", "emaes", "ChangePermission, FullAccess"),
                Grant(SEND_AS, "UGENT\\emaes", "emaes", "Send-As"),
            ],
            "emaes has ChangePermission, FullAccess",
        ),
    ],
)
def test_a_member_with_other_rights_is_one_and_that_is_said(live: LiveMailbox, more: list[Grant], words: str) -> None:
    adopted = found(live, *more)
    assert "emaes" in adopted.members
    assert set(ids(adopted)) == {"right-differs"}
    assert words in " ".join(message for _, message in adopted.bare_findings)


@pytest.mark.parametrize(
    ("grants", "identifier", "words"),
    [
        ([Grant("login", HIDDEN)], "foreign-password", "a password of its own"),
        ([Grant("owner", "uid=gone,ou=people")], "right-of-nobody", "uid=gone,ou=people as owner"),
        ([Grant("owner", "uid=emaes,ou=people", "emaes")], "entry-differs", "emaes is an owner"),
        ([Grant("login", "emaes", "emaes")], "entry-differs", "emaes can log in"),
    ],
)
def test_an_entry_that_says_something_else_than_the_mailbox(grants: list[Grant], identifier: str, words: str) -> None:
    entry = in_directory(CYRUS)
    (bare_finding,) = found(on_cyrus(CYRUS), entry=replace(entry, grants=(*entry.grants, *grants))).bare_findings
    assert (bare_finding[0], words in bare_finding[1]) == (identifier, True)


def test_a_member_who_is_not_in_the_entry_is_said() -> None:
    messages = [message for _, message in found(on_cyrus(CYRUS), entry=replace(in_directory(CYRUS), grants=())).bare_findings]
    assert messages == [
        *(f"{login} is a member, and cannot log in with the shared address yet" for login in CYRUS.members),
        *(f"{login} is a member, and is no owner in the directory entry yet" for login in CYRUS.members),
    ]
