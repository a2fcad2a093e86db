"""What a client sees: through psrpcore's serialiser and back, as over the wire."""

import datetime
import uuid
from xml.etree import ElementTree

import pytest
from psrpcore.types import deserialize, serialize
from pypsrp.serializer import Serializer

from lab.exchange.cmdlets.clixml import clixml
from lab.exchange.cmdlets.shapes import Shape, size_text


class NoSecrets:
    """The serialiser wants a cipher, for secure strings only."""


@pytest.fixture
def received(shell):
    shell.shared("Info é EA", Alias="info", DisplayName="Información 📬 <&>")
    shell("Set-Mailbox", "info", ProhibitSendReceiveQuota="5GB", GrantSendOnBehalfTo="anna")

    def read(*args, **named):
        return [deserialize(serialize(value, NoSecrets()), NoSecrets()) for value in shell(*args, **named)]

    return read


def test_a_mailbox_as_it_arrives(received):
    [mailbox] = received("Get-Mailbox", "info")
    assert mailbox.PSObject.type_names[0] == "Deserialized.Microsoft.Exchange.Data.Directory.Management.Mailbox"
    assert str(mailbox) == "Info é EA"
    assert mailbox.DisplayName == "Información 📬 <&>"
    assert list(mailbox.EmailAddresses) == ["SMTP:info@ugent.be"]
    assert list(mailbox.GrantSendOnBehalfTo) == ["ugent.be/People/Peeters Anna"]
    assert (mailbox.IsShared, mailbox.ForwardingAddress) == (True, None)
    assert isinstance(mailbox.Guid, uuid.UUID)
    assert isinstance(mailbox.WhenCreated, datetime.datetime)
    assert [f"CustomAttribute{number}" for number in range(1, 16) if not hasattr(mailbox, f"CustomAttribute{number}")] == []


def test_a_quota_as_it_arrives(received):
    [mailbox] = received("Get-Mailbox", "info")
    quota = mailbox.ProhibitSendReceiveQuota
    assert (str(quota), quota.IsUnlimited, str(quota.Value)) == ("5 GB (5,368,709,120 bytes)", False, "5 GB (5,368,709,120 bytes)")
    assert quota.PSObject.type_names[0].startswith("Deserialized.Microsoft.Exchange.Data.Unlimited`1[[")
    assert (str(mailbox.MaxSendSize), mailbox.MaxSendSize.IsUnlimited) == ("Unlimited", True)


def test_a_permission_as_it_arrives(received):
    entry = received("Get-MailboxPermission", "info")[0]
    assert entry.PSObject.type_names[0] == "Deserialized.Microsoft.Exchange.Management.RecipientTasks.MailboxAcePresentationObject"
    assert (list(entry.AccessRights), entry.User, entry.IsInherited) == (["FullAccess", "ReadPermission"], "NT AUTHORITY\\SELF", False)
    assert (str(entry.Deny), entry.Deny.IsPresent) == ("False", False)


def test_another_client_reads_the_same(shell):
    shell.shared()
    [mailbox] = shell("Get-Mailbox", "info")
    entry = shell("Get-MailboxPermission", "info")[0]
    mailbox, entry = (Serializer().deserialize(ElementTree.tostring(serialize(value, NoSecrets())).decode()) for value in (mailbox, entry))
    assert mailbox.types[0] == "Microsoft.Exchange.Data.Directory.Management.Mailbox"
    properties = mailbox.adapted_properties
    assert (properties["Alias"], properties["IsShared"], str(properties["MaxSendSize"])) == ("info", True, "Unlimited")
    # pypsrp knows no lists under Exchange's own class names and hands over their XML.
    assert properties["EmailAddresses"].property_sets == ["<LST><S>SMTP:info@ugent.be</S></LST>"]
    assert entry.adapted_properties["AccessRights"] == ["FullAccess", "ReadPermission"]


def by_psrpcore(value):
    return ElementTree.canonicalize(ElementTree.tostring(serialize(value, NoSecrets())).decode())


@pytest.mark.parametrize(
    "command",
    [
        ("Get-Mailbox",),
        ("Get-Recipient",),
        ("Get-User",),
        ("Get-CASMailbox",),
        ("Get-ADPermission", "Info é EA"),
        ("Get-MailboxDatabase",),
        ("Get-OrganizationConfig",),
        ("Get-MailboxStatistics", "info"),
        ("Get-InboxRule", "info\\out"),
        ("Get-ADPermission", "Info é EA", {"Owner": True}),
        ("Get-MailboxPermission", "info"),
    ],
)
def test_everything_is_written_as_psrpcore_writes_it(received, shell, command):
    shell("New-InboxRule", Mailbox="info", Name="out", ForwardTo=["anna", "x@elders.be"])
    shell.store.set_contents(str(shell.get()["ExchangeGuid"]), 3, 2**33)
    named = command[-1] if isinstance(command[-1], dict) else {}
    positional = [argument for argument in command if not isinstance(argument, dict)]
    assert received(*positional, **named)
    for value in shell(*positional, **named):
        assert ElementTree.canonicalize(clixml(value).decode()) == by_psrpcore(value)


@pytest.mark.parametrize("text", ["", "a_x0041_b", "_X", "tab\tand\nline", "<&>\"'", "📬 é \x7f\x85", "]]>"])
def test_texts_are_written_as_psrpcore_writes_them(shell, text):
    value = Shape(["Thing"], ["Text", "Number"]).make((text, 2**40), "thing")
    assert ElementTree.canonicalize(clixml(value).decode()) == by_psrpcore(value)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B (0 bytes)"), (1023, "1023 B (1,023 bytes)"), (1024, "1 KB (1,024 bytes)"), (5 * 2**30, "5 GB (5,368,709,120 bytes)"),
        (2**41 - 1024, "2 TB (2,199,023,254,528 bytes)"), (1_500_000, "1.431 MB (1,500,000 bytes)"),
    ],
)  # fmt: skip
def test_sizes_as_exchange_writes_them(size, text):
    assert size_text(size) == text
