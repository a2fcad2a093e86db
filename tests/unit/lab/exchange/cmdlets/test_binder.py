import pytest
from psrpcore import types as ps

from lab.exchange.pipeline import Argument, Invocation


@pytest.mark.parametrize(
    ("command", "identifier", "part"),
    [
        (("Set-Mailbox", {"Identity": "x", "Bogus": 1}), "NamedParameterNotFound", "'Bogus'"),
        (("Set-Mailbox", {"Identity": "x", "Prohibit": "1GB"}), "AmbiguousParameter", "-ProhibitSendQuota -ProhibitSendReceiveQuota"),
        (("Set-Mailbox", {"DisplayName": "x"}), "MissingMandatoryParameter", "Identity"),
        (("Set-Mailbox", {"Identity": "x", "identity": "y"}), "ParameterAlreadyBound", "'Identity'"),
        (("New-Mailbox", {"Name": "x", "Shared": True, "Room": True}), "AmbiguousParameterSet", "cannot be resolved"),
        (("New-Mailbox", {"Name": "x"}), "MissingMandatoryParameter", "Password"),
        (("New-Mailbox", {"Shared": True}), "MissingMandatoryParameter", "Name"),
        (("Get-Mailbox", {"Identity": "x", "Database": "DB01"}), "AmbiguousParameterSet", "cannot be resolved"),
        (("Add-MailboxPermission", {"Identity": "x", "User": "y"}), "MissingMandatoryParameter", "AccessRights"),
        (("Set-Mailbox", {"Identity": ""}), "ParameterArgumentTransformationError", "can't be empty"),
        (("Set-Mailbox", {"Identity": None}), "ParameterArgumentValidationErrorNullNotAllowed", "'Identity'"),
        (("Set-Mailbox", {"Identity": "x", "HiddenFromAddressListsEnabled": "True"}), "ParameterArgumentTransformationError", "Boolean"),
        (
            ("Set-Mailbox", {"Identity": "x", "HiddenFromAddressListsEnabled": None}),
            "ParameterArgumentValidationErrorNullNotAllowed",
            "null",
        ),
        (("Set-Mailbox", {"Identity": "x", "ProhibitSendQuota": "five"}), "ParameterArgumentTransformationError", '"five"'),
        (("Set-Mailbox", {"Identity": "x", "ProhibitSendQuota": "3TB"}), "ParameterArgumentTransformationError", "2 TB"),
        (("Set-Mailbox", {"Identity": "x", "SCLJunkThreshold": "four"}), "ParameterArgumentTransformationError", "correct format"),
        (("Set-Mailbox", {"Identity": "x", "PrimarySmtpAddress": "no address"}), "ParameterArgumentTransformationError", "SMTP address"),
        (("Set-Mailbox", {"Identity": "x", "GrantSendOnBehalfTo": {"Set": "y"}}), "ParameterArgumentTransformationError", "Add and Remove"),
        (
            ("Add-MailboxPermission", {"Identity": "x", "User": "y", "AccessRights": "Everything"}),
            "ParameterArgumentTransformationError",
            "FullAccess",
        ),
        (("Get-Mailbox", {"ResultSize": "many"}), "ParameterArgumentTransformationError", "unlimited"),
        (("Get-Mailbox", {"ErrorAction": "Perhaps"}), "ParameterArgumentTransformationError", "SilentlyContinue"),
        (("New-Mailbox", {"Name": "x", "Password": "plain"}), "ParameterArgumentTransformationError", "Password"),
    ],
)
def test_refused_as_powershell_refuses(shell, command, identifier, part):
    name, arguments = command
    # Names that differ by case cannot be one call's keywords.
    [failed] = shell.pipe(Invocation(name, tuple(Argument(key, value) for key, value in arguments.items())))
    assert failed.fully_qualified_error_id == f"{identifier},{name}"
    assert part in failed.message
    assert failed.terminating


def test_one_positional_argument_too_many(shell):
    assert shell.error("Get-Mailbox", "info", "sales").fully_qualified_error_id.startswith("PositionalParameterNotFound")


@pytest.mark.parametrize("name", ["Identity", "identity", "Iden", "-Identity", "-Identity:"])
def test_names_in_any_case_and_as_far_as_unambiguous(shell, name):
    shell.shared()
    [record] = shell.pipe(Invocation("get-mailbox", (Argument(name, "info"),)))
    assert record.value["Name"] == "info"


def test_position_comes_after_names(shell):
    shell.shared()
    [found] = shell("Get-Mailbox", "info", DomainController="dc1.ugent.be")
    assert found["Alias"] == "info"


def test_common_parameters_have_aliases(shell):
    assert shell.records("Get-Mailbox", "nobody", ea="SilentlyContinue") == []


@pytest.mark.parametrize("value", [None, True, ps.PSInt(1)])
def test_a_switch_without_value_is_set(shell, value):
    [made] = shell("New-Mailbox", Name="info", Shared=value)
    assert made["IsShared"]


def test_a_switch_can_be_off(shell):
    shell.shared()
    shell("Set-Mailbox", "info", DisplayName="changed", WhatIf=False)
    assert shell.get()["DisplayName"] == "changed"


def test_types_of_psrpcore_are_understood(shell):
    shell.shared(ps.PSString("info"))
    shell("Set-Mailbox", ps.PSString("info"), EmailAddresses=ps.PSDict({ps.PSString("Add"): ps.PSList([ps.PSString("extra@ugent.be")])}),
          ProhibitSendQuota=ps.PSInt64(5 * 2**30))  # fmt: skip
    found = shell.get()
    assert "smtp:extra@ugent.be" in found["EmailAddresses"]
    assert found["ProhibitSendQuota"].PSObject.to_string == "5 GB (5,368,709,120 bytes)"


def test_a_script_is_refused(shell):
    [failed] = shell.pipe(Invocation("Get-Mailbox | Where-Object { $true }", is_script=True))
    assert (failed.fully_qualified_error_id, failed.terminating) == ("ScriptsNotAllowed", True)
    assert failed.message == "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode."


def test_an_unknown_command_is_not_found(shell):
    failed = shell.error("Get-ChildItem")
    assert (failed.reason, failed.category, failed.fully_qualified_error_id) == (
        "CommandNotFoundException",
        "ObjectNotFound",
        "CommandNotFoundException",
    )


def test_what_only_exchange_online_has_is_unknown(shell):
    assert shell.error("Add-RecipientPermission", "info").reason == "CommandNotFoundException"
