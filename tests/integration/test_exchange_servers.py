"""What servers do otherwise than the one that Postroom was made on; the server is looked at with pypsrp."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.core.exchange.plan import plan_exchange
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy
from ansible.module_utils.postroom.progress import Progress

from lab.exchange.control import Control
from lab.exchange.put import move_online, put_account, put_recipient

from .conftest import Lab
from .exchange import Exchange, ExchangeSession, Made, Ours, server

AN, BART = "UGENT\\ajanssens", "UGENT\\bpeeters"
STUDENT = "STUDENT\\ajanssens"

pytestmark = pytest.mark.usefixtures("control")


def grant(exchange: Exchange, name: str, user: str, **parameters: object) -> None:
    """Full access and Send As."""
    exchange.run("Add-MailboxPermission", Identity=name, User=user, AccessRights="FullAccess", **parameters)
    exchange.run("Add-ADPermission", Identity=name, User=user, ExtendedRights="Send As", **parameters)


def take(exchange: Exchange, name: str, user: str) -> None:
    exchange.run("Remove-MailboxPermission", Identity=name, User=user, AccessRights="FullAccess", Confirm=False)
    exchange.run("Remove-ADPermission", Identity=name, User=user, ExtendedRights="Send As", Confirm=False)


def entries_of(exchange: Exchange, name: str, user: str) -> int:
    """How many direct entries somebody has, of both kinds."""
    found = [*exchange.run("Get-MailboxPermission", Identity=name), *exchange.run("Get-ADPermission", Identity=name)]
    return sum(str(entry["User"]) == user and not entry["IsInherited"] for entry in found)


SELF = {"fr": "AUTORITE NT\\SELF", "de": "NT-AUTORIT\u00c4T\\SELBST"}


@pytest.mark.parametrize("language", SELF)
def test_the_mailboxs_own_rights_stay_in_any_language(
    ours: Ours, declared: Made, exchange: Exchange, control: Control, language: str
) -> None:
    control.behave(language=language)
    box = declared()
    assert ours(box) == (1, "")
    there = entries_of(exchange, box.name, SELF[language])
    assert there > 1
    grant(exchange, box.name, "cdevos")
    assert ours(box) == (1, "")
    assert entries_of(exchange, box.name, SELF[language]) == there
    assert ours(box) == (0, "")


def test_where_the_own_account_cannot_be_told_from_others_nothing_is_done(
    ours: Ours, declared: Made, exchange: Exchange, control: Control
) -> None:
    box = declared()
    ours(box)
    control.fail_cmdlet("Get-SecurityPrincipal", "*", "CommandNotFoundException", times=9)
    assert ours(box) == (0, "")
    control.behave(language="fr")
    before = exchange.mailbox(box.name)["WhenChanged"]
    with pytest.raises(BackendUnavailableError, match="allow Get-SecurityPrincipal"):
        ours(box)
    assert exchange.mailbox(box.name)["WhenChanged"] == before


@pytest.mark.parametrize("settings", [{}, {"account_domain": "ugent.be"}])
def test_somebody_of_another_domain_with_a_members_login_name_is_no_member(
    ours: Ours, declared: Made, exchange: Exchange, control: Control, settings: dict[str, str]
) -> None:
    put_account(control.store, "ajanssens")
    control.behave(views_entire_forest=bool(settings))
    box = declared()
    assert ours(box, **settings) == (1, "")
    grant(exchange, box.name, STUDENT)
    take(exchange, box.name, "UGENT\\ajanssens")
    assert exchange.full_access(box.name) == exchange.send_as(box.name) == {STUDENT, BART}
    assert ours(box, **settings) == (1, "")
    assert exchange.full_access(box.name) == exchange.send_as(box.name) == {AN, BART}
    assert ours(box, **settings) == (0, "")


def test_a_login_name_that_two_domains_have_is_refused(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    put_account(control.store, "ajanssens")
    control.behave(views_entire_forest=True)
    box = declared()
    assert "belongs to several accounts" in ours(box)[1]
    assert not exchange.exists(box.name)


def test_a_group_is_no_member_even_when_it_has_a_members_name(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    put_recipient(control.store, "MailUniversalSecurityGroup", "lezers")
    box = declared()
    ours(box)
    grant(exchange, box.name, "UGENT\\lezers")
    assert ours(box) == (1, "")
    assert exchange.full_access(box.name) == exchange.send_as(box.name) == {AN, BART}


@pytest.mark.parametrize("inheritance", ["None", "Descendents", "Children"])
def test_an_entry_is_taken_away_however_it_is_inherited(ours: Ours, declared: Made, exchange: Exchange, inheritance: str) -> None:
    box = declared()
    ours(box)
    grant(exchange, box.name, "cdevos", InheritanceType=inheritance)
    assert ours(box) == (1, "")
    assert exchange.full_access(box.name) == exchange.send_as(box.name) == {AN, BART}
    assert ours(box) == (0, "")


def test_a_removal_that_removes_nothing_is_said(lab: Lab, declared: Made, ours: Ours, exchange: Exchange) -> None:
    """Exchange only warns."""
    box, where = declared(), server(lab.directory, lab.ports["exchange"])
    ours(box)
    grant(exchange, box.name, "cdevos")
    with ExchangeSession(where) as session:
        plan = plan_exchange([box], session.observe([box]), where.policy)
        take(exchange, box.name, "cdevos")
        failures = session.apply(plan.changes, Progress("", 0))
    assert len(failures) == 2
    assert all("nothing was taken away, Exchange only warns: Can't remove the access control entry" in str(one) for one in failures)


def test_what_exchange_warns_of_is_kept_with_its_mailbox(lab: Lab, declared: Made, ours: Ours, exchange: Exchange) -> None:
    box, where = declared(), server(lab.directory, lab.ports["exchange"])
    ours(box)
    exchange.run("Set-Mailbox", Identity=box.name, DisplayName="Other")
    with ExchangeSession(where) as session:
        plan = plan_exchange([box], session.observe([box]), where.policy)
        exchange.run("Set-Mailbox", Identity=box.name, DisplayName=box.display_name)
        assert session.apply(plan.changes, Progress("", 0)) == []
    assert [warning.startswith(f"{box.name}: The command completed successfully but no settings") for warning in session.warnings] == [True]


def test_all_is_asked_for_and_an_answer_that_is_cut_off_is_none(ours: Ours, declared: Made, control: Control) -> None:
    box, other = declared(), declared()
    ours(box, other)
    control.behave(default_result_size=1)
    assert ours(box, other) == (0, "")
    control.behave(largest_result_size=1)
    with pytest.raises(BackendUnavailableError, match="it did not tell all that it holds: There are more results available"):
        ours(box, other)


def test_rights_that_are_written_as_one_are_told_apart(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    control.behave(joined_rights=True)
    box = declared()
    ours(box)
    exchange.run("Add-MailboxPermission", Identity=box.name, User="ajanssens", AccessRights="ExternalAccount")
    assert ours(box) == (0, "")
    exchange.run("Add-MailboxPermission", Identity=box.name, User="ajanssens", AccessRights="ReadPermission")
    assert ours(box) == (1, "")
    rights = {str(entry["User"]): entry["AccessRights"] for entry in exchange.run("Get-MailboxPermission", Identity=box.name)}
    assert rights[AN] == ["FullAccess, ExternalAccount"]
    assert ours(box) == (0, "")


@pytest.mark.parametrize("backend", ["cyrus", "exchange"])
def test_an_address_that_another_has_as_a_further_one_is_taken(
    ours: Ours, declared: Made, exchange: Exchange, control: Control, backend: str
) -> None:
    holder, box, grouped = declared(), declared(), replace(declared(), backend=backend)
    ours(holder)
    more = ["smtp:other@ugent.be", f"smtp:{box.name.upper()}@ugent.be"]
    exchange.run("Set-Mailbox", Identity=holder.name, EmailAddresses=[f"SMTP:{holder.address}", *more])
    put_recipient(control.store, "MailUniversalDistributionGroup", "Groep", "groep@ugent.be", f"{grouped.name}@ugent.be")
    changes, problems = ours(holder, replace(box, backend=backend), grouped)
    assert changes == 0
    assert f"as a further address: it is Postroom's mailbox {holder.name}" in problems
    assert f"collides with the MailUniversalDistributionGroup Groep, which has {grouped.name}@ugent.be as a further address" in problems
    assert not exchange.exists(f"{box.name}@ugent.be".upper()) or exchange.mailbox(box.address)["Name"] == holder.name


def test_a_contact_that_leads_to_a_mailbox_on_cyrus_is_no_collision(ours: Ours, declared: Made, control: Control) -> None:
    box = replace(declared(), backend="cyrus")
    put_recipient(control.store, "MailContact", "Wegwijzer", box.address)
    assert ours(box) == (0, "")


def test_a_mailbox_that_was_moved_online_is_said_to_be(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    box = declared()
    ours(box)
    move_online(control.store, box.name)
    changes, problems = ours(box)
    assert changes == 0
    assert f"the RemoteSharedMailbox {box.name} with its mark of ownership, which is what is left here" in problems


@pytest.fixture
def long(lab: Lab) -> Iterator[str]:
    name = f"t{secrets.token_hex(31)}x"
    assert len(name) == 64
    yield name
    with lab.exchange() as session:
        session.run("Remove-Mailbox", Identity=f"{name}@ugent.be", Confirm=False)


@pytest.mark.parametrize("begun", [False, True])
def test_the_longest_address_that_validates_can_be_made(ours: Ours, declared: Made, exchange: Exchange, long: str, begun: bool) -> None:
    box = replace(declared(), address=f"{long}@UGent.be")
    if begun:
        name = ExchangePolicy().unfinished_name(long)
        exchange.run("New-Mailbox", Shared=True, Name=name, Alias=long, PrimarySmtpAddress=box.address, UserPrincipalName=box.address)
    assert ours(box) == (1, "")
    found = exchange.mailbox(box.address)
    assert (found["Name"], found["CustomAttribute1"], len(found["SamAccountName"]) <= 20) == (long, f"postroom:{long}", True)
    assert exchange.full_access(box.address) == {AN, BART}
    assert ours(box) == (0, "")
