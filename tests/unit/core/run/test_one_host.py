"""One host for each system, and all of them."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.run.one_host import refusals

USUAL = {"control": ["here"], "cyrus_servers": ["imap1"], "exchange_servers": ["ex1"], "directory_servers": ["ldap1"]}
ALL = ["here", "imap1", "ex1", "ldap1"]


@pytest.mark.parametrize("groups", [USUAL, {"control": ["lab"], "cyrus_servers": ["lab"]}, {**USUAL, "mail_relays": ["smtp1", "smtp2"]}])
def test_one_host_each_is_taken(groups: dict[str, list[str]]) -> None:
    assert list(refusals(groups, [*ALL, "lab"])) == []


@pytest.mark.parametrize("group", USUAL)
def test_a_second_host_is_refused_with_group_hosts_and_reason(group: str) -> None:
    (sentence,) = refusals({**USUAL, group: ["one", "two"]}, [*ALL, "one", "two"])
    assert f"2 hosts in {group} (one, two)" in sentence
    assert "without being in the plan, the limits and the journal" in sentence


def test_a_second_host_is_refused_whatever_the_limit() -> None:
    (sentence,) = refusals({**USUAL, "cyrus_servers": ["imap1", "imap2"]}, ["here", "imap1", "ex1", "ldap1"])
    assert "2 hosts in cyrus_servers" in sentence


def test_a_limit_that_leaves_a_system_out_is_said() -> None:
    (sentence,) = refusals(USUAL, ["here", "imap1", "ldap1"])
    assert sentence.startswith("--limit leaves out ex1 of exchange_servers")


@pytest.mark.parametrize("groups", [{}, {"control": []}])
def test_there_is_a_machine_that_runs_ansible(groups: dict[str, list[str]]) -> None:
    (sentence,) = refusals(groups, ALL)
    assert "no host in control" in sentence
