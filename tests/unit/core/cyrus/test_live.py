"""Cyrus' mailboxes in the terms of declarations."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.cyrus.live import live_on_cyrus
from ansible.module_utils.postroom.core.cyrus.plan import CyrusFolder, CyrusMailbox, CyrusObservation, CyrusPolicy
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from hypothesis import given
from hypothesis import strategies as st

POLICY = CyrusPolicy()


def live(acl: dict[str, str], name: str = "labo.info", journal: str = "", **fields: object) -> LiveMailbox:
    mailbox = CyrusMailbox({"": CyrusFolder(acl)}, **fields)  # type: ignore[arg-type]
    return live_on_cyrus(CyrusObservation({name: mailbox}, journal), POLICY)[0]


@pytest.mark.parametrize(
    ("identifier", "rights", "grant"),
    [
        ("ajanssens", "lrswipkxtecd", Grant("rights", "ajanssens", "ajanssens", "lrswipkxte")),
        ("AJanssens", "lr", Grant("rights", "AJanssens", "ajanssens", "lr")),
        ("-ajanssens", "w", Grant("rights", "ajanssens", "ajanssens", "w", deny=True)),
        ("labo.info", "lrswipkxtecdan", Grant("rights", "labo.info", "", "lrswipkxtean")),
        ("anyone", "l", Grant("rights", "anyone", "", "l")),
        ("group:staff", "l", Grant("rights", "group:staff", "", "l")),
    ],
)
def test_an_acl_entry(identifier: str, rights: str, grant: Grant) -> None:
    assert live({identifier: rights}).grants == (grant,)


def test_the_administrators_entries_are_left_out() -> None:
    assert live({"cyrus": "lrswipkxteacd", "-cyrus": "l"}).grants == ()


@pytest.mark.parametrize(
    ("mark", "journal", "is_managed"),
    [("postroom", "", True), (None, "", False), ("of others", "", False), (None, "labo.info", True), ("of others", "labo.info", False)],
)
def test_a_mailbox_is_ours_by_its_mark_or_while_a_killed_run_was_making_it(mark: str | None, journal: str, is_managed: bool) -> None:
    found = live({}, mark=mark, journal=journal)
    assert (found.mark, found.is_managed) == (mark, is_managed)


ACLS = st.dictionaries(st.sampled_from(["ajanssens", "-ajanssens", "anyone", "x"]), st.sampled_from(["lrs", "lrsc"]))


@given(st.dictionaries(st.sampled_from(["b", "a", "c"]), st.dictionaries(st.sampled_from(["", "Sent", "A/B"]), ACLS)))
def test_no_mailbox_and_no_entry_is_lost(servers: dict[str, dict[str, dict[str, str]]]) -> None:
    mailboxes = {name: CyrusMailbox({folder: CyrusFolder(acl) for folder, acl in folders.items()}) for name, folders in servers.items()}
    found = live_on_cyrus(CyrusObservation(mailboxes), POLICY)
    assert [mailbox.name for mailbox in found] == sorted(servers)
    told = {(one.name, grant.folder, f"{'-' if grant.deny else ''}{grant.identifier}") for one in found for grant in one.grants}
    assert told == {(name, folder, who) for name, folders in servers.items() for folder, acl in folders.items() for who in acl}
