import pytest

from lab.exchange.pipeline import Warned


def direct(shell, identity="info"):
    return {found["User"]: found for found in shell("Get-MailboxPermission", identity) if not found["IsInherited"]}


@pytest.fixture
def info(shell):
    shell.shared("Info EA", Alias="info")
    return shell


def test_a_new_mailbox_has_self_and_what_it_inherits(info):
    found = info("Get-MailboxPermission", "info")
    assert [entry["User"] for entry in found if not entry["IsInherited"]] == ["NT AUTHORITY\\SELF"]
    inherited = {(entry["User"], entry["Deny"]["IsPresent"]) for entry in found if entry["IsInherited"]}
    assert {("UGENT\\Domain Admins", True), ("NT AUTHORITY\\SYSTEM", False), ("UGENT\\Exchange Servers", False)} <= inherited


def test_grant_and_take_away(info):
    [made] = info("Add-MailboxPermission", "info", User="bert@ugent.be", AccessRights="FullAccess", InheritanceType="All", AutoMapping=True)
    assert (made["User"], made["AccessRights"], made["Identity"]) == ("UGENT\\bert", ["FullAccess"], "ugent.be/SharedMailboxes/Info EA")
    assert "AutoMapping" not in made.shape.names
    assert set(direct(info)) == {"NT AUTHORITY\\SELF", "UGENT\\bert"}
    info("Remove-MailboxPermission", "info", User="UGENT\\bert", AccessRights="FullAccess", Confirm=False)
    assert set(direct(info)) == {"NT AUTHORITY\\SELF"}


def test_what_is_there_or_not_is_a_warning(info):
    grant = {"User": "bert", "AccessRights": "FullAccess"}
    info("Add-MailboxPermission", "info", **grant)
    assert "already present" in info.warnings("Add-MailboxPermission", "info", **grant)[0]
    info("Remove-MailboxPermission", "info", **grant, Confirm=False)
    assert "doesn't exist" in info.warnings("Remove-MailboxPermission", "info", **grant, Confirm=False)[0]


@pytest.mark.parametrize(
    ("cmdlet", "rights"), [("Add-MailboxPermission", {"AccessRights": "FullAccess"}), ("Add-ADPermission", {"ExtendedRights": "Send As"})]
)
def test_what_is_there_can_be_an_error_as_in_other_versions(info, cmdlet, rights):
    info.store.set_setting("existing_permission", "error")
    info(cmdlet, "Info EA", User="bert", **rights)
    assert info.error(cmdlet, "Info EA", User="bert", **rights).reason == "InvalidOperationException"


def test_an_inherited_entry_cannot_be_removed(info):
    [warning] = info.warnings("Remove-MailboxPermission", "info", User="Exchange Servers", AccessRights="FullAccess", Confirm=False)
    assert warning.startswith("An inherited access control entry")
    assert "UGENT\\Exchange Servers" in [entry["User"] for entry in info("Get-MailboxPermission", "info")]


def test_a_deny_is_an_entry_of_its_own(info):
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess", Deny=True)
    found = info("Get-MailboxPermission", "info", User="bert")
    assert [entry["Deny"]["IsPresent"] for entry in found] == [False, True]
    info("Remove-MailboxPermission", "info", User="bert", AccessRights="FullAccess", Deny=True, Confirm=False)
    assert [entry["Deny"]["IsPresent"] for entry in info("Get-MailboxPermission", "info", User="bert")] == [False]


def test_rights_join_and_part(info):
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    info("Add-MailboxPermission", "info", User="bert", AccessRights=["ReadPermission"])
    assert direct(info)["UGENT\\bert"]["AccessRights"] == ["FullAccess", "ReadPermission"]
    info("Remove-MailboxPermission", "info", User="bert", AccessRights="FullAccess", Confirm=False)
    assert direct(info)["UGENT\\bert"]["AccessRights"] == ["ReadPermission"]


def test_auto_mapping_changes_only_by_remove_and_add(info):
    def kept():
        [state] = info.store.view("dc1.ugent.be").find("alias", "info")
        return [entry["auto_mapping"] for entry in state["MailboxPermissions"] if entry["sid"] != "S-1-5-10"]

    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess", AutoMapping=False)
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess", AutoMapping=True)
    assert kept() == [False]
    info("Remove-MailboxPermission", "info", User="bert", AccessRights="FullAccess", Confirm=False)
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    info("Add-MailboxPermission", "info", User="Domain Admins", AccessRights="FullAccess", AutoMapping=True)
    assert kept() == [True, False]


