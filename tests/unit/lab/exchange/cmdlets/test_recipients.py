import pytest

from lab.exchange.cmdlets.opath import _DEEPEST
from lab.exchange.store import Person


def names(shell, cmdlet, **named):
    return [found["SamAccountName"] for found in shell(cmdlet, **named)]


def test_only_staff_have_a_mailbox_and_everyone_has_an_account(shell):
    assert names(shell, "Get-Recipient") == ["anna", "apeeters"]
    assert sorted(names(shell, "Get-User")) == ["anna", "apeeters", "bert", "gast", "weg"]
    details = {found["SamAccountName"]: (found["RecipientTypeDetails"], found["AccountDisabled"]) for found in shell("Get-User")}
    assert (details["bert"], details["weg"], details["anna"]) == (("User", False), ("DisabledUser", True), ("UserMailbox", False))


def test_names_are_unique_and_display_names_are_not(shell):
    found = {entry["SamAccountName"]: (entry["Name"], entry["DisplayName"]) for entry in shell("Get-User", Filter="LastName -eq 'Peeters'")}
    assert found == {"anna": ("Peeters Anna", "Anna Peeters"), "apeeters": ("Peeters Anna (apeeters)", "Anna Peeters")}


def test_people_come_change_and_go(shell):
    shell("Set-Mailbox", "anna", CustomAttribute1="kept")
    shell.people[2] = Person("bert", "Bert Maes", "Bert", "Maes", "bert@ugent.be", "staff")
    shell.people.append(Person("nieuw", "Nieuw Gezicht", "Nieuw", "Gezicht", "", "student"))
    shell.people[:] = [person for person in shell.people if person.login != "gast"]
    assert names(shell, "Get-Recipient") == ["bert", "anna", "apeeters"]
    assert "nieuw" in names(shell, "Get-User")
    assert shell.error("Get-User", "gast").reason == "ManagementObjectNotFoundException"
    assert shell.get("anna")["CustomAttribute1"] == "kept"
    shell.people[0] = Person("anna", "Anna Peeters", "Anna", "Peeters", "Anna.Peeters@ugent.be", "alum")
    assert names(shell, "Get-Recipient") == ["bert", "apeeters"]


def test_a_disabled_mailbox_does_not_come_back_by_itself(shell):
    shell("Disable-Mailbox", "anna", Confirm=False)
    assert names(shell, "Get-Recipient") == ["apeeters"]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("Alias -eq 'INFO'", ["info"]),
        ("CustomAttribute1 -eq 'mark'", ["sales"]),
        ("CustomAttribute1 -ne 'mark' -and Alias -like '*'", ["info", "anna", "apeeters"]),
        ("Alias -like 'A*' -or CustomAttribute1 -like 'm*k'", ["anna", "apeeters", "sales"]),
        ("-not (RecipientTypeDetails -eq 'UserMailbox') -and !(Alias -eq 'info')", ["sales"]),
        ("EmailAddresses -eq 'smtp:extra@ugent.be'", ["sales"]),
        ("EmailAddresses -notlike '*extra*' -and RecipientTypeDetails -eq 'SharedMailbox'", ["info"]),
        ("HiddenFromAddressListsEnabled -eq $true", ["sales"]),
        ("CustomAttribute1 -ne $null", ["sales"]),
        ("DisplayName -eq 'O''Neil'", ["sales"]),
        ('Alias -eq "info" -and (Alias -eq "sales" -or Alias -eq "info")', ["info"]),
        ("Alias -like '[i]nfo'", []),
        ("GrantSendOnBehalfTo -eq 'CN=Peeters Anna,OU=People,DC=ugent,DC=be'", ["sales"]),
        ("GrantSendOnBehalfTo -ne $null", ["sales"]),
    ],
)
def test_filters(shell, filter_, expected):
    shell.shared("info")
    shell.shared("sales", DisplayName="O'Neil")
    shell("Set-Mailbox", "sales", CustomAttribute1="mark", EmailAddresses={"Add": "extra@ugent.be"}, HiddenFromAddressListsEnabled=True)
    shell("Set-Mailbox", "sales", GrantSendOnBehalfTo="anna")
    assert sorted(found["Alias"] for found in shell("Get-Mailbox", Filter=filter_)) == sorted(expected)


@pytest.mark.parametrize(
    "filter_",
    [
        "Foo -eq 'x'",
        "OriginatingServer -eq 'dc1'",
        "Alias -is 'x'",
        "Alias -eq x",
        "Alias",
        "(Alias -eq 'x'",
        "Alias -eq 'x' 'y'",
        "Alias -eq 'x",
        "(" * (_DEEPEST + 1) + "Alias -eq 'x'" + ")" * (_DEEPEST + 1),
        "{Alias -eq 'x'}",
    ],
)
def test_filters_that_cannot_be_read(shell, filter_):
    failed = shell.error("Get-Mailbox", Filter=filter_)
    assert (failed.fully_qualified_error_id, failed.terminating) == ("ParameterBindingFailed,Get-Mailbox", True)


def test_client_access(shell):
    shell.shared()
    assert [found["ImapEnabled"] for found in shell("Get-CASMailbox", "info")] == [True]
    shell("Set-CASMailbox", "info", ImapEnabled=False)
    assert [found["ImapEnabled"] for found in shell("Get-CASMailbox", "info")] == [False]
    assert [found["Name"] for found in shell("Get-CASMailbox", Filter="ImapEnabled -eq $false")] == ["info"]
