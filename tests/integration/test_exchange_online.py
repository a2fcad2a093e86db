"""The rhythm of every backend test, and what Exchange Online does otherwise, on the practice endpoint as ``deployment: online``; the
server is looked at with pypsrp."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.exchange.behaviour import ONLINE
from lab.exchange.control import Control

from .conftest import ROOT, Repository, exchange_with
from .exchange import Exchange, Made, Ours

AN, BART, CLEO = "ajanssens@ugent.be", "bpeeters@ugent.be", "cdevos@ugent.be"
CONNECT = [{"name": "Connect-ExchangeOnline", "parameters": {"AppId": "x", "Organization": "ugent.onmicrosoft.com"}}]
SETTINGS: dict[str, object] = {"deployment": "online", "domain_controller": "", "connect_commands": CONNECT}


@pytest.fixture(autouse=True)
def online(control: Control) -> Iterator[None]:
    control.behave(**ONLINE)
    yield
    control.behave()


def full_access(exchange: Exchange, name: str) -> set[str]:
    entries = exchange.run("Get-MailboxPermission", Identity=name)
    return {str(entry["User"]) for entry in entries if str(entry["IsInherited"]) == "False"} - {"NT AUTHORITY\\SELF"}


def send_as(exchange: Exchange, name: str) -> set[str]:
    return {str(entry["Trustee"]) for entry in exchange.run("Get-RecipientPermission", Identity=name)} - {"NT AUTHORITY\\SELF"}


def test_the_rhythm(repository: Repository, exchange: Exchange) -> None:
    repository.inventory = ROOT / "inventories" / "lab"
    keys = exchange_with(**SETTINGS)
    box = repository.declare(repository.name(), backend="exchange", display_name="Proef")
    assert repository.apply("--check", **keys).plan["summary"]["create"] == 1
    assert not exchange.exists(box)
    repository.apply(**keys)
    found = exchange.mailbox(box)
    assert (str(found["PrimarySmtpAddress"]), found["DisplayName"], found["CustomAttribute1"]) == (
        f"{box.capitalize()}@UGent.be", "Proef", f"postroom:{box}",
    )  # fmt: skip
    assert str(found["ProhibitSendReceiveQuota"]) == "5 GB (5,368,709,120 bytes)"
    assert full_access(exchange, box) == send_as(exchange, box) == {AN, BART}
    assert repository.apply(**keys).changed == 0
    exchange.run("Set-Mailbox", Identity=box, DisplayName="Other", WindowsEmailAddress=f"x{box}@ugent.be")
    exchange.run("Add-MailboxPermission", Identity=box, User="cdevos", AccessRights="FullAccess")
    exchange.run("Add-RecipientPermission", Identity=box, Trustee="cdevos", AccessRights="SendAs", Confirm=False)
    exchange.run("Remove-RecipientPermission", Identity=box, Trustee="bpeeters", AccessRights="SendAs", Confirm=False)
    assert repository.run("plan", **keys).details(box, "exchange") == {
        "DisplayName": ("Other", "Proef"),
        "PrimarySmtpAddress": (f"x{box}@ugent.be", f"{box.capitalize()}@UGent.be"),
        "full access of cdevos": ("FullAccess", None),
        "send as of cdevos": ("allowed", None),
        "send as of bpeeters": (None, "allowed"),
    }
    repository.apply(**keys)
    found = exchange.mailbox(box)
    assert (str(found["PrimarySmtpAddress"]), found["DisplayName"]) == (f"{box.capitalize()}@UGent.be", "Proef")
    assert full_access(exchange, box) == send_as(exchange, box) == {AN, BART}
    assert repository.apply(**keys).changed == 0
    repository.run("audit", only=[box], **keys)
    findings = json.loads((repository.folder / "reports" / "audit.json").read_text())["findings"]
    assert [finding["message"] for finding in findings if finding["system"] == "exchange"] == []


def test_a_new_mailbox_is_waited_for_within_the_run(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box = declared()
    assert ours(box, **SETTINGS) == (1, "")
    assert full_access(exchange, box.address) == send_as(exchange, box.address) == {AN, BART}
    assert ours(box, **SETTINGS) == (0, "")


def test_one_that_never_can_be_used_is_given_up(
    ours: Ours, declared: Made, control: Control, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ansible.module_utils.postroom.backends.exchange.PAUSES", (0.1, 0.1))
    control.behave(**{**ONLINE, "new_object_delay": 3600})
    box = declared()
    changes, problems = ours(box, **SETTINGS)
    assert changes == 1
    assert "ManagementObjectNotFoundException" in problems
    control.behave(**ONLINE)
    with control.store.write(control.store.domain_controllers[0]) as write:
        (state,) = write.view.find("proxy", f"smtp:{box.address}")
        write.put({**state, "UsableAt": 0})


def test_a_mailbox_that_was_begun_is_found_by_its_address_whatever_it_is_called(
    ours: Ours, declared: Made, exchange: Exchange, control: Control
) -> None:
    control.behave(**{**ONLINE, "new_object_delay": 0})
    box = declared()
    made = {"Name": box.name, "DisplayName": f"postroom is making {box.name}", "Alias": box.name, "PrimarySmtpAddress": box.address}
    exchange.run("New-Mailbox", Shared=True, **made)
    assert ours(box, **SETTINGS) == (1, "")
    found = exchange.mailbox(box.address)
    assert (found["CustomAttribute1"], found["DisplayName"]) == (f"postroom:{box.name}", box.display_name)
    assert len(found["Name"]) == 36


def test_advice_is_given_for_an_error_whose_class_is_in_its_text_only(ours: Ours, declared: Made, control: Control) -> None:
    control.fail_cmdlet("New-Mailbox", "*", "ProxyAddressExistsException")
    assert "(another recipient has the address; choose another" in ours(declared(), **SETTINGS)[1]


def test_a_quota_above_the_licence_is_refused_in_the_plan(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box = replace(declared(), quota_gb=51)
    changes, problems = ours(box, **SETTINGS)
    assert (changes, "the licence of the mailbox allows 50" in problems) == (0, True)
    assert not exchange.exists(box.name)
