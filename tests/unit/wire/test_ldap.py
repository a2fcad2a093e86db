from __future__ import annotations

import base64

import ldap.dn
import pytest
from ansible.module_utils.postroom.wire.ldap import Add, AddValue, DeleteValue, Entry, Modify, escape_dn_value, iso_time, normalise_dn
from hypothesis import given
from hypothesis import strategies as st


def test_ldif_as_an_administrator_would_type_it() -> None:
    assert str(Add("uid=x,dc=b", {"cn": ("Chloé",), "mail": ("x@y",)})) == "dn: uid=x,dc=b\nchangetype: add\ncn:: Q2hsb8Op\nmail: x@y"
    assert str(Modify("uid=x", {"owner": (), "cn": ("a",)})) == ("dn: uid=x\nchangetype: modify\nreplace: owner\n-\nreplace: cn\ncn: a\n-")
    assert str(AddValue("uid=x", "cn", "a")) == "dn: uid=x\nchangetype: modify\nadd: cn\ncn: a\n-"
    assert str(DeleteValue("uid=x", "cn", "a")) == "dn: uid=x\nchangetype: modify\ndelete: cn\ncn: a\n-"
    assert str(DeleteValue("uid=x", "cn")) == "dn: uid=x\nchangetype: modify\ndelete: cn\n-"


@pytest.mark.parametrize("value", [" a", ":a", "<a", "a ", "a\nb"])
def test_what_ldif_could_take_for_something_else_is_encoded(value: str) -> None:
    assert "cn:: " in str(Add("uid=x", {"cn": (value,)}))


@pytest.mark.parametrize(
    ("value", "escaped"), [("a,b", "a\\,b"), ("a+b", "a\\+b"), ("#a", "\\#a"), (" a", "\\ a"), ("a ", "a\\ "), ("labo.info", "labo.info")]
)
def test_values_in_a_dn(value: str, escaped: str) -> None:
    assert escape_dn_value(value) == escaped


def test_dns_are_compared_without_case_and_spaces() -> None:
    assert normalise_dn("UID=A, OU = People") == normalise_dn("uid=a,ou=people")


VALUE = st.text(st.characters(blacklist_categories=["Cs"]))
DN_VALUE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1)  # no line breaks: no name of ours has any


@given(VALUE, VALUE)
def test_no_value_adds_a_line_and_each_can_be_read_back(one: str, other: str) -> None:
    lines = str(Add("uid=x", {"cn": (one, other)})).split("\n")
    values = [base64.b64decode(line[5:]).decode() if line.startswith("cn:: ") else line[4:] for line in lines[2:]]
    assert (lines[:2], values) == (["dn: uid=x", "changetype: add"], [one, other])


@given(DN_VALUE, DN_VALUE)
def test_a_value_in_a_dn_stays_one_value(value: str, base: str) -> None:
    dn = f"uid={escape_dn_value(value)},ou={escape_dn_value(base)}"
    parts = ldap.dn.str2dn(dn)
    assert [part[0][:2] for part in parts] == [("uid", value), ("ou", base)]


@pytest.mark.parametrize(("one", "other"), [("uid=a,ou=b", "uid=a,ou=c"), ("uid=a,ou=b", "cn=a,ou=b"), ("uid=a", "uid=a,ou=b")])
def test_different_dns_stay_different(one: str, other: str) -> None:
    assert normalise_dn(one) != normalise_dn(other)


def test_an_attribute_that_is_not_there_has_no_values() -> None:
    entry = Entry("uid=x", {"cn": ("a", "b")})
    assert (entry.values("cn"), entry.value("cn"), entry.values("mail"), entry.value("mail")) == (("a", "b"), "a", (), None)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("20261124042036Z", "2026-11-24T04:20:36Z"),
        ("20261124042036.123456Z", "2026-11-24T04:20:36Z"),
        ("20261124042036+0100", None),
        ("2026112404Z", None),
        ("", None),
    ],
)
def test_a_generalized_time_is_told_as_iso_8601(value: str, told: str | None) -> None:
    assert iso_time(value) == told
