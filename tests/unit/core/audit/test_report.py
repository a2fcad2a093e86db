from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible.module_utils.postroom.core.access.history import Edit, History, Landing
from ansible.module_utils.postroom.core.audit.document import as_document
from ansible.module_utils.postroom.core.audit.evidence import Answer, AuditFinding, Evidence
from ansible.module_utils.postroom.core.audit.findings import audit
from ansible.module_utils.postroom.core.audit.kinds import RULES
from ansible.module_utils.postroom.core.audit.metrics import as_metrics
from ansible.module_utils.postroom.core.audit.report import MAXIMUM_LINES, as_json, as_junit, as_markdown, as_text, fails
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.text import MAXIMUM
from ansible.module_utils.postroom.wire.git import Commit
from prometheus_client.parser import text_string_to_metric_families

from ...audit_world import ANSWERS, CYRUS, POLICY, but, instead, on_cyrus, world

NOW = "2026-11-24T03:00:00Z"
HOSTILE = "</script> | `x` \x1b[2J \x00 @all\n# <b> é"
STRANGER = Grant("rights", "emaes", "emaes", "lrs")
COMMIT = Commit("c0ffee", (), "An", NOW, NOW, HOSTILE)
EDIT = Edit("labo.info", CYRUS.file, "member", None, "bpeeters", COMMIT, Landing(NOW, "Boss"))
HISTORY = History({"labo.info": [EDIT]}, "a note", "c0ffee")


def document(evidence: Evidence | None = None, *more: AuditFinding, history: History = HISTORY) -> dict[str, Any]:
    evidence = evidence or world(live=[*instead(but(on_cyrus(CYRUS), STRANGER)), LiveMailbox("old", "cyrus", used_kib=7)])
    found: dict[str, Any] = as_document(evidence, [*audit(evidence, POLICY), *more], history, NOW)
    return found


def finding(number: int = 0, **changes: Any) -> AuditFinding:
    hostile = AuditFinding("member-extra", f"box{number}", "cyrus", "imap", HOSTILE, author=HOSTILE, file=HOSTILE, line=1, subject=HOSTILE)
    return replace(hostile, **changes)


def test_the_document_has_each_mailbox_once_with_what_lives() -> None:
    found = document()
    assert (found["format"], found["generated"], found["commit"], found["note"]) == (1, NOW, "c0ffee", "a note")
    assert found["summary"] == {"error": 1, "warning": 1, "info": 0, "mailboxes": 3, "by_id": {"member-extra": 1, "unmanaged": 1}}
    assert [(one["name"], one["declared"], one["managed"], one["systems"]) for one in found["mailboxes"]] == [
        ("ict", True, True, ["exchange", "directory"]),
        ("labo.info", True, True, ["cyrus", "directory"]),
        ("old", False, False, ["cyrus"]),
    ]
    old = found["mailboxes"][2]
    assert (old["backend"], old["file"], old["used_kib"], old["quota_kib"]) == ("cyrus", None, 7, None)


def test_members_are_who_is_declared_and_who_can_read() -> None:
    members = {one["login"]: one for one in document()["mailboxes"][1]["members"]}
    assert {login: (one["declared"], one["live"]) for login, one in members.items()} == {
        "ajanssens": (True, True),
        "bpeeters": (True, True),
        "emaes": (False, True),
    }
    assert (members["bpeeters"]["since"], members["bpeeters"]["author"]) == ("2026-11-24", "An")
    assert members["emaes"]["since"] is None


def test_people_are_those_whom_a_mailbox_concerns() -> None:
    assert document()["people"].keys() == {"ajanssens", "bpeeters", "cdevos", "emaes"}


def test_a_finding_says_where_it_is_and_who_asked() -> None:
    (extra, _) = document()["findings"]
    assert (extra["id"], extra["severity"], extra["system"], extra["server"]) == ("member-extra", "error", "cyrus", "imap:143")
    assert (extra["mailbox"], extra["file"], extra["found"], extra["declared"]) == ("labo.info", CYRUS.file, "emaes: lrs", None)
    assert json.loads(as_json(document())) == document()


