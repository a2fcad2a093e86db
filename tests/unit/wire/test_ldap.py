from __future__ import annotations

import pytest
from ansible.module_utils.postroom.wire.ldap import Add, Modify, escape_dn_value, normalise_dn


def test_ldif_as_an_administrator_would_type_it() -> None:
    assert str(Add("uid=x,dc=b", {"cn": ("Chloé",), "mail": ("x@y",)})) == "dn: uid=x,dc=b\nchangetype: add\ncn:: Q2hsb8Op\nmail: x@y"
    assert str(Modify("uid=x", {"owner": (), "cn": ("a",)})) == ("dn: uid=x\nchangetype: modify\nreplace: owner\n-\nreplace: cn\ncn: a\n-")


@pytest.mark.parametrize("value", [" a", ":a", "<a", "a ", "a\nb"])
def test_what_ldif_could_take_for_something_else_is_encoded(value: str) -> None:
    assert "cn:: " in str(Add("uid=x", {"cn": (value,)}))


@pytest.mark.parametrize(
    ("value", "escaped"), [("a,b", "a\\,b"), ("#a", "\\#a"), (" a", "\\ a"), ("a ", "a\\ "), ("labo.info", "labo.info")]
)
def test_values_in_a_dn(value: str, escaped: str) -> None:
    assert escape_dn_value(value) == escaped


def test_dns_are_compared_without_case_and_spaces() -> None:
    assert normalise_dn("UID=A, OU = People") == normalise_dn("uid=a,ou=people")
