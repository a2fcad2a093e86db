"""The filters, on inventories and hosts' variables as Ansible gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError

from filter_plugins.servers import REGISTERED, FilterModule

ROOT = Path(__file__).parents[3]
FILTERS = FilterModule().filters()
GROUPS = {"control": ["here"], "cyrus_servers": ["imap1"], "exchange_servers": ["ex1"], "directory_servers": ["ldap1"]}
FINE: dict[str, Any] = {"changes": [], "failures": []}


def hosts(**variables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host: variables.get(host, {}) for (host,) in GROUPS.values()}


def tasks(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for item in items for one in (tasks(item["block"]) if "block" in item else [item])]


def test_each_result_is_registered_by_the_task_that_is_named() -> None:
    files = sorted(ROOT.glob("roles/*/tasks/*.yml"))
    known = {(task["register"], task["name"]) for file in files for task in tasks(yaml.safe_load(file.read_text())) if "register" in task}
    assert {(one.variable, one.task) for some in REGISTERED.values() for one in some} <= known


def test_every_system_that_there_is_answers_or_is_said_not_to() -> None:
    own = {"system": "cyrus", "server": "imap1:143", **FINE}
    result = {"cyrus_mailboxes__result": own}
    found = FILTERS["results_of"](hosts(imap1=result, ex1={"exchange_mailboxes__result": {"skipped": True}}), "plan", GROUPS)
    assert [(one["system"], one["server"], "failures" in one) for one in found] == [
        ("cyrus", "imap1:143", True),
        ("directory", "ldap1", False),
    ]
    assert FILTERS["results_of"](hosts(imap1=result), "plan", {"cyrus_servers": ["imap1"]}) == [own]


def test_what_was_not_asked_for_is_no_result() -> None:
    skipped = {"cyrus_mailboxes__forwarding": {"skipped": True}}
    assert FILTERS["results_of"](hosts(imap1=skipped), "forwarding", GROUPS) == []
    assert FILTERS["results_of"](hosts(here={"letters__result": {"skipped": True}}), "letters", GROUPS) == []


def test_copies_are_a_result_only_when_they_failed() -> None:
    for copies, told in (({"copied": ["x"]}, 0), ({"failed": True, "msg": "cannot keep the copy x: No space left on device"}, 1)):
        found = FILTERS["results_of"](hosts(imap1={"cyrus_mailboxes__copies": copies}), "forwarding", GROUPS)
        assert ["No space left on device" in one["msg"] for one in found] == [True] * told


def test_what_died_says_no_password_of_the_host() -> None:
    variables = {
        "cyrus_mailboxes__password": "geheim",
        "cyrus_mailboxes__server": {"host": "imap1", "login": {"password": "stil"}},
        "connection_to_cyrus": {"password": "omgeving"},
        "ansible_become_password": "wortel",
        "cyrus_mailboxes__result": {"failed": True, "msg": "geheim, stil, omgeving and wortel at imap1"},
    }
    (told, *_) = FILTERS["results_of"](hosts(imap1=variables), "plan", GROUPS)
    assert told["msg"].endswith("********, ********, ******** and ******** at imap1")


def test_results_of_something_else_are_refused() -> None:
    with pytest.raises(AnsibleError, match="no results of plans"):
        FILTERS["results_of"](hosts(), "plans", GROUPS)


def test_which_backends_there_are_servers_of() -> None:
    assert FILTERS["backends_with_servers"](GROUPS) == ["cyrus", "exchange"]
    assert FILTERS["backends_with_servers"]({"cyrus_servers": ["imap1"], "exchange_servers": []}) == ["cyrus"]


def test_the_variables_of_a_server() -> None:
    known = hosts(imap1={"cyrus_mailboxes__member_rights": "lrs"})
    assert FILTERS["host_of"](known, "cyrus", GROUPS) == {"cyrus_mailboxes__member_rights": "lrs"}
    assert FILTERS["host_of"](known, "exchange", {"exchange_servers": []}) == FILTERS["host_of"](known, "exchange", {}) == {}


def test_what_may_not_be_made_depends_on_the_servers_and_their_results() -> None:
    lives = {"failures": [{"mailbox": "labo"}]}
    assert FILTERS["held_back"](hosts(imap1={"cyrus_mailboxes__result": lives}), "exchange", GROUPS, ["exchange"]) == ["labo"]
    assert FILTERS["held_back"](hosts(), "exchange", GROUPS, ["exchange"]) == ["*"]
    assert FILTERS["held_back"](hosts(), "exchange", {"exchange_servers": ["ex1"]}, ["exchange"]) == []


def test_a_run_is_refused_by_its_inventory() -> None:
    assert FILTERS["refused_hosts"](GROUPS, list(hosts())) == []
    assert len(FILTERS["refused_hosts"]({**GROUPS, "cyrus_servers": ["imap1", "imap2"]}, [*hosts(), "imap2"])) == 1
