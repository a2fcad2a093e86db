import pytest

from lab.exchange.store import Person

GIB = 2**30


def test_a_shared_mailbox_with_everything_given(shell):
    made = shell.shared(
        "Info EA",
        Alias="info.ea",
        DisplayName="Informatie",
        PrimarySmtpAddress="Info.EA@ugent.be",
        Database="DB02",
        UserPrincipalName="info.ea@ugent.be",
        SamAccountName="info.ea",
    )
    expected = {
        "Identity": "ugent.be/SharedMailboxes/Info EA",
        "DistinguishedName": "CN=Info EA,OU=SharedMailboxes,DC=ugent,DC=be",
        "DisplayName": "Informatie",
        "Alias": "info.ea",
        "PrimarySmtpAddress": "Info.EA@ugent.be",
        "EmailAddresses": ["SMTP:Info.EA@ugent.be"],
        "EmailAddressPolicyEnabled": False,
        "RecipientTypeDetails": "SharedMailbox",
        "RecipientType": "UserMailbox",
        "IsShared": True,
        "AccountDisabled": True,
        "Database": "DB02",
        "OrganizationalUnit": "ugent.be/SharedMailboxes",
        "UseDatabaseQuotaDefaults": True,
        "MessageCopyForSentAsEnabled": False,
        "HiddenFromAddressListsEnabled": False,
        "GrantSendOnBehalfTo": [],
        "ForwardingAddress": None,
    }
    assert {name: made[name] for name in expected} == expected


def test_without_an_address_the_policy_gives_one_and_follows_the_alias(shell):
    made = shell.shared()
    assert (made["PrimarySmtpAddress"], made["EmailAddressPolicyEnabled"]) == ("info@ugent.be", True)
    shell("Set-Mailbox", "info", Alias="other")
    assert shell.get("other")["EmailAddresses"] == ["SMTP:other@ugent.be", "smtp:info@ugent.be"]
    shell("Set-Mailbox", "other", PrimarySmtpAddress="info@ugent.be")
    shell("Set-Mailbox", "other", Alias="third")
    found = shell.get("third")
    assert (found["EmailAddresses"], found["EmailAddressPolicyEnabled"]) == (["SMTP:info@ugent.be", "smtp:other@ugent.be"], False)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("alias", "INFO.ea"),
        ("primary address", "info.ea@UGENT.be"),
        ("secondary address", "second@ugent.be"),
        ("prefixed", "smtp:second@ugent.be"),
        ("distinguished name", "CN=Info EA,OU=SharedMailboxes,DC=ugent,DC=be"),
        ("canonical name", "ugent.be/SharedMailboxes/Info EA"),
        ("user principal name", "upn.ea@ugent.be"),
        ("account", "UGENT\\sam.ea"),
        ("bare account", "sam.ea"),
        ("name", "Info EA"),
        ("display name", "Informatie"),
    ],
)
def test_forms_of_identity(shell, form, value):
    made = shell.shared("Info EA", Alias="info.ea", DisplayName="Informatie", UserPrincipalName="upn.ea@ugent.be", SamAccountName="sam.ea")
    shell("Set-Mailbox", "info.ea", EmailAddresses={"Add": "second@ugent.be"})
    assert shell.get(value)["Guid"] == made["Guid"]
    assert shell.get(str(made["Guid"]))["Alias"] == shell.get(str(made["ExchangeGuid"]))["Alias"] == "info.ea"


@pytest.mark.parametrize("identity", ["nobody", "OTHER\\info", "bert", "CN=info,DC=ugent,DC=be"])
def test_not_found(shell, identity):
    shell.shared()
    failed = shell.error("Get-Mailbox", identity)
    assert failed.reason == "ManagementObjectNotFoundException"
    assert failed.message == f"The operation couldn't be performed because object '{identity}' couldn't be found on 'dc1.ugent.be'."
    assert failed.fully_qualified_error_id.startswith("[Server=EX01,RequestId=")
    assert "[FailureCategory=Cmdlet-ManagementObjectNotFoundException]" in failed.fully_qualified_error_id
    assert failed.fully_qualified_error_id.endswith(",Microsoft.Exchange.Management.RecipientTasks.GetMailbox")
    assert not failed.terminating


