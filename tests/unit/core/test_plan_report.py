from __future__ import annotations

from ansible.module_utils.postroom.core.plan import as_document
from ansible.module_utils.postroom.core.plan_report import as_markdown, as_text

CHANGE = {
    "mailbox": "labo", "system": "directory", "action": "update",
    "details": [{"field": "cn", "before": None, "after": "a | b\n@all <img>"}], "commands": ["```\n# not a heading"],
}  # fmt: skip
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
