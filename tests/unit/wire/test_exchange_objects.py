"""What psrpcore makes of Exchange's answers, into records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from ansible.module_utils.postroom.wire.exchange_objects import (
    ACCOUNT_PROPERTIES,
    CAS_PROPERTIES,
    FULL_ACCESS_PROPERTIES,
    RECIPIENT_PROPERTIES,
    STATISTICS_PROPERTIES,
    EntryRecord,
    OwnAccount,
    StatisticsRecord,
    account_record,
    addresses_of,
    cas_record,
    full_access_record,
    iso_time,
    mailbox_properties,
    mailbox_record,
    megabytes,
    own_name,
    recipient_record,
    send_as_properties,
    send_as_record,
    statistics_record,
    text,
    texts,
)
from psrpcore.types import PSDateTime, PSObject, PSString, add_note_property

OWN = OwnAccount(frozenset({"nt authority\\self", "autorite nt\\self"}))


def shown(value: str) -> PSObject:
    """An object of a type of Exchange's own, of which only the text arrives."""
    found = PSObject()
    found.PSObject.to_string = value
    return found


def answer(**properties: Any) -> PSObject:
    found = PSObject()
    for name, value in properties.items():
        add_note_property(found, name, value)
    return found


@pytest.mark.parametrize(
    ("quota", "found"),
    [
        ("5 GB (5,368,709,120 bytes)", "5120MB"),
        ("5 GB (5.368.709.120 bytes)", "5120MB"),
        ("4.5 GB (4\u00a0831\u00a0838\u00a0208 bytes)", "4608MB"),
        ("1 KB (1,024 bytes)", "1024B"),
        ("Unlimited", "unlimited"),
        ("", ""),
    ],
)
def test_quotas_are_read_from_the_digits_in_the_brackets(quota: str, found: str) -> None:
    assert megabytes(quota) == found


@pytest.mark.parametrize(
    ("value", "found"), [(None, ""), ("a", "a"), (PSString("a"), "a"), (shown("ugent.be/x"), "ugent.be/x"), (5, "5"), (shown(""), "")]
)
def test_text(value: Any, found: str) -> None:
    assert text(value) == found


@pytest.mark.parametrize(("value", "found"), [(None, ()), ("", ()), ("a", ("a",)), (["a", shown("b")], ("a", "b")), ([], ())])
def test_texts(value: Any, found: tuple[str, ...]) -> None:
    assert texts(value) == found


def entry(**properties: Any) -> PSObject:
    usual = {
        "Identity": shown("ugent.be/x"),
        "User": shown("UGENT\\an"),
        "AccessRights": ["FullAccess"],
        "IsInherited": False,
        "Deny": False,
    }
    return answer(**{**usual, **properties})


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False)),
        ({"Deny": True}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), True)),
        ({"Deny": shown("True")}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), True)),
        ({"Deny": shown("False")}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False)),
        ({"IsInherited": True}, None),
        ({"IsInherited": shown("False"), "Deny": "False"}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False)),
        ({"User": shown("NT AUTHORITY\\SELF")}, None),
        ({"User": shown("AUTORITE NT\\SELF")}, None),
        ({"User": "NT-AUTORIT\u00c4T\\SELBST", "UserSid": "S-1-5-10"}, None),
        ({"AccessRights": ["SendAs"]}, None),
        ({"AccessRights": ["FullAccess, ReadPermission"]}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess", "ReadPermission"), False)),
        ({"AccessRights": "FullAccess, SendAs"}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False)),
        ({"UserSid": shown("S-1-5-21-1")}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False, "S-1-5-21-1")),
        ({"InheritanceType": shown("None")}, EntryRecord("ugent.be/x", "UGENT\\an", ("FullAccess",), False, inheritance="None")),
    ],
)
def test_only_direct_entries_of_others_count(properties: dict[str, Any], found: EntryRecord | None) -> None:
    assert full_access_record(entry(**properties), OWN) == found


def test_what_another_sid_has_is_not_the_mailboxs_own_whatever_it_is_called() -> None:
    own = OwnAccount()
    assert full_access_record(entry(User="NT AUTHORITY\\SELF", UserSid="S-1-5-21-1"), own)
    assert not own.seen
    full_access_record(entry(User="x", UserSid="s-1-5-10"), own)
    assert own.seen


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"Sid": "S-1-5-10", "UserFriendlyName": "AUTORITE NT\\SELF"}, "autorite nt\\self"),
        ({"Sid": shown("S-1-5-10"), "Name": "NT-AUTORIT\u00c4T\\SELBST"}, "nt-autorit\u00e4t\\selbst"),
        ({"Sid": "S-1-1-0", "UserFriendlyName": "Everyone"}, ""),
    ],
)
def test_the_name_of_the_mailboxs_own_account_is_that_of_its_sid(properties: dict[str, Any], name: str) -> None:
    assert own_name(answer(**properties)) == name


