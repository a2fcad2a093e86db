from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.removed import removed_declarations
from ansible.module_utils.postroom.core.declarations.validate import Source, validate
from ansible.module_utils.postroom.core.model import DirectoryView

from ...declaration import GOOD, SCHEMA

RETIRED = GOOD + "state: retired\n"
LIVES = DirectoryView({}, {}, frozenset({"labo.info"}))
GONE = DirectoryView({}, {}, frozenset())


@pytest.mark.parametrize(
    ("content", "view", "severity", "words"),
    [
        (GOOD, None, "error", "write state: retired"),
        (GOOD, LIVES, "error", "write state: retired"),
        (GOOD, GONE, "error", "write state: retired"),
        (RETIRED, None, "warning", "use_directory=true"),
        (RETIRED, LIVES, "error", "still on the servers"),
        ("not: [yaml", None, "error", "write state: retired"),
    ],
)
def test_a_file_of_a_mailbox_that_lives_must_stay(content: str, view: DirectoryView | None, severity: str, words: str) -> None:
    (finding,) = removed_declarations([Source("mailboxes/labo.info.yml", content.encode())], set(), view)
    assert (finding.file, finding.rule, finding.severity) == ("mailboxes/labo.info.yml", "declaration-removed", severity)
    assert words in finding.message


def test_a_file_may_go_when_its_mailbox_was_retired_and_is_gone() -> None:
    assert list(removed_declarations([Source("labo.info.yml", RETIRED.encode())], set(), GONE)) == []


@pytest.mark.parametrize("now", [GOOD, GOOD.replace("Labo.Info", "LABO.INFO"), GOOD.replace("members: [a", "members: [1, a")])
def test_a_file_that_was_moved_is_no_loss_though_it_may_have_errors(now: str) -> None:
    validation = validate([Source("elsewhere/labo.info.yml", now.encode())], SCHEMA)
    assert list(removed_declarations([Source("labo.info.yml", GOOD.encode())], validation.names)) == []


def test_the_findings_are_among_the_others() -> None:
    validation = validate([Source("mailboxes/labo.info.yml", GOOD.encode())], SCHEMA)
    validation.add(removed_declarations([Source("mailboxes/a.yml", b"address: a@UGent.be\n")], validation.names))
    assert (validation.has_errors, validation.files) == (True, ["mailboxes/labo.info.yml", "mailboxes/a.yml"])
