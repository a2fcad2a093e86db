from __future__ import annotations

import re

import pytest
from ansible.module_utils.postroom.wire import imap
from ansible.module_utils.postroom.wire.imap import (
    AclReply,
    Argument,
    Command,
    Completion,
    ListReply,
    ListRightsReply,
    MetadataReply,
    QuotaReply,
    Reply,
    Secret,
    Token,
    Untagged,
    literal_length,
    parse_reply,
)
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]))


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b'* ACL "user/labo.info" labo.info lrs "a b" lr\r\n', AclReply("user/labo.info", {"labo.info": "lrs", "a b": "lr"})),
        (b"* LISTRIGHTS user/x x lkxcn r s w\r\n", ListRightsReply("user/x", "x", "lkxcn")),
        (b'* LISTRIGHTS "user/x" "x" "" l r\r\n', ListRightsReply("user/x", "x", "")),
        (b"* ACL user/x\r\n", AclReply("user/x", {})),
        (b'* LIST (\\HasNoChildren \\Sent) "/" {4}\r\na"(b\r\n', ListReply('a"(b', ("\\HasNoChildren", "\\Sent"))),
        (b'* LIST () NIL "a \\"b\\" \\\\c"\r\n', ListReply('a "b" \\c', ())),
        (b'* QUOTA "user/x" (STORAGE 3 5242880)\r\n', QuotaReply("user/x", 3, 5242880)),
        (b"* QUOTA user/x (MESSAGE 3 10)\r\n", QuotaReply("user/x", None, None)),
        (b'* METADATA "" ("/private/comment" NIL)\r\n', MetadataReply("", {"/private/comment": None})),
        (b'* METADATA user/x (/private/comment "postroom")\r\n', MetadataReply("user/x", {"/private/comment": "postroom"})),
        (b"a1 NO [TRYCREATE] no such\r\n", Completion("a1", "NO", "[TRYCREATE] no such")),
        (b"* BYE idle for too long\r\n", Untagged("BYE", ["idle for too long"])),
        (b"* 3 EXISTS\r\n", Untagged("3", ["EXISTS"])),
    ],
)
def test_replies(data: bytes, reply: Reply) -> None:
    assert parse_reply(data) == reply


@pytest.mark.parametrize("data", [b"* ACL (a\r\n", b"* ACL a)\r\n", b"* ACL {9}\r\nab\r\n"])
def test_a_reply_that_is_cut_short_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="the reply"):
        parse_reply(data)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (imap.create("user/a b", "\\Sent"), b't CREATE "user/a b" (USE (\\Sent))\r\n'),
        (imap.set_acl("user/x", 'a"b\\', "lrs"), b't SETACL "user/x" "a\\"b\\\\" "lrs"\r\n'),
        (imap.set_quota("user/x", 5242880), b't SETQUOTA "user/x" (STORAGE 5242880)\r\n'),
        (imap.set_metadata("user/x", "/private/comment", "é"), b't SETMETADATA "user/x" ("/private/comment" {2+}\r\n\xc3\xa9)\r\n'),
        (imap.set_metadata("", "/private/comment", None), b't SETMETADATA "" ("/private/comment" NIL)\r\n'),
    ],
)
def test_commands(command: Command, line: bytes) -> None:
    assert command.encode("t") == line


@pytest.mark.parametrize("char", ["\r", "\n", "\0"])
def test_what_could_end_a_command_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match="line break or a NUL"):
        imap.create(f"user/x{char}y").encode("t")


def test_a_secret_is_sent_and_not_shown() -> None:
    command = Command("AUTHENTICATE", (Secret("aGVsbG8="),))
    assert (b"aGVsbG8=" in command.encode("t"), "aGVsbG8=" in str(command)) == (True, False)


NESTED = st.recursive(TEXT, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=12)


def as_sent_by_a_server(sent: bytes) -> bytes:
    """A client's literal has a plus that a server's has not; no payload has the CR LF that follows it."""
    return re.sub(rb"\{(\d+)\+\}\r\n", rb"{\1}\r\n", sent)


def as_tokens(argument: Argument) -> Token:
    return [as_tokens(item) for item in argument] if isinstance(argument, tuple) else argument


@given(TEXT, TEXT)
def test_what_is_sent_is_read_back_the_same(mailbox: str, identifier: str) -> None:
    sent = as_sent_by_a_server(Command("ACL", imap.set_acl(mailbox, identifier, "lrs").arguments).encode("*"))
    assert parse_reply(sent) == AclReply(mailbox, {identifier: "lrs"})


