from __future__ import annotations

import pytest

from module_utils.postroom.core.run.variables import refusals, unknown


@pytest.mark.parametrize(
    ("names", "forwarding", "said"),
    [
        ({"cyrus_mailboxes__server", "only"}, "", []),
        ({"cyrus_mailboxes__server"}, "report", []),
        ({"cyrus_mailboxes__server"}, "remove", []),
        ({"cyrus_mailboxes__host"}, "", ["cyrus_mailboxes__host is not read any more: set the key host of cyrus_mailboxes__server"]),
        ({"directory_entries__uri", "exchange_mailboxes__url"}, "", ["key url of exchange_mailboxes", "key uri of directory_entries"]),
        ({"letters__maximum_members"}, "", ["letters__maximum_members is not read any more: schemas/mailbox.schema.json"]),
        (set(), "delete", ["forwarding=delete is neither report, the default, nor remove"]),
    ],
)  # fmt: skip
def test_variables_that_nothing_reads_are_refused_by_name(names: set[str], forwarding: str, said: list[str]) -> None:
    found = list(refusals(names, forwarding))
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["mailbox", "letters__smtp_host", "ansible_user"], []),
        (["mailbx"], ["there is no variable mailbx; did you mean mailbox?"]),
        (["qqq", "person"], ["there is no variable qqq; there are mailbox, person"]),
    ],
)
def test_a_variable_that_is_not_known_is_said(given: list[str], said: list[str]) -> None:
    assert list(unknown(given, ["mailbox", "person"])) == said
