"""The plan for Exchange: the server is a table of settings, and each difference is one command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.postroom.core.exchange.collisions import Holder
from ansible.module_utils.postroom.core.exchange.permissions import PermissionEntry
from ansible.module_utils.postroom.core.exchange.plan import (
    ExchangeMailbox,
    ExchangeObservation,
    plan_exchange,
)
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy, wanted_settings
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import Change, Subject
from ansible.module_utils.postroom.wire.exchange import ExchangeCommands
from ansible.module_utils.postroom.wire.powershell import ParameterValue, Pipeline

DN = "CN=labo.info,OU=Mail,DC=ugent,DC=be"
POLICY = ExchangePolicy(ExchangeCommands(domain_controller="dc1"), organizational_unit="ugent.be/Mail")
LABO = Mailbox(
    address="Labo.Info@UGent.be", display_name="Labo", purpose="p", unit_type="lab", unit_name="V", requested_by="an",
    members=("an", "bart"), backend="exchange", quota_gb=5, state="present", language="nl", file="labo.info.yml",
)  # fmt: skip
ACCOUNTS = {"an": ("An@ugent.be",), "bart": ("bart@ugent.be",), "cleo": ("cleo@ugent.be",)}


def full(login: str, *rights: str, deny: bool = False) -> PermissionEntry:
    return PermissionEntry(f"UGENT\\{login}", login, rights or ("FullAccess",), deny)


def sending(login: str, *, deny: bool = False) -> PermissionEntry:
    return PermissionEntry(f"UGENT\\{login}", login, ("Send As",), deny)


def live(settings: dict[str, ParameterValue] | None = None, **fields: Any) -> ExchangeMailbox:
    """As it is when there is nothing to change, but for what is given."""
    usual = {"full_access": [full("an"), full("bart")], "send_as": [sending("an"), sending("bart")], **fields}
    return ExchangeMailbox(DN, {**wanted_settings(LABO, POLICY), "Name": "labo.info", **(settings or {})}, **usual)


def plan(mailbox: Mailbox, found: ExchangeMailbox | None = None, **observed: Any) -> tuple[list[Change[Pipeline]], list[str]]:
    mailboxes = {"labo.info": found} if found else {}
    result = plan_exchange([mailbox], ExchangeObservation(mailboxes, ACCOUNTS, **observed), POLICY)
    return result.changes, [refusal.message for refusal in result.refusals]


def commands(changes: list[Change[Pipeline]]) -> list[str]:
    return [command for change in changes for command in change.as_dict()["commands"]]


RETIRED = replace(LABO, state="retired")


def test_what_is_as_declared_is_left_alone() -> None:
    assert plan(LABO, live()) == ([], [])


def test_a_mailbox_is_made_and_marked_in_one_pipeline() -> None:
    (change,), _ = plan(LABO)
    assert change.action == "create"
    assert [len(stage) for stage in change.stages] == [1, 4]
    assert str(change.stages[0][0]) == (
        "New-Mailbox -Name 'postroom is making labo.info' -DisplayName 'Labo' -Alias 'labo.info' -PrimarySmtpAddress 'Labo.Info@UGent.be' "
        "-UserPrincipalName 'labo.info@ugent.be' -SamAccountName 'labo.info' -OrganizationalUnit 'ugent.be/Mail' "
        "-DomainController 'dc1' -Shared "
        "| Set-Mailbox -Name 'labo.info' -UseDatabaseQuotaDefaults $false -IssueWarningQuota '4608MB' -ProhibitSendQuota '4864MB' "
        "-ProhibitSendReceiveQuota '5120MB' -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true "
        "-CustomAttribute1 'postroom:labo.info' -DomainController 'dc1'"
    )


def test_a_new_mailbox_is_found_by_its_address_for_send_as_which_takes_only_a_name() -> None:
    assert (
        "Get-Mailbox -Identity 'Labo.Info@UGent.be' -DomainController 'dc1' | "
        "Add-ADPermission -User 'An@ugent.be' -ExtendedRights 'Send As' -DomainController 'dc1'"
    ) in commands(plan(LABO)[0])


@pytest.mark.parametrize(
    ("setting", "there", "typed"),
    [
        ("DisplayName", "Other", "-DisplayName 'Labo'"),
        ("PrimarySmtpAddress", "labo.info@ugent.be", "-PrimarySmtpAddress 'Labo.Info@UGent.be'"),
        ("ForwardingSmtpAddress", "smtp:me@gmail.com", "-ForwardingSmtpAddress $null"),
        ("ForwardingAddress", "ugent.be/x", "-ForwardingAddress $null"),
        ("DeliverToMailboxAndForward", True, "-DeliverToMailboxAndForward $false"),
        ("GrantSendOnBehalfTo", ("ugent.be/x",), "-GrantSendOnBehalfTo $null"),
        ("HiddenFromAddressListsEnabled", True, "-HiddenFromAddressListsEnabled $false"),
        ("UseDatabaseQuotaDefaults", True, "-UseDatabaseQuotaDefaults $false"),
        ("ProhibitSendReceiveQuota", "unlimited", "-ProhibitSendReceiveQuota '5120MB'"),
        ("MessageCopyForSentAsEnabled", False, "-MessageCopyForSentAsEnabled $true"),
        ("Alias", "other", "-Alias 'labo.info'"),
        ("UserPrincipalName", "x@ugent.be", "-UserPrincipalName 'labo.info@ugent.be'"),
        ("Name", "postroom is making labo.info", "-Name 'labo.info'"),
        ("CustomAttribute1", None, "-CustomAttribute1 'postroom:labo.info'"),
    ],
)
def test_a_setting_that_differs_is_the_only_one_that_is_set(setting: str, there: ParameterValue, typed: str) -> None:
    changes, _ = plan(LABO, live({setting: there}))
    assert commands(changes) == [f"Set-Mailbox -Identity '{DN}' {typed} -DomainController 'dc1'"]
    assert [detail.field for detail in changes[0].details] == [setting]


def test_imap_is_a_setting_of_client_access() -> None:
    assert commands(plan(LABO, live({"ImapEnabled": False}))[0]) == [
        f"Set-CASMailbox -Identity '{DN}' -ImapEnabled $true -DomainController 'dc1'"
    ]


@pytest.mark.parametrize(
    ("fields", "typed"),
    [
        ({"full_access": [full("an")]}, "Add-MailboxPermission -Identity '{}' -User 'bart@ugent.be' -AccessRights 'FullAccess' "
         "-InheritanceType 'All' -AutoMapping $true -DomainController 'dc1'"),
        ({"full_access": [full("an"), full("bart"), full("cleo")]}, "Remove-MailboxPermission -Identity '{}' -User 'UGENT\\cleo' "
         "-AccessRights @('FullAccess') -InheritanceType 'All' -Confirm:$false -DomainController 'dc1'"),
        ({"full_access": [full("an"), full("bart", "FullAccess", "ChangePermission")]}, "Remove-MailboxPermission -Identity '{}' "
         "-User 'UGENT\\bart' -AccessRights @('ChangePermission') -InheritanceType 'All' -Confirm:$false -DomainController 'dc1'"),
        ({"full_access": [full("an"), full("bart"), full("bart", deny=True)]}, "Remove-MailboxPermission -Identity '{}' "
         "-User 'UGENT\\bart' -AccessRights @('FullAccess') -InheritanceType 'All' -Deny -Confirm:$false -DomainController 'dc1'"),
        ({"send_as": [sending("an")]}, "Add-ADPermission -Identity '{}' -User 'bart@ugent.be' -ExtendedRights 'Send As' "
         "-DomainController 'dc1'"),
        ({"send_as": [sending("an"), sending("bart"), PermissionEntry("UGENT\\Everybody", "", ("Send As",))]}, "Remove-ADPermission "
         "-Identity '{}' -User 'UGENT\\Everybody' -ExtendedRights 'Send As' -InheritanceType 'All' -Confirm:$false "
         "-DomainController 'dc1'"),
        ({"full_access": [full("an"), full("bart"), PermissionEntry("UGENT\\cleo", "cleo", ("FullAccess",), inheritance="None")]},
         "Remove-MailboxPermission -Identity '{}' -User 'UGENT\\cleo' -AccessRights @('FullAccess') -InheritanceType 'None' "
         "-Confirm:$false -DomainController 'dc1'"),
        ({"send_as": [sending("an"), sending("bart"), PermissionEntry("UGENT\\cleo", "cleo", ("Send As",), inheritance="None")]},
         "Remove-ADPermission -Identity '{}' -User 'UGENT\\cleo' -ExtendedRights 'Send As' -InheritanceType 'None' -Confirm:$false "
         "-DomainController 'dc1'"),
        ({"full_access": [full("an"), full("bart"), PermissionEntry("STUDENT\\an", "", ("FullAccess",))]}, "Remove-MailboxPermission "
         "-Identity '{}' -User 'STUDENT\\an' -AccessRights @('FullAccess') -InheritanceType 'All' -Confirm:$false "
         "-DomainController 'dc1'"),
    ],
)  # fmt: skip
def test_grants_are_the_members_and_nobody_elses(fields: dict[str, Any], typed: str) -> None:
    assert commands(plan(LABO, live(**fields))[0]) == [typed.format(DN)]


@pytest.mark.parametrize(
    ("settings", "fields", "subjects"),
    [
        ({}, {"full_access": [full("an")]}, [Subject("bart", "full access", "begins")]),
        ({}, {"full_access": [full("an"), full("bart"), full("Cleo")]}, [Subject("cleo", "full access", "ends")]),
        ({}, {"full_access": [full("an"), full("bart", "FullAccess", "ChangePermission")]}, [Subject("bart", "full access", "is altered")]),
        ({}, {"full_access": [full("an"), full("bart"), full("bart", deny=True)]}, [Subject("bart", "denial", "ends")]),
        ({}, {"send_as": [sending("an")]}, [Subject("bart", "send as", "begins")]),
        (
            {},
            {"send_as": [sending("an"), sending("bart"), PermissionEntry("UGENT\\Everybody", "", ("Send As",))]},
            [Subject("ugent\\everybody", "send as", "ends")],
        ),
        ({"GrantSendOnBehalfTo": ("ugent.be/Users/Cleo",)}, {}, [Subject("ugent.be/users/cleo", "send on behalf", "ends")]),
        (
            {},
            {"full_access": [full("an"), full("bart"), PermissionEntry("STUDENT\\an", "", ("FullAccess",))]},
            [Subject("student\\an", "full access", "ends")],
        ),
        ({"DisplayName": "Other"}, {}, []),
    ],
)
def test_whose_access_becomes_another_one(settings: dict[str, Any], fields: dict[str, Any], subjects: list[Subject]) -> None:
    (change,), _ = plan(LABO, live(settings, **fields))
    assert list(change.subjects) == subjects


def test_the_members_of_a_new_mailbox_gain_access() -> None:
    (change,), _ = plan(LABO)
    assert [(subject.who, subject.right, subject.effect) for subject in change.subjects] == [
        (login, right, "begins") for login in ("an", "bart") for right in ("full access", "send as")
    ]


@pytest.mark.parametrize("user", [PermissionEntry("S-1-5-21-1", "", ("FullAccess",)), full("cleo", deny=True)])
def test_an_orphan_and_the_denial_of_somebody_else_are_left(user: PermissionEntry) -> None:
    assert plan(LABO, live(full_access=[full("an"), full("bart"), user])) == ([], [])


def test_to_retire_ends_access_and_refuses_outsiders_mail_and_takes_nothing_else() -> None:
    (change,), _ = plan(RETIRED, live())
    assert change.action == "retire"
    assert [(detail.field, detail.after) for detail in change.details] == [
        ("full access of an", None), ("full access of bart", None), ("send as of an", None), ("send as of bart", None),
        ("RequireSenderAuthenticationEnabled", True),
    ]  # fmt: skip


def test_retired_stays_retired_and_comes_back() -> None:
    retired = live({"RequireSenderAuthenticationEnabled": True}, full_access=[], send_as=[])
    assert plan(RETIRED, retired) == ([], [])
    (change,), _ = plan(LABO, retired)
    assert (change.action, len(change.details)) == ("update", 5)


def test_what_never_was_is_not_made_to_be_retired() -> None:
    assert plan(RETIRED) == ([], [])


def test_on_hold_nothing_is_taken_away_and_the_plan_says_so() -> None:
    found = live({"ProhibitSendReceiveQuota": "9000MB", "DisplayName": "Other"}, full_access=[full("an"), full("cleo")], on_hold=True)
    (change,), (refusal,) = plan(LABO, found)
    assert [detail.field for detail in change.details] == ["full access of bart", "DisplayName"]
    assert "ProhibitSendReceiveQuota, full access of cleo" in refusal
    assert "litigation hold" in refusal


def test_on_hold_a_mailbox_is_not_retired() -> None:
    changes, (refusal,) = plan(RETIRED, live(on_hold=True))
    assert changes == []
    assert "RequireSenderAuthenticationEnabled" in refusal


def test_a_right_that_only_says_where_an_account_is_stays_with_a_member() -> None:
    assert plan(LABO, live(full_access=[full("an", "FullAccess", "ExternalAccount"), full("bart")])) == ([], [])


@pytest.mark.parametrize("taken", ["labo.info@ugent.be", "labo.info"])
def test_a_collision_names_who_has_it(taken: str) -> None:
    changes, (refusal,) = plan(LABO, in_use={taken: Holder("the UserMailbox Jan")})
    assert changes == []
    assert "the UserMailbox Jan" in refusal


def test_a_mailbox_declared_for_cyrus_that_lives_here_is_an_error() -> None:
    changes, (refusal,) = plan(replace(LABO, backend="cyrus"), live())
    assert changes == []
    assert "lives on Exchange" in refusal
    assert plan(replace(LABO, backend="cyrus")) == ([], [])


def test_members_must_be_one_account_each() -> None:
    _, (unknown,) = plan(replace(LABO, members=("an", "zoe")), live())
    assert "zoe" in unknown
    several = plan_exchange([LABO], ExchangeObservation({}, {**ACCOUNTS, "an": ("an@a.be", "an@b.be")}), POLICY)
    assert "an@a.be, an@b.be" in several.refusals[0].message


def test_online_send_as_is_a_right_of_exchange() -> None:
    policy = replace(POLICY, commands=ExchangeCommands("online"))
    observed = ExchangeObservation({"labo.info": live({"PrimarySmtpAddress": "x@ugent.be"}, send_as=[])}, ACCOUNTS)
    assert commands(plan_exchange([replace(LABO, members=("an",))], observed, policy).changes)[1:] == [
        f"Add-RecipientPermission -Identity '{DN}' -Trustee 'An@ugent.be' -AccessRights 'SendAs' -Confirm:$false",
        f"Set-Mailbox -Identity '{DN}' -WindowsEmailAddress 'Labo.Info@UGent.be'",
    ]


def test_online_a_setting_that_cannot_be_set_is_not_planned() -> None:
    policy = replace(POLICY, commands=ExchangeCommands("online"))
    found = live({"UserPrincipalName": "x@ugent.be", "EmailAddressPolicyEnabled": True})
    assert plan_exchange([LABO], ExchangeObservation({"labo.info": found}, ACCOUNTS), policy).changes == []


TOO_MUCH = "the licence of the mailbox allows 4"


def test_a_quota_above_the_licence_is_refused_and_what_lives_is_kept_up_otherwise() -> None:
    policy = replace(POLICY, largest_quota_gb=4)
    made = plan_exchange([LABO], ExchangeObservation({}, ACCOUNTS), policy)
    assert (made.changes, TOO_MUCH in made.refusals[0].message) == ([], True)
    found = live({"ProhibitSendReceiveQuota": "4096MB"}, full_access=[full("an"), full("bart"), full("cleo")])
    kept = plan_exchange([LABO], ExchangeObservation({"labo.info": found}, ACCOUNTS), policy)
    assert [detail.field for detail in kept.changes[0].details] == ["full access of cleo"]
    assert TOO_MUCH in kept.refusals[0].message
    assert plan_exchange([LABO], ExchangeObservation({"labo.info": live()}, ACCOUNTS), policy).refusals == []


def test_an_empty_identity_is_never_sent() -> None:
    with pytest.raises(ValueError, match="every object"):
        POLICY.commands.set_mailbox(" ", {"Alias": "x"})
