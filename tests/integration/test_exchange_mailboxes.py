"""The rhythm of every backend test, for Exchange, through the playbooks; the server is looked at with pypsrp."""

from __future__ import annotations

import time

import pytest

from lab.exchange.control import Control

from .conftest import ROOT, Lab, Repository, exchange_with
from .exchange import Exchange

AN, BART, CLEO = "UGENT\\ajanssens", "UGENT\\bpeeters", "UGENT\\cdevos"


@pytest.fixture
def repository(repository: Repository) -> Repository:
    repository.inventory = ROOT / "inventories" / "lab"
    return repository


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.declare(repository.name(), backend="exchange", display_name="Proef d'Or $x")


def shells_of_postroom(control: Control) -> list[str]:
    return [shell["id"] for shell in control.shells() if shell["owner"] == "exchange"]


def test_check_mode_plans_and_leaves_exchange_alone(repository: Repository, exchange: Exchange, box: str) -> None:
    run = repository.apply("--check", "--diff")
    assert run.plan["summary"] == {"create": 1, "update": 0, "retire": 0, "unchanged": 0}
    assert "+ProhibitSendReceiveQuota: 5120MB" in run.output
    assert not exchange.exists(box)


def test_apply_makes_the_mailbox_and_a_second_apply_changes_nothing(repository: Repository, exchange: Exchange, box: str) -> None:
    planned = repository.run("plan")
    applied = repository.apply()
    assert applied.plan["digest"] == planned.plan["digest"]
    found = exchange.mailbox(box)
    assert {
        name: str(found[name]) for name in ("PrimarySmtpAddress", "DisplayName", "Alias", "UserPrincipalName", "RecipientTypeDetails")
    } == {
        "PrimarySmtpAddress": f"{box.capitalize()}@UGent.be",
        "DisplayName": "Proef d'Or $x",
        "Alias": box,
        "UserPrincipalName": f"{box}@ugent.be",
        "RecipientTypeDetails": "SharedMailbox",
    }
    assert str(found["ProhibitSendReceiveQuota"]) == "5 GB (5,368,709,120 bytes)"
    assert str(found["IssueWarningQuota"]) == "4.5 GB (4,831,838,208 bytes)"
    assert (found["UseDatabaseQuotaDefaults"], found["MessageCopyForSentAsEnabled"]) == (False, True)
    assert (found["CustomAttribute1"], found["Name"]) == (f"postroom:{box}", box)
    assert exchange.full_access(box) == exchange.send_as(box) == {AN, BART}
    assert repository.apply().changed == 0


def test_what_somebody_changed_on_exchange_is_planned_and_restored(repository: Repository, exchange: Exchange, box: str) -> None:
    repository.converge()
    exchange.run("Set-Mailbox", Identity=box, ForwardingSmtpAddress="me@gmail.com", DeliverToMailboxAndForward=True)
    exchange.run("Set-Mailbox", Identity=box, PrimarySmtpAddress=f"x{box}@ugent.be", ProhibitSendReceiveQuota="unlimited")
    exchange.run("Set-CASMailbox", Identity=box, ImapEnabled=False)
    exchange.run("Add-MailboxPermission", Identity=box, User="cdevos", AccessRights="FullAccess")
    exchange.run("Add-MailboxPermission", Identity=box, User="ajanssens", AccessRights="ChangePermission")
    exchange.run("Remove-ADPermission", Identity=box, User="bpeeters", ExtendedRights="Send As", Confirm=False)
    details = repository.planned().details(box, "exchange")
    assert details == {
        "ForwardingSmtpAddress": ("smtp:me@gmail.com", None),
        "DeliverToMailboxAndForward": (True, False),
        "PrimarySmtpAddress": (f"x{box}@ugent.be", f"{box.capitalize()}@UGent.be"),
        "ProhibitSendReceiveQuota": ("unlimited", "5120MB"),
        "ImapEnabled": (False, True),
        "full access of cdevos": ("FullAccess", None),
        "full access of ajanssens": details["full access of ajanssens"],
        "send as of bpeeters": (None, "allowed"),
    }
    assert details["full access of ajanssens"][1] == "FullAccess"
    repository.converge()
    found = exchange.mailbox(box)
    assert (found["ForwardingSmtpAddress"], str(found["PrimarySmtpAddress"])) == (None, f"{box.capitalize()}@UGent.be")
    assert exchange.full_access(box) == exchange.send_as(box) == {AN, BART}
    assert repository.converge().changed == 0


