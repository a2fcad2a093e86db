"""Exchange's shared mailboxes in the terms of declarations."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.exchange.live import ExchangeSurvey, live_on_exchange
from ansible.module_utils.postroom.core.exchange.observation import ExchangeReads
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.wire.exchange_objects import AccountRecord, CasRecord, EntryRecord, MailboxRecord, StatisticsRecord
from ansible.module_utils.postroom.wire.powershell import ParameterValue

POLICY = ExchangePolicy()
HERE = "ugent.be/Mail/labo"
AN = AccountRecord("ajanssens", "An.Janssens@ugent.be", "CN=An", "ugent.be/People/An", domain="ugent.be")


def record(mark: str = "", **settings: ParameterValue) -> MailboxRecord:
    usual: dict[str, ParameterValue] = {"Name": "labo", "Alias": "labo", "PrimarySmtpAddress": "Labo.Info@UGent.be"}
    return MailboxRecord(HERE, "CN=labo", {**usual, **settings}, frozenset({"labo.info@ugent.be", "labo@ugent.be"}), mark, False, "g1")


def live(mailbox: MailboxRecord | None = None, *statistics: StatisticsRecord, **reads: list[object]) -> LiveMailbox:
    answers = ExchangeReads(mailboxes=[mailbox or record()], accounts=[AN], domains={"ugent": "ugent.be"}, **reads)  # type: ignore[arg-type]
    return live_on_exchange(ExchangeSurvey(answers, list(statistics)), POLICY)[0]


@pytest.mark.parametrize(
    ("mailbox", "name", "is_managed"),
    [
        (record("postroom:vragen"), "vragen", True),
        (record(), "labo.info", False),
        (record("of others"), "labo.info", False),
        (record("postroom:"), "labo.info", False),
        (record(PrimarySmtpAddress=None, Alias="Labo"), "labo", False),
        (record(Name="postroom is making vragen"), "vragen", True),
        (record(Name="guid", DisplayName="postroom is making vragen"), "vragen", True),
        (record(Name=POLICY.unfinished_name("x" * 64), Alias="x" * 64), "x" * 64, True),
    ],
)
def test_a_mailbox_is_called_by_its_mark_or_as_a_declaration_would_call_it(mailbox: MailboxRecord, name: str, is_managed: bool) -> None:
    found = live(mailbox)
    assert (found.name, found.is_managed, found.mark) == (name, is_managed, mailbox.mark or None)


@pytest.mark.parametrize(
    ("user", "login"),
    [
        ("UGENT\\AJanssens", "ajanssens"),
        ("STUDENT\\ajanssens", ""),
        ("an.janssens@ugent.be", "ajanssens"),
        ("UGENT\\nobody", ""),
        ("S-1-5-21-1-2-3-4", ""),
    ],
)
def test_an_entry_belongs_to_an_account_that_exchange_knows(user: str, login: str) -> None:
    entry = EntryRecord(HERE, user, ("FullAccess", "ReadPermission"), deny=True)
    assert live(full_access=[entry]).grants == (Grant("full access", user, login, "FullAccess, ReadPermission", deny=True),)


@pytest.mark.parametrize(("rights", "told"), [(("FullAccess", "ExternalAccount"), "FullAccess"), (("ExternalAccount",), "ExternalAccount")])
def test_a_right_that_gives_nothing_is_told_only_when_there_is_no_other(rights: tuple[str, ...], told: str) -> None:
    (grant,) = live(full_access=[EntryRecord(HERE, "UGENT\\ajanssens", rights, deny=False)]).grants
    assert grant.rights == told


@pytest.mark.parametrize("identity", ["CN=labo", "Labo", HERE.upper()])
def test_an_entry_names_its_mailbox_by_identity_place_or_name(identity: str) -> None:
    assert live(full_access=[EntryRecord(identity, "UGENT\\x", ("FullAccess",), deny=False)]).grants


def test_entries_of_another_mailbox_are_not_this_ones() -> None:
    assert live(send_as=[EntryRecord("ugent.be/Mail/other", "UGENT\\ajanssens", ("Send As",), deny=False)]).grants == ()


@pytest.mark.parametrize(("place", "login"), [("ugent.be/People/An", "ajanssens"), ("ugent.be/Mail/list", "")])
def test_who_may_send_on_behalf_is_named_by_place(place: str, login: str) -> None:
    assert live(record(GrantSendOnBehalfTo=(place,))).grants == (Grant("send on behalf", place, login),)


@pytest.mark.parametrize(
    ("quota", "kib"), [("5120MB", 5 * 1024 * 1024), ("1536B", 1), ("unlimited", None), ("", None), (None, None), ("MB", None)]
)
def test_a_quota_is_told_in_kib(quota: str | None, kib: int | None) -> None:
    assert live(record(ProhibitSendReceiveQuota=quota)).quota_kib == kib


def test_use_belongs_to_the_mailbox_with_that_guid() -> None:
    other, own = StatisticsRecord("g2", 1, "2020-01-01T00:00:00Z"), StatisticsRecord("g1", 4096, "2026-11-24T00:00:00Z")
    found = live(record(), other, own)
    assert (found.used_kib, found.last_login) == (4, "2026-11-24T00:00:00Z")
    assert (live(record(), other).used_kib, live(record(), StatisticsRecord("g1", None, None)).last_login) == (None, None)


def test_settings_are_told_as_text() -> None:
    settings = live(client_access=[CasRecord(HERE, imap_enabled=False)]).settings
    assert settings is not None
    assert (settings["ImapEnabled"], settings["EmailAddresses"]) == (False, "labo.info@ugent.be, labo@ugent.be")
    assert (live().settings or {})["ImapEnabled"] is None
