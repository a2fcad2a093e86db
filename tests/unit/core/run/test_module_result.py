"""What is left of a module that died: system, host, task, the last lines; the texts are those of ansible-core 2.19."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.run.module_result import SHOWN_CHARACTERS, Asked, as_result

ASKED = Asked("cyrus", "imap1", "Read all mailboxes of Cyrus")
TRACEBACK = 'Traceback (most recent call last):\n  File "/tmp/x.py", line 2, in <module>\n    import ldap\n'
GARBLED = "Module result deserialization failed: No start of json char found"


@pytest.mark.parametrize(
    ("result", "message"),
    [
        pytest.param({}, "it was not asked: the task 'Read all mailboxes of Cyrus' never ran", id="never ran"),
        pytest.param(
            {"failed": True, "msg": "Task failed: Module failed: the thing broke", "exception": TRACEBACK},
            "the task 'Read all mailboxes of Cyrus' failed: the thing broke",
            id="an exception",
        ),
        pytest.param(
            {"failed": True, "msg": GARBLED, "module_stderr": f"{TRACEBACK}ModuleNotFoundError: No module named 'ldap'", "rc": 1},
            "the task 'Read all mailboxes of Cyrus' failed: ModuleNotFoundError: No module named 'ldap'",
            id="a traceback",
        ),
        pytest.param(
            {"failed": True, "msg": "The module interpreter '/x' was not found.", "module_stderr": "/bin/sh: 1: /x: not found\n"},
            "the task 'Read all mailboxes of Cyrus' failed: The module interpreter '/x' was not found.; /bin/sh: 1: /x: not found",
            id="no interpreter",
        ),
        pytest.param(
            {"failed": True, "msg": GARBLED, "module_stderr": "", "module_stdout": "a\nb\nc\nd\n"},
            "the task 'Read all mailboxes of Cyrus' failed: b; c; d",
            id="only the last lines",
        ),
        pytest.param(
            {"unreachable": True, "msg": "Task failed: Failed to connect to the host via ssh: Connection refused"},
            "the host cannot be reached, so the task 'Read all mailboxes of Cyrus' did not run: Failed to connect to the host via ssh: "
            "Connection refused",
            id="unreachable",
        ),
        pytest.param({"failed": True}, "the task 'Read all mailboxes of Cyrus' failed: it left no word", id="nothing at all"),
    ],
)
def test_a_module_that_died_is_told(result: dict[str, object], message: str) -> None:
    assert as_result(result, ASKED) == {"system": "cyrus", "server": "imap1", "failed": True, "msg": message}


def test_what_is_told_is_short() -> None:
    told = as_result({"msg": "x" * 5000}, ASKED)["msg"]
    assert len(told) < SHOWN_CHARACTERS + 100


def test_a_secret_is_masked_also_where_another_begins_as_it_does() -> None:
    told = as_result({"msg": "cannot log in with geheim123 or geheim"}, ASKED, ["geheim", "geheim123", ""])["msg"]
    assert told.endswith("cannot log in with ******** or ********")


def test_a_module_says_itself_which_server_it_asked() -> None:
    own = {"system": "cyrus", "server": "imap:143", "changes": [], "failures": []}
    assert as_result(own, ASKED) == own
    assert as_result({"system": "cyrus", "msg": "no"}, ASKED) == {"system": "cyrus", "server": "imap1", "msg": "no"}


def test_changes_without_failures_are_no_plan() -> None:
    assert "changes" not in as_result({"system": "letters", "msg": "no", "changes": []}, ASKED)