@given(st.lists(NESTED, max_size=4))
def test_nested_arguments_are_read_back_as_tokens(arguments: list[Argument]) -> None:
    sent = as_sent_by_a_server(Command("X-ECHO", tuple(arguments)).encode("*"))
    assert parse_reply(sent) == Untagged("X-ECHO", [as_tokens(argument) for argument in arguments])


@given(st.lists(NESTED, max_size=4))
def test_a_line_ends_only_behind_a_literal_and_at_the_end(arguments: list[Argument]) -> None:
    sent = Command("X", tuple(arguments)).encode("t")
    without_literals = re.sub(rb"\{\d+\+\}\r\n", b"", sent)
    assert without_literals.endswith(b"\r\n")
    assert not set(b"\r\n\0") & set(without_literals[:-2])


@given(st.lists(NESTED, max_size=4))
def test_what_an_administrator_is_shown_is_one_line(arguments: list[Argument]) -> None:
    assert str(Command("X", tuple(arguments))).isprintable()


@given(st.lists(TEXT, min_size=1, max_size=3))
def test_the_literals_of_a_command_have_the_length_they_announce(texts: list[str]) -> None:
    sent = Command("X", tuple(texts)).encode("t")
    for announced in re.finditer(rb"\{(\d+)\+\}\r\n", sent):
        assert sent[announced.end() + int(announced[1]) :][:1] in (b" ", b"\r")


@given(st.binary(max_size=80) | st.text(alphabet='* ()"\\{}+0123aN\r\n', max_size=40).map(lambda text: f"* ACL {text}".encode()))
def test_any_bytes_are_a_reply_or_a_value_error(data: bytes) -> None:
    try:
        assert parse_reply(data) is not None
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("line", "length"),
    [
        (b"* LIST () NIL {12}\r\n", 12),
        (b"* X {0}\r\n", 0),
        (b"* X {3+}\r\n", 3),
        (b"* X {3} y\r\n", None),
        (b'* X "{3}"\r\n', None),
        (b"* X\r\n", None),
    ],
)
def test_a_literal_is_announced_at_the_end_of_a_line(line: bytes, length: int | None) -> None:
    assert literal_length(line) == length


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b'* ACL x "NIL" lr ")" "("\r\n', AclReply("x", {"NIL": "lr", ")": "("})),
        (b"* METADATA x (/private/comment {9}\r\n) a1 OK\r\n)\r\n", MetadataReply("x", {"/private/comment": ") a1 OK\r\n"})),
        (b'* METADATA x (/private/comment "NIL")\r\n', MetadataReply("x", {"/private/comment": "NIL"})),
        pytest.param(b"+ go ahead\r\n", Untagged("+", ["go ahead"])),
        (b"a1 ok done\r\n", Completion("a1", "OK", "done")),
        (b"* OK [CAPABILITY X] (hello\r\n", Untagged("OK", ["[CAPABILITY X] (hello"])),
        (b"* LIST (\\Sent) NIL INBOX (CHILDINFO (SUBSCRIBED))\r\n", ListReply("INBOX", ("\\Sent",))),
    ],
)
def test_values_that_look_like_syntax(data: bytes, reply: Reply) -> None:
    assert parse_reply(data) == reply


def test_a_literal8_is_a_value() -> None:
    assert parse_reply(b"* METADATA x (/private/comment ~{2}\r\nab)\r\n") == MetadataReply("x", {"/private/comment": "ab"})


def test_an_identifier_that_is_no_utf8_can_be_taken_away() -> None:
    reply = parse_reply(b'* ACL "user/x" "\xff" lr\r\n')
    assert isinstance(reply, AclReply)
    assert b"\xff" in imap.delete_acl("user/x", next(iter(reply.rights))).encode("t")


@pytest.mark.parametrize(
    ("date_time", "told"),
    [
        ("24-Nov-2026 04:13:09 +0000", "2026-11-24T04:13:09Z"),
        (" 1-Jan-2027 00:30:00 +0100", "2026-12-31T23:30:00Z"),
        ("31-Dec-2026 20:30:00 -0430", "2027-01-01T01:00:00Z"),
        ("24-Nov-2026 04:13:09", None),
        ("24-mrt-2026 04:13:09 +0000", None),
        ("31-Feb-2026 04:13:09 +0000", None),
        ("01-Jan-0001 00:00:00 +0100", None),
        ("", None),
    ],
)
def test_a_date_time_is_told_in_utc(date_time: str, told: str | None) -> None:
    assert imap.iso_time(date_time) == told