def test_a_display_name_can_be_ambiguous(shell):
    assert shell.error("Get-Mailbox", "Anna Peeters").reason == "ManagementObjectAmbiguousException"


@pytest.mark.parametrize("identity", [None, ""])
def test_an_empty_identity_returns_everything(shell, identity):
    shell.shared()
    assert [found["Name"] for found in shell("Get-Mailbox", identity)] == ["info", "Peeters Anna", "Peeters Anna (apeeters)"]


def test_a_thousand_unless_told_otherwise(shell):
    shell.people += [Person(f"s{number}", f"Staf {number}", "Staf", str(number), "", "staff") for number in range(1000)]
    assert (len(shell("Get-Mailbox")), len(shell("Get-Mailbox", ResultSize="Unlimited")), len(shell("Get-Mailbox", ResultSize=3))) == (
        1000,
        1002,
        3,
    )
    [warning] = shell.warnings("Get-Mailbox")
    assert "only the first 1000" in warning
    assert shell.warnings("Get-Mailbox", ResultSize="Unlimited") == []
    assert len(shell.warnings("Get-Mailbox", ResultSize=3)) == 1


def test_only_one_type(shell):
    shell.shared()
    assert [found["Name"] for found in shell("Get-Mailbox", RecipientTypeDetails="SharedMailbox")] == ["info"]
    assert shell.error("Get-Mailbox", "info", RecipientTypeDetails="UserMailbox").reason == "ManagementObjectNotFoundException"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"Alias": "other", "SamAccountName": "other", "UserPrincipalName": "other@ugent.be"}, "ADObjectAlreadyExistsException"),
        ({"name": "b", "Alias": "INFO"}, "ProxyAddressExistsException"),
        (
            {"name": "b", "Alias": "info", "PrimarySmtpAddress": "b@ugent.be", "SamAccountName": "b", "UserPrincipalName": "b@ugent.be"},
            "RecipientTaskException",
        ),
        ({"name": "b", "SamAccountName": "info"}, "RecipientTaskException"),
        ({"name": "b", "UserPrincipalName": "Info@ugent.be"}, "RecipientTaskException"),
        ({"name": "b", "PrimarySmtpAddress": "anna.PEETERS@ugent.be"}, "ProxyAddressExistsException"),
        ({"name": "b", "UserPrincipalName": "bert@ugent.be"}, "RecipientTaskException"),
    ],
)
def test_what_must_be_unique(shell, second, reason):
    shell.shared()
    arguments = {"Name": second.get("name", "info"), "Shared": True, "OrganizationalUnit": "SharedMailboxes"}
    failed = shell.error("New-Mailbox", **arguments, **{key: value for key, value in second.items() if key != "name"})
    assert failed.reason == reason
    assert len(shell("Get-Mailbox", RecipientTypeDetails="SharedMailbox")) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"Name": "n" * 65}, "DataValidationException"),
        ({"Name": "n", "Alias": "a" * 65}, "DataValidationException"),
        ({"Name": "n", "DisplayName": "d" * 257}, "DataValidationException"),
        ({"Name": "n", "SamAccountName": "s" * 21}, "DataValidationException"),
        ({"Name": "n", "SamAccountName": "a@b"}, "DataValidationException"),
        ({"Name": "n", "Alias": "a b"}, "DataValidationException"),
        ({"Name": "n", "Alias": ".a"}, "DataValidationException"),
        ({"Name": "n", "Alias": "a..b"}, "DataValidationException"),
        ({"Name": "n", "Alias": "é"}, "DataValidationException"),
        ({"Name": "n", "UserPrincipalName": "n"}, "DataValidationException"),
        ({"Name": "n", "OrganizationalUnit": "ugent.be/Nowhere"}, "ManagementObjectNotFoundException"),
        ({"Name": "n", "Database": "DB99"}, "ManagementObjectNotFoundException"),
        ({"Name": "n", "DomainController": "dc9.ugent.be"}, "SuitabilityDirectoryException"),
    ],
)
def test_what_new_mailbox_refuses(shell, values, reason):
    assert shell.error("New-Mailbox", Shared=True, **values).reason == reason


