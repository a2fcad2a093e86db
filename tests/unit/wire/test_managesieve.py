from __future__ import annotations

import base64

import pytest
from ansible.module_utils.postroom.wire.managesieve import (
    Command,
    Line,
    Response,
    authenticate,
    capabilities,
    delete_script,
    literal_length,
    parse_line,
    scripts,
    set_active,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("command", "sent", "shown"),
    [
        (Command("LISTSCRIPTS"), b"LISTSCRIPTS\r\n", "LISTSCRIPTS"),
        (set_active(""), b'SETACTIVE ""\r\n', 'SETACTIVE ""'),
        (delete_script('a "b" \\c'), b'DELETESCRIPT "a \\"b\\" \\\\c"\r\n', 'DELETESCRIPT "a \\"b\\" \\\\c"'),
        (delete_script("h\u00e9"), b'DELETESCRIPT "h\xc3\xa9"\r\n', 'DELETESCRIPT "h\u00e9"'),
    ],
)
def test_commands(command: Command, sent: bytes, shown: str) -> None:
    assert (command.encode(), str(command)) == (sent, shown)


def test_a_login_on_behalf_of_a_mailbox_is_sent_and_not_shown() -> None:
    command = authenticate("cyrus", "s3cret", "labo.info")
    token = command.encode().split(b'"')[3]
    assert base64.b64decode(token) == b"labo.info\0cyrus\0s3cret"
    assert str(command) == 'AUTHENTICATE "PLAIN" "********"'


@pytest.mark.parametrize("name", ["a\r\nLOGOUT", "a\n", "a\0b"])
def test_a_name_that_would_be_another_command_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        delete_script(name).encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"OK\r\n", Response("OK")),
        (b'OK "Logout Complete"\r\n', Response("OK", "", "Logout Complete")),
        (b'NO (NONEXISTENT) "Script does not exist"\r\n', Response("NO", "NONEXISTENT", "Script does not exist")),
        (b"NO {22}\r\nline 1: syntax error\r\n\r\n", Response("NO", "", "line 1: syntax error")),
        (b'BYE (TRYLATER/X "y") "busy"\r\n', Response("BYE", "TRYLATER/X y", "busy")),
        (b'OK (TAG "text")\r\n', Response("OK", "TAG text")),
        (b'"a b" ACTIVE\r\n', Line((b"a b",), ("ACTIVE",))),
        (b'"a \\"b\\\\" active\r\n', Line((b'a "b\\',), ("ACTIVE",))),
        (b'{6}\r\nOK "x"\r\n', Line((b'OK "x"',))),
        (b'"SASL" "PLAIN LOGIN"\r\n', Line((b"SASL", b"PLAIN LOGIN"))),
    ],
)
def test_answers(data: bytes, expected: Response | Line) -> None:
    assert parse_line(data) == expected


@pytest.mark.parametrize("data", [b"\r\n", b"* OK IMAP4 ready\r\n", b'"open\r\n', b"{9}\r\nshort\r\n", b"SSH-2.0-x\r\n"])
def test_what_is_no_answer_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_line(data)


@given(st.binary(max_size=80))
def test_garbage_is_an_answer_or_a_value_error(data: bytes) -> None:
    try:
        parse_line(data)
    except ValueError:
        return


@given(st.binary(max_size=80))
def test_a_script_comes_as_it_is(text: bytes) -> None:
    assert parse_line(b"{%d}\r\n%s\r\n" % (len(text), text)) == Line((text,))


@pytest.mark.parametrize(("line", "length"), [(b"{52}\r\n", 52), (b"NO (X) {3+}\r\n", 3), (b'"{3}"\r\n', None), (b"OK\r\n", None)])
def test_where_a_literal_follows(line: bytes, length: int | None) -> None:
    assert literal_length(line) == length


def test_capabilities_and_scripts() -> None:
    assert capabilities([Line((b"sasl", b"PLAIN")), Line((b"UNAUTHENTICATE",))]) == {"SASL": "PLAIN", "UNAUTHENTICATE": ""}
    assert scripts([Line((b"a",), ("ACTIVE",)), Line((b"ACTIVE",)), Line((b"\xff",))]) == {"a": True, "ACTIVE": False, "\udcff": False}
