"""The table, and its place in the document."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.bench.measuring import Comparison, Cost
from tests.bench.table import BEGIN, END, about, as_markdown, put_into

ROOT = Path(__file__).parents[3]
COMPARISON = Comparison("apply", "nothing", [Cost(3, 2.5), Cost(5, 4.5), Cost(9, 8)], [Cost(1, 1), Cost(2, 1), Cost(3, 1)], 2)


def test_a_row_has_medians_and_marks_what_is_missed() -> None:
    text = as_markdown("Where.", [COMPARISON, Comparison("b", "c", [Cost(1, 1)], [Cost(2, 2)])], ["A note."])
    assert "\n| apply | 5.00 | 4.50 | nothing | 2.00 | 1.00 | **3.00** | 2 |\n" in text
    assert "\n| b | 1.00 | 1.00 | c | 2.00 | 2.00 | 0.50 |  |\n" in text
    assert (text.startswith("Where.\n"), text.endswith("\nA note.\n")) == (True, True)


def test_it_says_how_many_when_which_commit_and_what_machine() -> None:
    text = about(ROOT, 3000)
    assert re.search(r"^3,000 mailboxes .*, \d{4}-\d\d-\d\d \d\d:\d\d UTC, commit [0-9a-f]{7,}", text)
    assert re.search(rf" {os.cpu_count()} cores, [1-9]\d* GiB, ", text)


def test_the_table_takes_the_place_of_the_one_before_and_the_prose_stays() -> None:
    document = f"# Head\n\n{BEGIN}\n\nold\n\n{END}\n\nProse.\n"
    assert put_into(document, "new\n") == f"# Head\n\n{BEGIN}\n\nnew\n\n{END}\n\nProse.\n"
    assert put_into(put_into(document, "new"), "newer") == put_into(document, "newer")


@pytest.mark.parametrize("document", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}{END}{END}", f"{BEGIN}{BEGIN}{END}"])
def test_a_document_without_one_place_for_it_is_left_alone(document: str) -> None:
    with pytest.raises(ValueError, match="no place for the table"):
        put_into(document, "new")


def test_the_document_of_the_repository_has_a_place() -> None:
    assert put_into((ROOT / "docs" / "benchmarks.md").read_text(), "new")
