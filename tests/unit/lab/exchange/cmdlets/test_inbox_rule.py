import pytest


@pytest.fixture
def ruled(shell):
    """A mailbox with a rule that shows and one that Outlook hides."""
    shell.shared()
    guid = str(shell.get()["ExchangeGuid"])
    shell("New-InboxRule", Mailbox="info", Name="out", ForwardTo="anna")
    shell.store.add_inbox_rule(guid, {"Name": "secret", "RedirectTo": ["thief@elders.be"], "Hidden": True})
    return shell


def test_hidden_rules_show_only_when_asked_for(ruled):
    assert [rule["Name"] for rule in ruled("Get-InboxRule", Mailbox="info")] == ["out"]
    out, secret = ruled("Get-InboxRule", Mailbox="info", IncludeHidden=True)
    assert out["ForwardTo"][0].startswith('"Anna Peeters" [EX:/o=')
    assert (secret["RedirectTo"], secret["ForwardTo"], secret["Enabled"]) == (['"thief@elders.be" [SMTP:thief@elders.be]'], None, True)


def test_off_on_and_away(ruled):
    [rule] = ruled("Get-InboxRule", Mailbox="info")
    assert ruled.error("Disable-InboxRule", rule["Identity"]).reason == "HostException"
    [warning] = ruled.warnings("Disable-InboxRule", "out", Mailbox="info", Confirm=False)
    assert "Outlook" in warning
    assert [found["Enabled"] for found in ruled("Get-InboxRule", rule["Identity"])] == [False]
    ruled("Enable-InboxRule", "out", Mailbox="info")
    assert [found["Enabled"] for found in ruled("Get-InboxRule", "out", Mailbox="info")] == [True]
    ruled("Remove-InboxRule", "out", Mailbox="info", Confirm=False)
    assert ruled("Get-InboxRule", Mailbox="info") == []


def test_from_the_pipeline(ruled):
    ruled.pipe(ruled.command("Get-Mailbox", "info"), ruled.command("Get-InboxRule"), ruled.command("Disable-InboxRule", Confirm=False))
    assert [rule["Enabled"] for rule in ruled("Get-InboxRule", Mailbox="info")] == [False]


def test_what_is_not_there(ruled):
    assert ruled.error("Get-InboxRule", "none", Mailbox="info").reason == "ManagementObjectNotFoundException"
    assert ruled.error("Get-InboxRule", Mailbox="nobody").reason == "ManagementObjectNotFoundException"
    assert ruled.error("New-InboxRule", Mailbox="info", Name="idle").reason == "RecipientTaskException"


def test_rules_stay_with_a_disconnected_mailbox(ruled):
    guid = str(ruled.get()["ExchangeGuid"])
    ruled("Disable-Mailbox", "info", Confirm=False)
    ruled("Connect-Mailbox", guid, "DB01", User="info", Shared=True)
    assert [rule["Name"] for rule in ruled("Get-InboxRule", Mailbox="info")] == ["out"]