def test_an_alias_that_is_no_logon_name_gives_another_one(shell):
    made = shell.shared("info", Alias="info+ea")
    assert made["UserPrincipalName"] != "info+ea@ugent.be"
    assert made["SamAccountName"].startswith("SM_")


def test_quotas(shell):
    shell.shared()
    shell(
        "Set-Mailbox",
        "info",
        UseDatabaseQuotaDefaults=False,
        IssueWarningQuota="4608MB",
        ProhibitSendQuota="4.75 GB",
        ProhibitSendReceiveQuota="5 GB (5,368,709,120 bytes)",
    )
    found = shell.get()
    assert [found[name].PSObject.to_string for name in ("IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota")] == [
        "4.5 GB (4,831,838,208 bytes)", "4.75 GB (5,100,273,664 bytes)", "5 GB (5,368,709,120 bytes)",
    ]  # fmt: skip
    assert shell.error("Set-Mailbox", "info", IssueWarningQuota="6GB").reason == "DataValidationException"
    assert shell.error("Set-Mailbox", "info", ProhibitSendQuota="5121MB").reason == "DataValidationException"
    shell("Set-Mailbox", "info", ProhibitSendReceiveQuota="Unlimited")
    unlimited = shell.get()["ProhibitSendReceiveQuota"]
    assert (unlimited["IsUnlimited"], unlimited["Value"], unlimited.PSObject.to_string) == (True, None, "Unlimited")


def test_sizes_are_kept_in_kilobytes(shell):
    shell.shared()
    shell("Set-Mailbox", "info", ProhibitSendReceiveQuota=5_000_000_000)
    assert shell.get()["ProhibitSendReceiveQuota"].PSObject.to_string == "4.657 GB (4,999,999,488 bytes)"


def test_primary_address_and_addresses_exclude_each_other(shell):
    shell.shared()
    failed = shell.error("Set-Mailbox", "info", PrimarySmtpAddress="a@ugent.be", EmailAddresses=["SMTP:b@ugent.be"])
    assert failed.reason == "RecipientTaskException"
    assert shell.get()["PrimarySmtpAddress"] == "info@ugent.be"


def test_an_address_of_its_own_is_no_conflict(shell):
    shell.shared()
    shell("Set-Mailbox", "info", EmailAddresses={"Add": "extra@ugent.be"})
    shell("Set-Mailbox", "info", PrimarySmtpAddress="Extra@ugent.be")
    assert shell.get()["EmailAddresses"] == ["SMTP:Extra@ugent.be", "smtp:info@ugent.be"]
    shell("Set-Mailbox", "info", EmailAddresses={"Remove": "info@ugent.be"})
    assert shell.get()["EmailAddresses"] == ["SMTP:Extra@ugent.be"]
    assert shell.error("Set-Mailbox", "info", EmailAddresses={"Add": "apeeters@ugent.be"}).reason == "ProxyAddressExistsException"
    assert shell.error("Set-Mailbox", "info", EmailAddresses=["SMTP:a@ugent.be", "SMTP:b@ugent.be"]).reason == "DataValidationException"