def test_a_member_is_taken_out_and_another_put_in(repository: Repository, exchange: Exchange, box: str) -> None:
    repository.converge()
    repository.declare(box, backend="exchange", members=["ajanssens", "cdevos"])
    repository.converge()
    assert exchange.full_access(box) == exchange.send_as(box) == {AN, CLEO}


def test_retired_ends_access_and_present_restores_it(repository: Repository, exchange: Exchange, box: str) -> None:
    repository.converge()
    guid = exchange.mailbox(box)["ExchangeGuid"]
    repository.declare(box, backend="exchange", state="retired")
    assert repository.converge().plan["summary"]["retire"] == 1
    assert exchange.full_access(box) == exchange.send_as(box) == set()
    assert exchange.mailbox(box)["RequireSenderAuthenticationEnabled"] is True
    assert repository.converge().changed == 0
    repository.declare(box, backend="exchange")
    repository.converge()
    assert exchange.full_access(box) == exchange.send_as(box) == {AN, BART}
    assert (exchange.mailbox(box)["RequireSenderAuthenticationEnabled"], exchange.mailbox(box)["ExchangeGuid"]) == (False, guid)


@pytest.mark.parametrize(("lives", "declared"), [("exchange", "cyrus"), ("cyrus", "exchange")])
def test_a_mailbox_that_lives_on_the_other_backend_is_an_error(repository: Repository, lab: Lab, lives: str, declared: str) -> None:
    box = repository.made(backend=lives)
    repository.declare(box, backend=declared)
    run = repository.run("apply")
    assert run.code != 0
    assert f"asks for {declared}, but the mailbox lives on {lives.capitalize()}" in run.output.replace("\n", " ")
    assert "migrate" in run.output
    with lab.exchange() as exchange:
        assert (lab.exists(f"user/{box}"), exchange.exists(box)) == (lives == "cyrus", lives == "exchange")
    assert f"sharedMailboxBackend: {lives}" in lab.entry(box)
    assert lab.lets_in(box, "ajanssens") is (lives == "cyrus")


def test_only_commands_with_parameters_are_sent_and_no_secret_is_shown(
    repository: Repository, lab: Lab, control: Control, box: str
) -> None:
    started = time.time()
    run = repository.apply("-vvv", "--diff")
    assert lab.secret("exchange") not in run.output
    ours = [entry for entry in control.audit_log() if entry.at > started and entry.login == "exchange"]
    assert ours
    assert all(entry.cmdlet for entry in ours)
    assert shells_of_postroom(control) == []


def test_a_refusal_names_mailbox_and_command_and_the_others_are_done(
    repository: Repository, lab: Lab, exchange: Exchange, control: Control, box: str
) -> None:
    other = repository.declare(repository.name(), backend="exchange")
    control.fail_cmdlet("Add-MailboxPermission", box)
    run = repository.run("apply")
    assert run.code != 0
    output = run.output.replace("\n", " ")
    assert f"{box} on exchange (https://127.0.0.1" in output
    assert "ADTransientException" in output
    assert "in answer to Add-MailboxPermission -Identity" in output
    assert exchange.full_access(other) == {AN, BART}
    assert (lab.entry(box), bool(lab.entry(other))) == ("", True)


def test_an_exchange_that_cannot_be_used_is_named_and_no_mailbox_is_made_on_cyrus(repository: Repository, lab: Lab, box: str) -> None:
    other = repository.declare(repository.name(), backend="cyrus")
    run = repository.run("apply", **exchange_with(password="wrong"))
    assert run.code != 0
    assert "the login of exchange was refused" in run.output.replace("\n", " ")
    assert not lab.exists(f"user/{other}")
    assert (lab.entry(box), lab.entry(other)) == ("", "")
