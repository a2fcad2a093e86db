from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible.module_utils.postroom.core.plan import Action, Change, Detail, Value, as_document
from ansible.module_utils.postroom.core.run.report import MAXIMUM_MARKDOWN, as_diff, as_json, as_markdown, as_text
from hypothesis import given
from hypothesis import strategies as st

CHANGE = Change("labo", "directory", "update", (Detail("cn", None, "a | b\n@all <img>"),), (("```\n# not a heading",),))
FAILURE = {"mailbox": "vragen", "system": "cyrus", "server": "imap:143", "message": "Permission denied", "command": ""}
DOCUMENT = as_document(["labo", "vragen"], [CHANGE], ["vragen"])


def test_markdown_keeps_what_people_wrote_from_becoming_markup() -> None:
    text = as_markdown(DOCUMENT, [FAILURE])
    assert "| cn | nothing | a \\| b @\u2060all \\<img\\> |" in text
    assert "````\n```\n# not a heading\n````" in text
    assert "**vragen**: Permission denied" in text


def test_text_has_a_line_for_each_change_and_failure() -> None:
    assert as_text(DOCUMENT, [FAILURE]).splitlines()[-2:] == [
        "! vragen on cyrus (imap:143): Permission denied",
        "0 create, 1 update, 0 retire, 0 unchanged, 1 failed",
    ]


def document(*details: tuple[Value, Value], action: Action = "update", commands: int = 0) -> dict[str, Any]:
    listed = tuple(Detail(f"f{number}", before, after) for number, (before, after) in enumerate(details))
    change = Change("labo", "cyrus", action, listed, (("SETACL",) * commands,))
    return as_document(["labo"], [change])


def test_json_is_the_document_and_keeps_letters() -> None:
    text = as_json(DOCUMENT)
    assert json.loads(text) == DOCUMENT
    assert "é" in as_json(document((None, "é")))


def test_the_diff_leaves_out_what_is_not_there() -> None:
    (one,) = as_diff(document((None, "x"), ("y", None), (1, 2))["changes"])
    assert (one["before"], one["after"]) == ("f1: y\nf2: 1\n", "f0: x\nf2: 2\n")
    assert one["before_header"] == "labo on cyrus"


@pytest.mark.parametrize(("action", "sign"), [("create", "+"), ("update", "~"), ("retire", "-")])
def test_each_action_has_its_sign(action: Action, sign: str) -> None:
    assert as_text(document((1, 2), action=action)).startswith(f"{sign} labo on cyrus: ")


def test_a_long_line_is_cut_after_five_details() -> None:
    assert as_text(document(*[(0, 1)] * 6)).splitlines()[0].endswith("f4: 0 -> 1; and 1 more")


def test_a_plan_too_long_for_a_comment_is_cut_and_says_so() -> None:
    text = as_markdown(document((1, 2), commands=200_000))
    assert len(text) < MAXIMUM_MARKDOWN + 1000
    assert "too long for a comment" in text


def test_nothing_to_do_is_said() -> None:
    text = as_markdown(as_document(["labo"], []))
    assert text.startswith("## Plan: nothing to change\n\n1 mailboxes stay")
    assert "sha256:" in text


@given(st.text(alphabet="a|`*_<>[]#@~\\\n", max_size=20))
def test_a_cell_adds_no_column_and_no_line(text: str) -> None:
    row = next(line for line in as_markdown(document((None, text))).splitlines() if line.startswith("| f0"))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 4


def test_a_carriage_return_adds_no_line() -> None:
    assert "\r" not in as_markdown(document((None, "a\r# heading")))


def test_a_value_does_not_control_the_terminal() -> None:
    assert "\x1b" not in as_text(document(("\x1b[2J", "x")))