def test_on_behalf_replaces_adds_and_removes(shell):
    shell.shared()
    shell("Set-Mailbox", "info", GrantSendOnBehalfTo=["anna", "apeeters"])
    shell("Set-Mailbox", "info", GrantSendOnBehalfTo="apeeters")
    assert shell.get()["GrantSendOnBehalfTo"] == ["ugent.be/People/Peeters Anna (apeeters)"]
    shell("Set-Mailbox", "info", GrantSendOnBehalfTo={"Add": "anna", "Remove": ["apeeters"]})
    assert shell.get()["GrantSendOnBehalfTo"] == ["ugent.be/People/Peeters Anna"]
    assert shell.error("Set-Mailbox", "info", GrantSendOnBehalfTo="bert").reason == "ManagementObjectNotFoundException"
    shell("Set-Mailbox", "info", GrantSendOnBehalfTo=None)
    assert shell.get()["GrantSendOnBehalfTo"] == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ForwardingAddress": "anna"}, {"ForwardingAddress": "ugent.be/People/Peeters Anna"}),
        ({"ForwardingSmtpAddress": "x@elders.be", "DeliverToMailboxAndForward": True}, {"ForwardingSmtpAddress": "smtp:x@elders.be"}),
        ({"MessageCopyForSentAsEnabled": True, "MessageCopyForSendOnBehalfEnabled": True}, {"MessageCopyForSentAsEnabled": True}),
        ({"CustomAttribute15": "postroom"}, {"CustomAttribute15": "postroom"}),
        ({"AcceptMessagesOnlyFrom": "anna"}, {"AcceptMessagesOnlyFromSendersOrMembers": ["ugent.be/People/Peeters Anna"]}),
        ({"RequireSenderAuthenticationEnabled": True}, {"RequireSenderAuthenticationEnabled": True}),
        ({"RetentionPolicy": "default mrm policy"}, {"RetentionPolicy": "Default MRM Policy"}),
        ({"Type": "Regular"}, {"RecipientTypeDetails": "UserMailbox", "IsShared": False}),
        ({"Name": "Other"}, {"Identity": "ugent.be/SharedMailboxes/Other"}),
    ],
)
def test_set_and_read_back(shell, values, expected):
    shell.shared()
    shell("Set-Mailbox", "info", **values)
    found = shell.get()
    assert {name: found[name] for name in expected} == expected


def test_cleared_with_null(shell):
    shell.shared()
    shell("Set-Mailbox", "info", ForwardingAddress="anna", ForwardingSmtpAddress="x@elders.be", CustomAttribute1="y")
    shell("Set-Mailbox", "info", ForwardingAddress=None, ForwardingSmtpAddress=None, CustomAttribute1=None)
    found = shell.get()
    assert (found["ForwardingAddress"], found["ForwardingSmtpAddress"], found["CustomAttribute1"]) == (None, None, "")


def test_what_if_changes_nothing_and_says_nothing(shell):
    shell.shared()
    assert shell.records("Set-Mailbox", "info", DisplayName="x", WhatIf=True) == []
    assert shell.records("New-Mailbox", Name="y", Shared=True, WhatIf=True) == []
    assert (shell.get()["DisplayName"], len(shell("Get-Mailbox", RecipientTypeDetails="SharedMailbox"))) == ("info", 1)


def test_nothing_to_change_is_a_warning(shell):
    shell.shared()
    assert len(shell.warnings("Set-Mailbox", "info", DisplayName="info")) == 1


def test_an_asterisk_finds_several(shell):
    shell.shared("info")
    shell.shared("infodesk", DisplayName="Balie")
    assert [found["Name"] for found in shell("Get-Mailbox", "INFO*")] == ["info", "infodesk"]
    assert [found["Name"] for found in shell("Get-Mailbox", "*ali*")] == ["infodesk"]
    assert shell("Get-Mailbox", "x*") == []
    assert shell.error("Set-Mailbox", "info*", DisplayName="x").reason == "ManagementObjectNotFoundException"


def test_what_is_not_played_is_refused(shell):
    shell.shared()
    assert shell.error("New-Mailbox", Name="x", Shared=True, RetentionPolicy="x").reason == "NotImplementedException"
    assert shell.error("Set-Mailbox", "info", ArchiveName="x").reason == "NotImplementedException"
