import time

import pytest


@pytest.fixture
def info(shell):
    shell.shared()
    return shell


@pytest.mark.parametrize("cmdlet", ["Disable-Mailbox", "Remove-Mailbox"])
def test_asks_and_plays_and_does(info, cmdlet):
    assert info.error(cmdlet, "info").reason == "HostException"
    assert info.records(cmdlet, "info", WhatIf=True) == []
    assert info.get()["Name"] == "info"
    info(cmdlet, "info", Confirm=False)
    assert info.error("Get-Mailbox", "info").reason == "ManagementObjectNotFoundException"
    assert bool(info.records("Get-User", "info", ea="SilentlyContinue")) == (cmdlet == "Disable-Mailbox")


@pytest.mark.parametrize("cmdlet", ["Disable-Mailbox", "Remove-Mailbox"])
def test_refused_on_hold(info, cmdlet):
    info("Set-Mailbox", "info", LitigationHoldEnabled=True)
    assert info.error(cmdlet, "info", Confirm=False).reason == "RecipientTaskException"
    assert info.get()["LitigationHoldEnabled"]
    info(cmdlet, "info", Confirm=False, IgnoreLegalHold=True)
    assert info.error("Get-Mailbox", "info").reason == "ManagementObjectNotFoundException"


def disconnected(shell):
    return [found for found in shell("Get-MailboxStatistics", Database="DB01") if found["DisconnectReason"]]


def test_the_mailbox_stays_and_can_be_connected_again(info):
    made = info.get()
    info("Set-Mailbox", "info", ProhibitSendReceiveQuota="5GB", CustomAttribute1="x")
    info("Add-MailboxPermission", "info", User="bert", AccessRights="FullAccess")
    info.store.set_contents(str(made["ExchangeGuid"]), 3, 4096)
    info("Disable-Mailbox", "info", Confirm=False)
    [left] = disconnected(info)
    assert (left["MailboxGuid"], left["DisconnectReason"], left["ItemCount"]) == (made["ExchangeGuid"], "Disabled", 3)
    info("Connect-Mailbox", str(left["MailboxGuid"]), "DB01", User="info", Alias="info", Shared=True)
    again = info.get()
    assert (again["ExchangeGuid"], again["Guid"], again["IsShared"]) == (made["ExchangeGuid"], made["Guid"], True)
    assert again["ProhibitSendReceiveQuota"].PSObject.to_string == "Unlimited"
    assert info("Get-MailboxPermission", "info", User="bert") == []
    assert disconnected(info) == []


def test_connected_from_the_pipeline(info):
    guid = info.get()["ExchangeGuid"]
    info("Disable-Mailbox", "info", Confirm=False)
    info.pipe(info.command("Get-MailboxStatistics", Database="DB01"), info.command("Connect-Mailbox", User="info", Shared=True))
    assert info.get()["ExchangeGuid"] == guid


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"User": "anna", "Shared": True}, "RecipientTaskException"),
        ({"User": "nobody", "Shared": True}, "ManagementObjectNotFoundException"),
        ({"User": "info"}, "RecipientTaskException"),
        ({"User": "bert", "Shared": True}, "RecipientTaskException"),
    ],
)
def test_connected_only_to_a_fitting_account_without_mailbox(info, named, reason):
    guid = str(info.get()["ExchangeGuid"])
    info("Disable-Mailbox", "info", Confirm=False)
    assert info.error("Connect-Mailbox", guid, "DB01", **named).reason == reason
    assert info.error("Connect-Mailbox", guid, "DB02", User="info", Shared=True).reason == "ManagementObjectNotFoundException"


def test_permanent_leaves_nothing(info):
    info("Remove-Mailbox", "info", Permanent=True, Confirm=False)
    assert disconnected(info) == []


def test_a_disconnected_mailbox_can_be_purged(info):
    guid = str(info.get()["ExchangeGuid"])
    info("Remove-Mailbox", "info", Confirm=False)
    assert info.error("Remove-Mailbox", StoreMailboxIdentity=guid, Database="DB01").reason == "HostException"
    info("Remove-Mailbox", StoreMailboxIdentity=guid, Database="DB01", Confirm=False)
    assert disconnected(info) == []


def test_retention_ends(info):
    info("Remove-Mailbox", "info", Confirm=False)
    info.store.set_setting("mailbox_retention_days", 0)
    time.sleep(0.01)
    assert disconnected(info) == []


def test_statistics_need_a_first_logon(info):
    assert "hasn't logged on" in info.warnings("Get-MailboxStatistics", "info")[0]
    info.store.set_contents(str(info.get()["ExchangeGuid"]), 2, 5 * 2**20)
    [found] = info("Get-MailboxStatistics", "info")
    assert (found["ItemCount"], found["TotalItemSize"].PSObject.to_string) == (2, "5 MB (5,242,880 bytes)")


def test_databases(info):
    assert [(found["Name"], found["MailboxRetention"]) for found in info("Get-MailboxDatabase")] == [
        ("DB01", "30.00:00:00"),
        ("DB02", "30.00:00:00"),
    ]
    assert info.error("Get-MailboxDatabase", "DB99").reason == "ManagementObjectNotFoundException"
    records = info.pipe(info.command("Get-MailboxDatabase", "DB01"), info.command("Get-Mailbox"))
    assert "info" in [record.value["Name"] for record in records]