@pytest.mark.parametrize(
    ("fail_on", "severity", "expected"),
    [("error", "error", True), ("error", "warning", False), ("warning", "warning", True), ("warning", "error", True),
     ("warning", "info", False), ("info", "info", True), ("never", "error", False)],
)  # fmt: skip
def test_what_fails_the_run(fail_on: str, severity: str, expected: bool) -> None:
    assert fails({"summary": {**dict.fromkeys(("error", "warning", "info"), 0), severity: 1}}, fail_on) is expected


def test_a_line_for_each_finding_and_the_counts() -> None:
    lines = as_text(document()).splitlines()
    assert lines[0] == f"error member-extra: labo.info on cyrus: emaes has access (lrs), and is no member; {CYRUS.file}"
    assert lines[-2:] == ["a note", "3 mailboxes audited: 1 error, 1 warning, 0 info"]


def test_a_terminal_is_spared_control_characters_and_thousands_of_lines() -> None:
    text = as_text(document(None, *map(finding, range(1000))))
    assert "\x1b" not in text
    assert len(text.splitlines()) < MAXIMUM_LINES + 10
    assert "\n... and 802 more" in text and "  1001 member-extra" in text


def test_markdown_keeps_what_people_wrote_from_becoming_markup() -> None:
    text = as_markdown(document(None, finding(approved_by="Boss", date="2026-01-01")))
    assert "## error: member-extra (2)" in text
    assert text.startswith("# Audit of 2026-11-24 03:00 UTC\n")
    assert "| imap:143 | cyrus | answered |" in text
    assert "declared since 2026-01-01, written by " in text
    assert RULES["member-extra"].action in text
    (row,) = (line for line in text.splitlines() if "box0" in line)
    assert "\\| \\`x\\`" in row and "@\u2060all" in row and "\\<b\\>" in row and "approved by Boss" in row
    assert len(as_markdown(document(None, *[finding(message="x" * 50)] * 20_000))) < MAXIMUM + 1000


def test_markdown_says_which_server_gave_no_answer() -> None:
    text = as_markdown(document(world(answers=[*ANSWERS[1:], Answer("cyrus", "imap:143", False, HOSTILE)])))
    (row,) = (line for line in text.splitlines() if line.startswith("| imap:143 |"))
    assert "NO ANSWER" in row and "\\|" in row


def test_the_document_says_what_to_do_about_each_kind_that_it_has() -> None:
    found = document()
    assert {name: rule["action"] for name, rule in found["rules"].items()} == {
        name: RULES[name].action for name in found["summary"]["by_id"]
    }


def test_junit_has_a_case_for_each_server_and_mailbox() -> None:
    down = [*ANSWERS[1:], Answer("cyrus", "imap:143", False, HOSTILE)]
    root = ElementTree.fromstring(as_junit(document(world(answers=down, people={}), finding())))
    suites = {suite.attrib["name"]: suite for suite in root}
    assert (suites["servers"].attrib["tests"], suites["servers"].attrib["failures"]) == ("3", "1")
    assert {case.attrib["name"] for case in suites["mailboxes"]} == {"labo.info", "ict", "box0"}
    failures = {case.attrib["name"]: case.find("failure") for case in suites["mailboxes"]}
    assert failures["box0"] is not None and failures["box0"].attrib["type"] == "member-extra"


def test_metrics_are_what_prometheus_reads() -> None:
    servers = [*ANSWERS, Answer("cyrus", 'a"b\\c\nd', False, "x")]
    text = as_metrics(document(world(answers=servers), finding(), finding(1)), 1_795_000_000)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {(sample.name, *sorted(sample.labels.items())): sample.value for family in families.values() for sample in family.samples}
    assert samples["postroom_findings", ("id", "member-extra"), ("severity", "error")] == 2
    assert samples["postroom_findings", ("id", "unused"), ("severity", "info")] == 0
    assert samples["postroom_mailboxes", ("backend", "cyrus"), ("state", "present")] == 1
    assert samples["postroom_quota_bytes", ("backend", "cyrus")] == 5 * 1024**3
    assert samples["postroom_used_bytes", ("backend", "exchange")] == 10 * 1024
    assert samples["postroom_server_answered", ("server", 'a"b\\c\nd'), ("system", "cyrus")] == 0
    assert samples["postroom_audit_timestamp_seconds",] == 1_795_000_000
    assert Counter(line.split()[1] for line in text.splitlines() if line.startswith("#")) == {"HELP": len(families), "TYPE": len(families)}
    assert all(family.type == "gauge" and family.documentation for family in families.values())
