from __future__ import annotations

import json

from ansible.module_utils.postroom.core.adoption.declarations import AdoptedDeclaration, Adoption, AdoptionFinding
from ansible.module_utils.postroom.core.adoption.report import as_json, as_markdown, as_text

FINDING = AdoptionFinding("vragen", "right-of-a-group", "cyrus", "the group staff has lrs")
ADOPTION = Adoption([AdoptedDeclaration("vragen", "Vragen@UGent.be", "cyrus", "", ("members-maximum",), ("purpose",))], [FINDING], 40)
FILES = {"vragen": "mailboxes/adopted/cyrus/vragen.yml"}


def test_json_has_each_file_and_each_finding() -> None:
    assert json.loads(as_json(ADOPTION, FILES, "2026-11-24")) == {
        "format": 1,
        "date": "2026-11-24",
        "adopted": [
            {
                "mailbox": "vragen", "address": "Vragen@UGent.be", "backend": "cyrus", "file": "mailboxes/adopted/cyrus/vragen.yml",
                "exceptions": ["members-maximum"], "todo": ["purpose"],
            }
        ],
        "findings": [FINDING.as_dict()],
        "personal": 40,
    }  # fmt: skip


def test_text_and_markdown_begin_and_end_with_the_counts() -> None:
    counts = "1 declarations, 1 findings; 40 mailboxes of people were left alone"
    assert as_text(ADOPTION) == f"vragen on cyrus: right-of-a-group: the group staff has lrs\n{counts}"
    assert as_markdown(ADOPTION, FILES).splitlines() == [
        f"# Adoption: {counts}", "", "## To look at", "", "| mailbox | finding | what was found |", "| --- | --- | --- |",
        "| vragen | right-of-a-group | the group staff has lrs |", "", "## Written", "", "| file | to fill in | exceptions |",
        "| --- | --- | --- |", "| mailboxes/adopted/cyrus/vragen.yml | purpose | members-maximum |",
    ]  # fmt: skip


def test_nothing_that_a_server_said_is_markup() -> None:
    hostile = Adoption(findings=[AdoptionFinding("x", "right-of-nobody", "cyrus", "<b>`a|b` [x](y) @all\x1b[2J\n| row")])
    text = as_markdown(hostile, {})
    assert r"\<b\>\`a\|b\` \[x\](y)" in text
    assert "\x1b" not in text + as_text(hostile)
    assert "\n| row" not in text
    assert "@all" not in text
