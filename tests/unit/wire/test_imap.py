from __future__ import annotations

import pytest
from ansible.module_utils.postroom.wire import imap
from ansible.module_utils.postroom.wire.imap import (
    AclReply,
    Command,
    Completion,
    ListReply,
    MetadataReply,
    QuotaReply,
    Reply,
    Secret,
    Untagged,
    parse_reply,
)
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]))


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b'* ACL "user/labo.info" labo.info lrs "a b" lr\r\n', AclReply("user/labo.info", {"labo.info": "lrs", "a b": "lr"})),
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


@given(TEXT, TEXT)
def test_what_is_sent_is_read_back_the_same(mailbox: str, identifier: str) -> None:
    sent = imap.set_acl(mailbox, identifier, "lrs").encode("*").replace(b"SETACL", b"ACL").replace(b"+}\r\n", b"}\r\n")
    assert parse_reply(sent) == AclReply(mailbox, {identifier: "lrs"})
