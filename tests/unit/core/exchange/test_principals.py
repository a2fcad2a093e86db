"""Whose an entry is."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.exchange.principals import Principals, domains_to_ask_for, logins_named
from ansible.module_utils.postroom.wire.exchange_objects import AccountRecord, EntryRecord

AN = AccountRecord("an", "an@ugent.be", "CN=An,DC=ugent,DC=be", sid="S-1-5-21-1-1", domain="ugent.be")
STUDENT = AccountRecord("an", "an@student.ugent.be", "CN=An,DC=student", sid="S-1-5-21-2-1", domain="student.ugent.be")
BART = AccountRecord("bart", "bart@ugent.be", "CN=Bart", sid="S-1-5-21-1-2", domain="ugent.be")
DOMAINS = {"ugent": "ugent.be"}


@pytest.mark.parametrize(
    ("user", "sid", "login"),
    [
        ("UGENT\\An", "", "an"),
        ("STUDENT\\an", "", ""),
        ("UGENT\\nobody", "", ""),
        ("UGENT\\anything", "S-1-5-21-1-1", "an"),
        ("UGENT\\an", "S-1-5-21-9-9", ""),
        ("an@ugent.be", "", "an"),
        ("an@elsewhere.be", "", ""),
        ("an", "", ""),
        ("", "", ""),
    ],
)
def test_an_entry_belongs_to_an_account_of_that_domain_or_with_that_sid(user: str, sid: str, login: str) -> None:
    assert Principals.known([AN, BART], DOMAINS).login_of(user, sid) == login


@pytest.mark.parametrize(("account_domain", "login"), [("", ""), ("UGent.be", "an"), ("student.ugent.be", "")])
def test_a_login_name_of_two_domains_is_nobodys_unless_one_is_chosen(account_domain: str, login: str) -> None:
    known = Principals.known([AN, STUDENT], {**DOMAINS, "student": "student.ugent.be"}, account_domain)
    assert known.login_of("UGENT\\an") == known.login_of("x", AN.sid) == known.login_of("an@ugent.be") == login


def entry(user: str, sid: str = "") -> EntryRecord:
    return EntryRecord("i", user, ("FullAccess",), deny=False, sid=sid)


def test_exchange_is_asked_for_domains_that_could_be_those_of_accounts() -> None:
    entries = [entry("UGENT\\an"), entry("ugent\\BART"), entry("STUDENT\\an"), entry("UGENT\\Group"), entry("an@ugent.be")]
    assert domains_to_ask_for(entries, [AN, BART]) == {"student": ["STUDENT\\an"], "ugent": ["UGENT\\an", "ugent\\BART"]}
    assert domains_to_ask_for([entry("UGENT\\an", AN.sid)], [AN]) == {}


def test_names_of_accounts_are_taken_out_of_entries() -> None:
    assert logins_named([entry("UGENT\\An"), entry("Bart@ugent.be"), entry("A group"), entry("S-1-5-21-9-9")]) == {"an", "bart"}
