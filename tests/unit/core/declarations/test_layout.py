from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.layout import lines_of, not_yaml, slips
from ansible.module_utils.postroom.core.declarations.parse import parse
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, check

MEMBERS = "[ajanssens, bpeeters]"
NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("old", "new", "places", "words"),
    [
        ("address: ", "address:", [(1, 9)], "a space is missing after the colon; write address: Labo.Info@UGent.be"),
        ("backend: ", "backend:", [(8, 9)], "a space is missing after the colon; write backend: cyrus"),
        (": ", ":", [(1, 9), (2, 14), (3, 9), (4, 6), (5, 15), (6, 14), (7, 9), (8, 9)], "a space is missing after the colon"),
        ("backend: ", "backend = ", [(8, 9)], "= stands where a colon belongs; write backend: cyrus"),
        ("purpose: ", "purpose\uff1a", [(3, 8)], "\uff1a stands where a colon belongs"),
        ("address: ", f"address:{NO_BREAK}", [(1, 9)], "a no-break space (U+00A0) stands here; type an ordinary space"),
        ("backend: ", f"{NO_BREAK}backend: ", [(8, 1)], "a no-break space (U+00A0) stands at the key"),
        ("backend: ", "\u2003backend:", [(8, 1)], "a space of another kind (U+2003) stands here"),
        (MEMBERS, "\n - ajanssens\n  - bpeeters", [(9, 3)], "this item stands further in than the one above it"),
        (MEMBERS, "\n  - ajanssens\n   - bpeeters\n   - cdevos", [(9, 4)], "begin it in column 3"),
        (MEMBERS, "\n  - ajanssens\n - bpeeters", [(9, 2)], "this item stands further out than the one above it; begin it in column 3"),
        ("display_name", " display_name", [(2, 2)], "this line stands further in than the one above it; begin it in column 1"),
        ("Questions from", "Vragen: from", [(3, 16)], 'put the text in quotes: purpose: "Vragen: from students'),
        ("Questions from", "\u201cVragen: from\u201d", [(3, 10)], "\u201c is a word processor's quote"),
        ("Informatica}", "#1}", [(4, 34)], "a # after a blank begins a comment, which hides the rest of this line"),
        ("Questions from", "*Questions* from", [(3, 20)], "a * or & begins this text"),
        (MEMBERS, "\n- ajanssens\n\u2013 bpeeters", [(9, 1)], "write a hyphen: - bpeeters"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_said_where_it_is(old: str, new: str, places: list[tuple[int, int]], words: str) -> None:
    findings = check(GOOD.replace(old, new)).findings
    assert [(finding.line, finding.column) for finding in findings] == places
    assert all(finding.rule in ("yaml", "schema") for finding in findings)
    assert words in findings[0].message


@pytest.mark.parametrize(
    "line", ["purpose: see http://www.ugent.be", "purpose: a - b", "# address:x", "  - ajanssens", "key: [a, b]", "", "purpose: a=b"]
)
def test_what_is_good_yaml_is_no_slip(line: str) -> None:
    assert list(slips([line])) == []


def test_a_text_in_several_lines_is_one_text() -> None:
    value = parse(GOOD.replace("students about", "students\n  about").encode()).value
    assert value == parse(GOOD.encode()).value


@given(st.text("ab:-#[]{}=\n \"'\u00a0\u201c\u2013", max_size=60), st.integers(1, 9), st.integers(1, 9))
def test_any_text_has_a_reason_in_its_place(text: str, line: int, column: int) -> None:
    for finding in not_yaml(text, line, column, "mapping values are not allowed"):
        assert finding.message
        assert 1 <= finding.line <= max(line, len(lines_of(text)))


def test_one_habit_in_a_long_file_is_not_told_for_ever() -> None:
    assert 1 < len(parse(b"a:b\n" * 10_000).findings) <= 50
