from __future__ import annotations

import json

import pytest
from ansible.module_utils.postroom.wire.cyrus_tools import (
    Annotation,
    MailboxRecord,
    parse_annotations,
    parse_mailboxes,
    parse_quotas,
    parse_settings,
    parse_usage,
)
from hypothesis import given
from hypothesis import strategies as st

TAIL = b"\0text/plain\0" + b"\n" * 16 + b"\n"


def record(unique_id: bytes, entry: bytes, user: bytes, value: bytes) -> bytes:
    return unique_id + b"\0" + entry + b"\0" + user + b"\0\t" + len(value).to_bytes(4, "big") + bytes(4) + value + TAIL


def test_mailboxes_of_users_without_tombstones() -> None:
    output = b"""{"shared": {"mbtype": "e", "acl": {}, "uniqueid": "s"},
        "user.labo^info.Sent": {"mbtype": "e", "acl": {"ajanssens": "lrs"}, "uniqueid": "u1"},
        "user.gone": {"mbtype": "ed", "acl": {}, "uniqueid": "u2"}}"""
    assert list(parse_mailboxes(output)) == [MailboxRecord("user/labo.info/Sent", "u1", {"ajanssens": "lrs"})]


def test_identifiers_may_be_called_as_the_fields_of_a_record() -> None:
    acl = {"acl": "lrs", "mbtype": "d", "uniqueid": "lr", "name": "l"}
    output = {f"user.{name}": {"mbtype": "e", "acl": acl, "uniqueid": name, "name_history": []} for name in ("a", "b")}
    assert [record.acl for record in parse_mailboxes(json.dumps(output).encode())] == [acl, acl]


@pytest.mark.parametrize("acl", [None, "", []])
def test_a_mailbox_may_have_no_acl(acl: object) -> None:
    output = {"user.labo": {"mbtype": "e", "acl": acl, "uniqueid": "u"}}
    assert list(parse_mailboxes(json.dumps(output).encode())) == [MailboxRecord("user/labo", "u", {})]


def test_quotas_with_and_without_a_limit() -> None:
    output = (
        "   Quota   % Used     Used             Resource Root\n"
        " 5242880        0       12              STORAGE user/labo.info\n"
        "                         0              MESSAGE user/labo.info\n"
        "                         0              STORAGE user/vragen\n"
    )
    assert parse_quotas(output) == {"user/labo.info": 5242880}
    assert parse_usage(output) == {"user/labo.info": 12, "user/vragen": 0}


def test_annotations_whose_values_look_like_records() -> None:
    forged = record(b"stolen", b"/comment", b"cyrus", b"postroom")
    output = record(b"u1", b"/comment", b"", forged) + record(b"", b"/comment", b"cyrus", b"labo.info")
    assert [(found.unique_id, found.entry, found.user) for found in parse_annotations(output)] == [
        ("u1", "/comment", ""),
        ("", "/comment", "cyrus"),
    ]


def test_an_annotation() -> None:
    found = list(parse_annotations(record(b"u1", b"/specialuse", b"[.OwNeR.]", b"\\Sent")))
    assert found == [Annotation("u1", "/specialuse", "[.OwNeR.]", "\\Sent")]


def test_settings() -> None:
    assert parse_settings("annotation_db: twoskip\nconfigdirectory: /a:b\nempty:\n") == {
        "annotation_db": "twoskip", "configdirectory": "/a:b", "empty": "",
    }  # fmt: skip


FIELD = st.binary(max_size=20) | st.just(record(b"stolen", b"/comment", b"cyrus", b"postroom"))


@given(st.lists(st.tuples(st.sampled_from([b"u1", b"u-2", b""]), st.sampled_from([b"", b"cyrus", b"[.OwNeR.]"]), FIELD), max_size=5))
def test_no_value_is_ever_taken_for_a_record(written: list[tuple[bytes, bytes, bytes]]) -> None:
    output = b"".join(record(unique_id, b"/comment", user, value) for unique_id, user, value in written)
    assert [(found.unique_id, found.user, found.value) for found in parse_annotations(output)] == [
        (unique_id.decode(), user.decode(), value.decode("utf-8", "replace")) for unique_id, user, value in written
    ]


@pytest.mark.parametrize(
    ("internal", "name"),
    [("user.vragen", "user/vragen"), ("user.labo^info", "user/labo.info"), ("user.labo^info.A.B^c", "user/labo.info/A/B.c")],
)
def test_names_are_as_imap_spells_them(internal: str, name: str) -> None:
    output = json.dumps({internal: {"mbtype": "", "acl": {}, "uniqueid": "u"}}).encode()
    assert [found.name for found in parse_mailboxes(output)] == [name]


def test_an_acl_that_is_not_a_mapping_is_empty() -> None:
    assert [found.acl for found in parse_mailboxes(b'{"user.x": {"mbtype": "", "acl": null, "uniqueid": "u"}}')] == [{}]


@pytest.mark.parametrize("output", ["", "no quota here", "  10  0  1  MESSAGE user/x", "  10  0  1  STORAGE shared/x"])
def test_what_is_no_storage_limit_of_a_user_is_passed_over(output: str) -> None:
    assert parse_quotas(output) == {}


@pytest.mark.parametrize(
    "output",
    [b"", b"not json",
     *(pytest.param(bad)
       for bad in (b"[]", b"null", b'{"user.a": {}}', b'{"user.a": 5}'))],
)  # fmt: skip
def test_what_is_not_the_list_of_mailboxes_is_a_value_error(output: bytes) -> None:
    with pytest.raises(ValueError):
        list(parse_mailboxes(output))
