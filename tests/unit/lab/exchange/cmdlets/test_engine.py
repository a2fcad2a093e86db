import pytest
from psrpcore.types import PSSecureString

from lab.exchange.pipeline import Argument, Caller, Failed, Invocation, Output

DC1, DC2 = "dc1.ugent.be", "dc2.ugent.be"


def test_an_error_goes_on_with_the_next_object_unless_told_to_stop(shell):
    for name in ("a", "b", "c"):
        shell.shared(name)
    shell.store.fail("Set-Mailbox", "b", "ADTransientException", 2)
    everything = shell.command("Get-Mailbox", RecipientTypeDetails="SharedMailbox")
    [failed] = shell.pipe(everything, shell.command("Set-Mailbox", CustomAttribute1="x"))
    assert (failed.reason, failed.terminating) == ("ADTransientException", False)
    assert [shell.get(name)["CustomAttribute1"] for name in ("a", "b", "c")] == ["x", "", "x"]
    [failed] = shell.pipe(everything, shell.command("Set-Mailbox", CustomAttribute1="y", ErrorAction="Stop"))
    assert failed.terminating
    assert [shell.get(name)["CustomAttribute1"] for name in ("a", "b", "c")] == ["y", "", "x"]


def test_silenced_errors_and_warnings(shell):
    shell.shared()
    assert shell.records("Get-Mailbox", "nobody", ErrorAction="SilentlyContinue") == []
    assert shell.records("Set-Mailbox", "info", DisplayName="info", WarningAction="SilentlyContinue") == []
    assert "ManagementObjectNotFoundException" in shell.store.audit_log()[-2].errors[0]


def test_a_later_command_that_cannot_be_bound_stops_the_first(shell):
    shell.shared()
    [failed] = shell.pipe(shell.command("Get-Mailbox", "info"), shell.command("Set-Mailbox", Bogus=1))
    assert failed.fully_qualified_error_id == "NamedParameterNotFound,Set-Mailbox"


def test_input_that_nothing_takes(shell):
    shell.shared()
    [failed] = shell.pipe(shell.command("Get-Mailbox", "info"), shell.command("Set-Mailbox", "info", DisplayName="x"))
    assert failed.fully_qualified_error_id == "InputObjectNotBound,Set-Mailbox"
    assert not failed.terminating


@pytest.mark.parametrize("identity", ["info", "INFO@ugent.be", "CN=info,OU=SharedMailboxes,DC=ugent,DC=be", "*"])
def test_ordered_failures_know_every_form_of_identity(shell, identity):
    shell.shared()
    shell.shared("other")
    shell.store.fail("set-mailbox", identity, "ADTransientException", 1, "try later")
    if identity != "*":
        shell("Set-Mailbox", "other", DisplayName="x")
    failed = shell.error("Set-Mailbox", "UGENT\\info", DisplayName="x")
    assert (failed.reason, failed.message) == ("ADTransientException", "try later")
    shell("Set-Mailbox", "info", DisplayName="x")
    assert shell.store.failures() == []


def test_a_creation_can_be_ordered_to_fail(shell):
    shell.store.fail("New-Mailbox", "info", "ADTransientException")
    assert shell.error("New-Mailbox", Name="info", Shared=True).reason == "ADTransientException"
    shell.shared()


def test_reading_from_the_other_domain_controller_misses_the_write(shell):
    shell.shared()
    shell.store.set_replication_delay(60)
    shell("Set-Mailbox", "info", DisplayName="new")
    shell.shared("late", DomainController=DC1)
    assert [shell("Get-Mailbox", "info", DomainController=dc)[0]["DisplayName"] for dc in (DC1, DC2)] == ["new", "info"]
    failed = shell.error("Set-Mailbox", "late", DisplayName="x", DomainController=DC2)
    assert (failed.reason, DC2 in failed.message) == ("ManagementObjectNotFoundException", True)
    shell.store.set_replication_delay(0)
    assert shell("Get-Mailbox", "info", DomainController="DC2")[0]["DisplayName"] == "new"
    assert shell("Get-Mailbox", "late", DomainController=DC2)


def test_deletion_replicates_too(shell):
    shell.shared()
    shell.store.set_replication_delay(60)
    shell("Remove-Mailbox", "info", Confirm=False)
    assert shell.error("Get-Mailbox", "info").reason == "ManagementObjectNotFoundException"
    assert shell("Get-Mailbox", "info", DomainController=DC2)


def test_every_command_is_in_the_audit_log(shell):
    shell.shared("O'Neil", Alias="info")
    shell.error("Set-Mailbox", "info", GrantSendOnBehalfTo={"Add": ["nobody"]})
    shell.pipe(shell.command("Get-Mailbox", "info"), shell.command("Get-MailboxPermission"))
    shell.pipe(Invocation("$x = 1", is_script=True))
    log = [(entry.login, entry.cmdlet, entry.command, entry.outcome) for entry in shell.store.audit_log()]
    assert log == [
        (
            "admin",
            "New-Mailbox",
            "New-Mailbox -Name 'O''Neil' -Shared:$true -OrganizationalUnit 'ugent.be/SharedMailboxes' -Alias 'info'",
            "completed",
        ),
        ("admin", "Set-Mailbox", "Set-Mailbox 'info' -GrantSendOnBehalfTo @{Add='nobody'}", "failed"),
        ("admin", "Get-Mailbox", "Get-Mailbox 'info'", "completed"),
        ("admin", "Get-MailboxPermission", "Get-MailboxPermission", "completed"),
        ("admin", "", "$x = 1", "failed"),
    ]
    assert shell.store.audit_log()[1].errors[0].startswith("ManagementObjectNotFoundException: ")


def test_secrets_are_not_in_the_audit_log(shell):
    secret = PSSecureString("hunter2")
    list(shell.cmdlets.run([Invocation("New-Mailbox", (Argument("Name", "x"), Argument("Password", secret)))], Caller("admin")))
    assert shell.store.audit_log()[-1].command == "New-Mailbox -Name 'x' -Password '********'"


def test_a_caller_that_stops_reading_stops_the_pipeline(shell):
    for name in ("a", "b", "c"):
        shell.shared(name)
    stream = shell.cmdlets.run([shell.command("Get-Mailbox"), shell.command("Get-MailboxPermission")], Caller("admin"))
    assert isinstance(next(stream), Output)
    stream.close()
    assert [entry.outcome for entry in shell.store.audit_log()[-2:]] == ["stopped", "stopped"]


def test_errors_are_failed_records(shell):
    assert isinstance(shell.records("Get-Mailbox", "nobody")[0], Failed)
