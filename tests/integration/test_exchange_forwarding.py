"""The rhythm of every backend test, for forwarding on Exchange; the server is looked at with pypsrp."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.postroom.backends.exchange import Exchange as Session
from ansible.module_utils.postroom.core.exchange.forwarding import exchange_forwarding

from lab.exchange.control import Control

from .conftest import ROOT, Lab, Repository
from .exchange import Exchange, server

THIEF = "somebody@example.org"
SHOWN = f'"{THIEF}" [SMTP:{THIEF}]'


@pytest.fixture
def repository(repository: Repository) -> Repository:
    repository.inventory = ROOT / "inventories" / "lab"
    return repository


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.made(backend="exchange")


def found(lab: Lab, box: str) -> set[tuple[str, str, str, str, bool]]:
    """What the product says of a mailbox that no file declares."""
    with Session(server(lab.directory, lab.ports["exchange"])) as session:
        mailboxes, failures = session.read_forwarding([], [box])
    assert failures == []
    return {(one.kind, one.name, one.action, one.target, one.active) for mailbox in mailboxes for one in exchange_forwarding(mailbox)}


def rules(exchange: Exchange, box: str) -> set[str]:
    return {str(rule["Name"]) for rule in exchange.run("Get-InboxRule", Mailbox=box, IncludeHidden=True)}


def hide(control: Control, exchange: Exchange, box: str, **rule: object) -> None:
    """What a program with access to the mailbox can make, and no cmdlet."""
    control.store.add_inbox_rule(str(exchange.mailbox(box)["ExchangeGuid"]), {**rule, "Hidden": True})


def test_rules_are_reported_and_taken_away_only_when_told_so(repository: Repository, exchange: Exchange, box: str) -> None:
    exchange.run("New-InboxRule", Name="To home", Mailbox=box, RedirectTo=[THIEF], SubjectContainsWords=["invoice"])
    exchange.run("New-InboxRule", Name="Read", Mailbox=box, MarkAsRead=True, From=[THIEF])
    assert repository.findings(box) == {"forwarding-set": f"inbox-rule To home: redirect to {SHOWN}"}
    assert "forwarding by inbox rule To home" not in str(repository.apply().plan)
    details = repository.run("plan", forwarding="remove").details(box, "exchange")
    assert details == {"forwarding by inbox rule To home": (f"redirect to {SHOWN}", None)}
    assert rules(exchange, box) == {"To home", "Read"}
    assert not (repository.folder / "reports" / "removed").exists()
    assert repository.apply(forwarding="remove").details(box, "exchange") == details
    assert rules(exchange, box) == {"Read"}
    (copy,) = (repository.folder / "reports" / "removed").iterdir()
    rule = json.loads(copy.read_text())["rule"]
    assert (rule["Name"], rule["RedirectTo"], rule["SubjectContainsWords"]) == ("To home", [SHOWN], ["invoice"])
    assert repository.apply(forwarding="remove").changed == 0
    exchange.run("New-InboxRule", Name="To home", Mailbox=box, ForwardTo=[THIEF])
    assert repository.apply("--check", forwarding="remove").details(box, "exchange") == {
        "forwarding by inbox rule To home": (f"forward to {SHOWN}", None)
    }
    assert rules(exchange, box) == {"To home", "Read"}


def test_each_way_to_forward_is_found(lab: Lab, exchange: Exchange, control: Control, box: str) -> None:
    assert found(lab, box) == set()
    exchange.run("New-InboxRule", Name="a", Mailbox=box, ForwardTo=[THIEF, f"{box}@ugent.be"])
    exchange.run("New-InboxRule", Name="b", Mailbox=box, ForwardAsAttachmentTo=[THIEF])
    exchange.run("Disable-InboxRule", Identity="b", Mailbox=box, Confirm=False)
    hide(control, exchange, box, Name="c", RedirectTo=[THIEF])
    exchange.run("Set-Mailbox", Identity=box, ForwardingSmtpAddress=THIEF, DeliverToMailboxAndForward=True)
    assert found(lab, box) == {
        ("inbox-rule", "a", "forward", SHOWN, True),
        ("inbox-rule", "b", "forward as attachment", SHOWN, False),
        ("inbox-rule", "c", "redirect", SHOWN, True),
        ("property", "ForwardingSmtpAddress", "forward", THIEF, True),
    }
    exchange.run("Set-Mailbox", Identity=box, ForwardingSmtpAddress=f"{box.upper()}@ugent.be")
    assert not [one for one in found(lab, box) if one[0] == "property"]


def test_the_recipient_that_wins_is_the_one_in_effect(repository: Repository, lab: Lab, exchange: Exchange, box: str) -> None:
    other = repository.made(backend="exchange")
    exchange.run("Set-Mailbox", Identity=box, ForwardingAddress=other, ForwardingSmtpAddress=THIEF)
    seen = {(name, active): target for _, name, _, target, active in found(lab, box)}
    assert seen[("ForwardingSmtpAddress", False)] == THIEF
    assert other in seen[("ForwardingAddress", True)]


def test_a_rule_that_cannot_be_removed_or_read_is_named_and_the_others_are_done(
    repository: Repository, exchange: Exchange, control: Control, box: str
) -> None:
    others = [repository.made(backend="exchange") for _ in "ab"]
    for name in (box, *others):
        exchange.run("New-InboxRule", Name="To home", Mailbox=name, RedirectTo=[THIEF])
    hide(control, exchange, box, Name="secret", RedirectTo=[THIEF])
    control.fail_cmdlet("Get-InboxRule", others[0], times=2)
    run = repository.run("apply", forwarding="remove")
    assert run.code != 0
    output = " ".join(run.output.split())
    assert "the hidden inbox rule secret passes mail on" in output
    assert f"{others[0]} on exchange" in output
    assert "its inbox rules could not be looked at: ADTransientException" in output
    assert [rules(exchange, name) for name in (box, *others)] == [{"secret"}, {"To home"}, set()]


def test_a_mailbox_of_others_is_reported_and_left(repository: Repository, exchange: Exchange, box: str) -> None:
    exchange.run("Set-Mailbox", Identity=box, CustomAttribute1=None, PrimarySmtpAddress=f"x{box}@ugent.be", EmailAddressPolicyEnabled=False)
    exchange.run("New-InboxRule", Name="To home", Mailbox=box, RedirectTo=[THIEF])
    (repository.folder / "mailboxes" / f"{box}.yml").unlink()
    repository.declare(repository.name(), backend="exchange")
    repository.apply(forwarding="remove")
    assert rules(exchange, box) == {"To home"}
    assert repository.findings(f"x{box}").keys() == {"unmanaged", "forwarding-set"}
