from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.parse import MAXIMUM_BYTES, MAXIMUM_DEPTH, parse
from hypothesis import given
from hypothesis import strategies as st

BESIDE = b"".join(b"k%d: v\n" % number for number in range(500))
"""So many keys that the depth is looked at before anything is composed."""


def nested(depth: int) -> bytes:
    return b"a: " + b"[" * (depth - 1) + b"]" * (depth - 1) + b"\n"


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"", 1, 1, "empty"),
        (b"- a\n", 1, 1, "not a mapping"),
        (b"just text\n", 1, 1, "not a mapping"),
        (b"a: 1\nb: 2\na: 3\n", 3, 1, "a stands twice"),
        (b"a: &x [1]\nb: *x\n", 1, 4, "aliases"),
        (b"a: &a [x]\nb: [*a, *a]\n", 1, 4, "aliases"),
        (b"a: &a [*a]\n", 1, 4, "aliases"),
        (b"a: !!python/tuple [a]\n", 1, 4, "tag"),
        (b"a: !secret b\n", 1, 4, "tag"),
        (b"x" * (MAXIMUM_BYTES + 1), 1, 1, "larger than 64 KiB"),
        (b"a: b\nc: caf\xe9\n", 2, 7, "UTF-8"),
        (b"\xef\xbb\xbfa: b\n", 1, 1, "byte order mark"),
        ("a: b\n".encode("utf-16"), 1, 1, "UTF-8"),
        (b"a: b\nc: \x00\n", 2, 4, "U+0000"),
        (b"a: \x1b[31m\n", 1, 4, "U+001B"),
        (b"a: 1\n\tb: 2\n", 2, 1, "tab"),
        (b"a: b: c\n", 1, 5, "second colon"),
        (b"a: b\n---\nc: d\n", 2, 1, "another document"),
        (nested(MAXIMUM_DEPTH + 1), 1, 23, "nested"),
        (nested(MAXIMUM_DEPTH + 1) + BESIDE, 1, 1, "nested"),
        (b"a:\n  " + b"- " * MAXIMUM_DEPTH + b"x\n" + BESIDE, 1, 1, "nested"),
        (b"? [a]\n: b\n", 1, 3, "a key must be a word"),
        (b'a: "open\n', 2, 1, "quote"),
    ],
)
def test_what_is_not_one_plain_mapping_is_refused_in_its_place(data: bytes, line: int, column: int, words: str) -> None:
    finding = parse(data).findings[0]
    assert (finding.rule, finding.line, finding.column) == ("yaml", line, column)
    assert words in finding.message


@pytest.mark.parametrize("word", ["no", "on", "Yes", "012", "0x1f", "2024-01-01", "1_000", "1:30", ".inf", "Null", "<<", "="])
def test_what_yaml_would_turn_into_something_else_is_not_guessed(word: str) -> None:
    document = parse(f"a: {word}\n".encode())
    assert [(finding.rule, finding.line, finding.column) for finding in document.findings] == [("schema", 1, 4)]
    assert f'write "{word}" in quotes' in document.findings[0].message


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-3", -3), ("1.5", 1.5), ("true", True), ("null", None), ("", None), ('"no"', "no"), ("'012'", "012"), ("nope", "nope")],
)
def test_plain_values(text: str, value: object) -> None:
    document = parse(f"a: {text}\n".encode())
    assert (document.value, document.findings) == ({"a": value}, [])


def test_positions_count_characters_from_one() -> None:
    document = parse("é: x\nmembers: [a, {b: c}]\n".encode())
    assert [document.position(path) for path in (("é",), ("members", 1, "b"), ("none",))] == [(1, 4), (2, 18), (1, 1)]
    assert document.position(("members",), key=True) == (2, 1)


@given(st.binary(max_size=300) | st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#, \n\t0é\x00", max_size=80).map(str.encode))
def test_any_bytes_give_a_value_or_a_fault(data: bytes) -> None:
    document = parse(data)
    assert isinstance(document.value, dict) or document.findings