def test_online_an_entry_has_no_inheritance() -> None:
    value = answer(Identity="i", Trustee="an@ugent.be", AccessRights=["SendAs"], AccessControlType="Allow", TrusteeSidString="S-1-5-21-1")
    assert send_as_record(value, OWN) == EntryRecord("i", "an@ugent.be", ("Send As",), deny=False, sid="S-1-5-21-1")


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"ExtendedRights": [shown("Send-As")]}, True),
        ({"ExtendedRights": ["Send As"]}, True),
        ({"ExtendedRights": ["Receive-As"]}, False),
        ({"ExtendedRights": ["Receive-As, Send-As"]}, True),
        ({"ExtendedRights": None}, False),
        ({"Trustee": "an@ugent.be", "AccessRights": ["SendAs"], "AccessControlType": shown("Allow")}, True),
    ],
)
def test_send_as_is_told_from_other_rights(properties: dict[str, Any], found: bool) -> None:
    assert (send_as_record(entry(**properties), OWN) is not None) is found


def test_addresses_are_without_type_and_case_and_other_types_are_no_addresses() -> None:
    value = answer(EmailAddresses=["SMTP:Labo@UGent.be", "smtp:old@ugent.be", "X500:/o=x"], PrimarySmtpAddress=shown("Labo@UGent.be"))
    assert addresses_of(value) == {"labo@ugent.be", "old@ugent.be"}


@pytest.mark.parametrize(
    ("properties", "held"),
    [
        ({}, False),
        ({"LitigationHoldEnabled": True}, True),
        ({"InPlaceHolds": ["x"]}, True),
        ({"InPlaceHolds": []}, False),
        ({"ComplianceTagHoldApplied": True}, True),
        ({"DelayHoldApplied": "True"}, True),
        ({"DelayReleaseHoldApplied": True}, True),
        ({"ComplianceTagHoldApplied": False, "DelayHoldApplied": None}, False),
    ],
)
def test_a_hold_is_seen(properties: dict[str, Any], held: bool) -> None:
    assert mailbox_record(answer(Identity="i", DistinguishedName="d", **properties), "CustomAttribute1").on_hold is held


@pytest.mark.parametrize(("is_online", "login", "domain"), [(False, "an", "ad.ugent.be"), (True, "an.janssens", "ugent.be")])
def test_a_login_is_the_sam_account_name_on_premises(is_online: bool, login: str, domain: str) -> None:
    value = answer(SamAccountName="An", UserPrincipalName="An.Janssens@ugent.be", DistinguishedName="CN=An,OU=x,DC=ad,DC=UGent,DC=be")
    found = account_record(value, is_online=is_online)
    assert (found.login, found.domain) == (login, domain)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 11, 24, 4, 20, 36, 5, UTC), "2026-11-24T04:20:36Z"),
        (datetime(2026, 11, 24, 1, 20, 36, tzinfo=timezone(timedelta(hours=2))), "2026-11-23T23:20:36Z"),
        (datetime(2026, 11, 24, 4, 20, 36), "2026-11-24T04:20:36Z"),
        (None, None),
        ("", None),
        ("2026-11-24T04:20:36+02:00", "2026-11-24T02:20:36Z"),
        ("2026-11-24T04:20:36Z", "2026-11-24T04:20:36Z"),
        ("11/24/2026 4:20:36 PM", "2026-11-24T16:20:36Z"),
        ("24-11-2026 04:20", None),
        ("2026-13-45", None),
    ],
)
def test_a_moment_is_told_in_utc(moment: datetime | str | None, told: str | None) -> None:
    assert iso_time(PSDateTime(moment) if isinstance(moment, datetime) else moment) == told


def test_statistics() -> None:
    value = answer(MailboxGuid=shown("ABC-1"), TotalItemSize=shown("5 MB (5,242,880 bytes)"), LastLogonTime=None)
    assert statistics_record(value) == StatisticsRecord("abc-1", 5242880, None)


class Asked:
    """Has every property, and remembers which were asked for."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> str:
        if name == self.missing:
            raise AttributeError(name)
        self.names.add(name)
        return "Send As"


@pytest.mark.parametrize(
    ("record", "properties", "missing"),
    [
        (lambda value: mailbox_record(value, "CustomAttribute9"), mailbox_properties("CustomAttribute9"), ""),
        (lambda value: recipient_record(value, "CustomAttribute9"), (*RECIPIENT_PROPERTIES, "CustomAttribute9"), ""),
        (lambda value: full_access_record(value, OWN), (*FULL_ACCESS_PROPERTIES, "TrusteeSidString"), ""),
        (lambda value: send_as_record(value, OWN), (*send_as_properties(is_online=False), "TrusteeSidString"), "Trustee"),
        (lambda value: send_as_record(value, OWN), (*send_as_properties(is_online=True), "UserSid"), "User"),
        (cas_record, CAS_PROPERTIES, ""),
        (lambda value: account_record(value, is_online=False), ACCOUNT_PROPERTIES, ""),
        (lambda value: account_record(value, is_online=True), ACCOUNT_PROPERTIES, ""),
        (statistics_record, STATISTICS_PROPERTIES, ""),
    ],
)
def test_a_record_asks_for_no_more_than_is_selected(record: Callable[[Any], object], properties: tuple[str, ...], missing: str) -> None:
    value = Asked(missing)
    record(value)
    assert value.names
    assert value.names <= set(properties)