def test_unknown_user_and_unknown_mailbox(info):
    assert (
        info.error("Add-MailboxPermission", "info", User="nobody", AccessRights="FullAccess").reason == "ManagementObjectNotFoundException"
    )
    assert (
        info.error("Add-MailboxPermission", "nowhere", User="bert", AccessRights="FullAccess").reason == "ManagementObjectNotFoundException"
    )


def test_at_most_500_entries(info):
    for number in range(499):
        info.records("Add-MailboxPermission", "info", User=f"S-1-5-21-1-2-3-{number}", AccessRights="FullAccess")
    failed = info.error("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    assert failed.reason == "InvalidOperationException"
    assert "500" in failed.message


def test_one_who_is_gone_is_a_bare_sid(info):
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    info.people[:] = [person for person in info.people if person.login != "bert"]
    [orphan] = [user for user in direct(info) if user.startswith("S-1-5-21-")]
    info("Remove-MailboxPermission", "info", User=orphan, AccessRights="FullAccess", Confirm=False)
    assert set(direct(info)) == {"NT AUTHORITY\\SELF"}


def test_one_pipeline_for_all_mailboxes(info):
    info.shared("sales")
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    records = info.pipe(
        info.command("Get-Mailbox", RecipientTypeDetails="SharedMailbox"), info.command("Get-MailboxPermission", User="bert")
    )
    assert [(record.value["Identity"], record.value["User"]) for record in records] == [("ugent.be/SharedMailboxes/Info EA", "UGENT\\bert")]
    everything = info.pipe(info.command("Get-Mailbox", RecipientTypeDetails="SharedMailbox"), info.command("Get-MailboxPermission"))
    assert {record.value["Identity"] for record in everything} == {"ugent.be/SharedMailboxes/Info EA", "ugent.be/SharedMailboxes/sales"}


def test_entries_pass_to_removal(info):
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    records = info.pipe(info.command("Get-MailboxPermission", "info", User="bert"), info.command("Remove-MailboxPermission", Confirm=False))
    assert records == []
    assert "UGENT\\bert" not in direct(info)


@pytest.mark.parametrize("identity", ["Info EA", "CN=Info EA,OU=SharedMailboxes,DC=ugent,DC=be"])
@pytest.mark.parametrize("right", ["Send As", "Send-As", "send as"])
def test_send_as(info, identity, right):
    [made] = info("Add-ADPermission", identity, User="bert", ExtendedRights=right)
    assert (made["User"], made["AccessRights"], made["ExtendedRights"]) == ("UGENT\\bert", ["ExtendedRight"], ["Send-As"])
    assert [entry["User"] for entry in info("Get-ADPermission", identity, User="bert")] == ["UGENT\\bert"]
    info("Remove-ADPermission", identity, User="bert", ExtendedRights=right, Confirm=False)
    assert info("Get-ADPermission", identity, User="bert") == []


@pytest.mark.parametrize("cmdlet", ["Get-ADPermission", "Add-ADPermission", "Remove-ADPermission"])
@pytest.mark.parametrize("identity", ["info", "info@ugent.be", "UGENT\\info"])
def test_an_alias_or_address_is_no_directory_object(info, cmdlet, identity):
    named = {} if cmdlet.startswith("Get") else {"User": "bert", "ExtendedRights": "Send As"}
    failed = info.error(cmdlet, identity, **named)
    assert (failed.reason, failed.category) == ("ManagementObjectNotFoundException", "InvalidArgument")


def test_send_as_of_self_stays_apart_from_receive_as(info):
    own = [entry["ExtendedRights"] for entry in info("Get-ADPermission", "Info EA", User="NT AUTHORITY\\SELF") if entry["ExtendedRights"]]
    assert own == [["Send-As"], ["Receive-As"]]


def test_an_unknown_extended_right_is_refused(info):
    assert info.error("Add-ADPermission", "Info EA", User="bert", ExtendedRights="Send").reason == "ManagementObjectNotFoundException"


def test_removing_twice_is_a_warning(info):
    [record] = info.records("Remove-ADPermission", "Info EA", User="bert", ExtendedRights="Send As", Confirm=False)
    assert isinstance(record, Warned)


@pytest.mark.parametrize("cmdlet", ["Remove-MailboxPermission", "Remove-ADPermission"])
def test_removal_asks_unless_told_not_to(info, cmdlet):
    rights = {"AccessRights": "FullAccess"} if "Mailbox" in cmdlet else {"ExtendedRights": "Send As"}
    failed = info.error(cmdlet, "Info EA", User="bert", **rights)
    assert (failed.reason, failed.terminating) == ("HostException", True)
    assert failed.fully_qualified_error_id.startswith("HostFunctionNotImplemented,")
