"""What is read of Exchange, and how: our own mailboxes only, and of them what is asked for. The practice endpoint's journal tells."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from ansible.module_utils.postroom.backends import exchange as backend
from ansible.module_utils.postroom.core.exchange.live import live_on_exchange

from lab.exchange.control import Control
from lab.exchange.put import put_recipient

from .conftest import Lab
from .exchange import Exchange, ExchangeSession, Made, Ours, converge, server

PERMISSIONS = ("Get-MailboxPermission", "Get-ADPermission", "Get-CASMailbox")
Journal = Callable[[str], list[str]]

pytestmark = pytest.mark.usefixtures("control")


@pytest.fixture(params=[20, 0], ids=["few", "many"])
def number(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many mailboxes are asked for by name."""
    monkeypatch.setattr(backend, "FEW", request.param)


@pytest.fixture
def journal(control: Control) -> Journal:
    """The local parts of the mailboxes that a command was run on since the test began, by Postroom."""
    before = len(control.audit_log())

    def look(cmdlet: str) -> list[str]:
        ours = [entry for entry in control.audit_log()[before:] if entry.login == "exchange" and entry.cmdlet == cmdlet]
        return [identity.rpartition("/")[2] for entry in ours for identity in entry.inputs]

    return look


@pytest.fixture
def stranger(exchange: Exchange) -> Iterator[str]:
    """A shared mailbox that is not ours, with somebody who may send as it."""
    name = f"s{secrets.token_hex(5)}"
    exchange.run("New-Mailbox", Name=name, Shared=True, OrganizationalUnit="ugent.be/SharedMailboxes")
    exchange.run("Add-MailboxPermission", Identity=name, User="cdevos", AccessRights="FullAccess")
    place = exchange.mailbox(name)["DistinguishedName"]
    exchange.run("Add-ADPermission", Identity=place, User="cdevos", ExtendedRights="Send As")
    yield name
    exchange.run("Remove-Mailbox", Identity=name, Confirm=False)


@pytest.mark.usefixtures("number")
def test_of_strangers_no_permissions_are_read(ours: Ours, declared: Made, exchange: Exchange, stranger: str, journal: Journal) -> None:
    box = declared()
    assert ours(box) == (1, "")
    exchange.run("Add-MailboxPermission", Identity=box.name, User="cdevos", AccessRights="FullAccess")
    assert ours(box) == (1, "")
    assert "UGENT\\cdevos" not in exchange.full_access(box.name)
    for cmdlet in PERMISSIONS:
        assert box.name in journal(cmdlet)
        assert stranger not in journal(cmdlet)


@pytest.mark.usefixtures("number")
def test_a_stranger_with_a_declared_address_is_in_the_way_and_its_permissions_are_not_read(
    ours: Ours, declared: Made, exchange: Exchange, stranger: str, journal: Journal
) -> None:
    box, other = declared(), declared()
    exchange.run("Set-Mailbox", Identity=stranger, EmailAddresses=[f"SMTP:{stranger}@ugent.be", f"smtp:{box.address.lower()}"])
    changes, problems = ours(box, other)
    assert changes == 1
    assert "collides with the shared mailbox" in problems
    assert "as a further address" in problems
    assert stranger not in {name for cmdlet in PERMISSIONS for name in journal(cmdlet)}
    assert not exchange.exists(box.name)


@pytest.mark.usefixtures("number")
def test_somebody_with_a_declared_name_as_alias_is_in_the_way(ours: Ours, declared: Made, exchange: Exchange, stranger: str) -> None:
    box = declared()
    exchange.run("Set-Mailbox", Identity=stranger, Alias=box.name)
    changes, problems = ours(box)
    assert changes == 0
    assert f"which has {box.name}" in problems


@pytest.mark.usefixtures("number")
def test_a_mailbox_that_was_left_unfinished_is_finished(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    box = declared()
    control.fail_cmdlet("Set-Mailbox", "*", times=1)
    assert "ADTransientException" in ours(box)[1]
    assert ours(box) == (1, "")
    assert exchange.mailbox(box.name)["CustomAttribute1"] == f"postroom:{box.name}"
    assert ours(box) == (0, "")


@pytest.mark.parametrize("strangers", ["whole", "without_send_as"])
def test_the_audit_can_leave_out_who_may_send_as_strangers(
    lab: Lab, declared: Made, stranger: str, journal: Journal, strangers: backend.Strangers
) -> None:
    is_asked = strangers == "whole"
    box, where = declared(), server(lab.directory, lab.ports["exchange"])
    converge(where, box)
    with ExchangeSession(where) as session:
        live = {mailbox.name: mailbox for mailbox in live_on_exchange(session.survey(strangers), where.policy)}
    assert (stranger in journal("Get-ADPermission")) is is_asked
    assert {stranger, box.name} <= set(journal("Get-MailboxPermission"))
    assert ("send as" in {grant.kind for grant in live[stranger].grants}) is is_asked
    assert {grant.kind for grant in live[box.name].grants} == {"full access", "send as"}


@pytest.mark.parametrize("selects", ["works", "flattens", "unknown"])
def test_properties_are_selected_where_the_server_can(
    ours: Ours, declared: Made, exchange: Exchange, control: Control, selects: str
) -> None:
    control.behave(select_object=selects)
    box = declared()
    assert ours(box) == (1, "")
    before = len(control.audit_log())
    assert ours(box) == (0, "")
    tried = [entry for entry in control.audit_log()[before:] if entry.cmdlet == "Select-Object" and entry.login == "exchange"]
    assert {entry.outcome for entry in tried} == {"failed" if selects == "unknown" else "completed"}
    assert len(tried) == 1 or selects != "unknown"
    exchange.run("Add-MailboxPermission", Identity=box.name, User="cdevos", AccessRights="FullAccess", InheritanceType="None")
    exchange.run("Set-Mailbox", Identity=box.name, ProhibitSendReceiveQuota="9GB", GrantSendOnBehalfTo="bpeeters")
    assert ours(box) == (1, "")
    assert exchange.full_access(box.name) == {"UGENT\\ajanssens", "UGENT\\bpeeters"}
    assert str(exchange.mailbox(box.name)["ProhibitSendReceiveQuota"]).startswith("5 GB")
    assert ours(box) == (0, "")


@pytest.mark.parametrize("selects", ["works", "flattens", "unknown"])
def test_a_further_address_is_seen_however_lists_arrive(
    ours: Ours, declared: Made, control: Control, exchange: Exchange, selects: str
) -> None:
    control.behave(select_object=selects)
    box = declared()
    put_recipient(control.store, "MailContact", f"c{box.name}", f"c{box.name}@ugent.be", box.address.lower())
    changes, problems = ours(box)
    assert changes == 0
    assert "as a further address" in problems
