from __future__ import annotations

from ansible.module_utils.postroom.wire.cyrus_tools import (
    Annotation,
    MailboxRecord,
    parse_annotations,
    parse_mailboxes,
    parse_quotas,
    parse_settings,
)

TAIL = b"\0text/plain\0" + b"\n" * 16 + b"\n"


def record(unique_id: bytes, entry: bytes, user: bytes, value: bytes) -> bytes:
    return unique_id + b"\0" + entry + b"\0" + user + b"\0\t" + len(value).to_bytes(4, "big") + bytes(4) + value + TAIL


def test_mailboxes_of_users_without_tombstones() -> None:
    output = b"""{"shared": {"mbtype": "e", "acl": {}, "uniqueid": "s"},
        "user.labo^info.Sent": {"mbtype": "e", "acl": {"ajanssens": "lrs"}, "uniqueid": "u1"},
        "user.gone": {"mbtype": "ed", "acl": {}, "uniqueid": "u2"}}"""
    assert list(parse_mailboxes(output)) == [MailboxRecord("user/labo.info/Sent", "u1", {"ajanssens": "lrs"})]


def test_quotas_with_and_without_a_limit() -> None:
    output = (
        "   Quota   % Used     Used             Resource Root\n"
        " 5242880        0       12              STORAGE user/labo.info\n"
        "                         0              MESSAGE user/labo.info\n"
        "                         0              STORAGE user/vragen\n"
    )
    assert parse_quotas(output) == {"user/labo.info": 5242880}


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
