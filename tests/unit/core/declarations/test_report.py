from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from ansible.module_utils.postroom.core.declarations.report import REPORTS, as_code_quality, as_json, as_junit, as_text
from ansible.module_utils.postroom.core.declarations.validate import Source, Validation, validate

from ...declaration import GOOD, SCHEMA, check, spoilt

VALIDATION = check(spoilt('purpose: "A congress of <b>]]>"') + "quota_gb: 99\n")


def test_json_has_every_field_of_a_problem() -> None:
    report = json.loads(as_json(VALIDATION))
    assert (report["format"], report["checked"]) == (1, 1)
    assert set(report["problems"][0]) == {"file", "line", "column", "rule", "severity", "message"}


def test_a_code_quality_fingerprint_does_not_depend_on_the_line() -> None:
    moved = check("# one more line\n" + spoilt('purpose: "A congress of <b>]]>"') + "quota_gb: 99\n")
    one, other = (json.loads(as_code_quality(validation)) for validation in (VALIDATION, moved))
    assert [issue["fingerprint"] for issue in one] == [issue["fingerprint"] for issue in other]
    assert one[0]["location"] != other[0]["location"]


def test_each_code_quality_problem_has_a_fingerprint_of_its_own() -> None:
    twice = check(GOOD + "backend: cyrus\nbackend: exchange\n" + "quota_gb: 99\n")
    issues = json.loads(as_code_quality(twice))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 3


def test_junit_is_xml_whatever_the_file_says() -> None:
    suite = ElementTree.fromstring(as_junit(VALIDATION))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_text_counts() -> None:
    assert as_text(VALIDATION).splitlines()[-1] == "1 declaration checked: 1 error, 1 warning"


CLEAN = check(GOOD)


@pytest.mark.parametrize("validation", [CLEAN, VALIDATION, Validation()], ids=["clean", "problems", "empty"])
def test_each_report_has_as_many_problems_as_were_found(validation: Validation) -> None:
    assert len(json.loads(as_json(validation))["problems"]) == len(validation.findings)
    assert len(json.loads(as_code_quality(validation))) == len(validation.findings)
    assert len(as_text(validation).splitlines()) == len(validation.findings) + 1


def test_code_quality_has_what_gitlab_needs() -> None:
    issues = json.loads(as_code_quality(VALIDATION))
    assert [issue["severity"] for issue in issues] == ["minor", "major"]
    assert issues[0]["location"] == {"path": "mailboxes/labo.info.yml", "lines": {"begin": 8}}
    assert len({issue["fingerprint"] for issue in issues}) == 2


def test_a_file_without_errors_is_a_case_without_failure() -> None:
    sources = [Source("labo.info.yml", GOOD.encode()), Source("bad.yml", b"[")]
    suite = ElementTree.fromstring(as_junit(validate(sources, SCHEMA)))[0]
    assert [(case.get("name"), case.find("failure") is not None) for case in suite] == [("labo.info.yml", False), ("bad.yml", True)]


def test_warnings_are_output_and_no_failure() -> None:
    suite = ElementTree.fromstring(as_junit(check(spoilt("purpose: Een congres"))))[0]
    assert (suite.get("failures"), suite.findtext("testcase/system-out", "").count("use-distribution-list")) == ("0", 1)


@pytest.mark.parametrize(("count", "words"), [(0, "0 declarations"), (1, "1 declaration "), (2, "2 declarations")])
def test_counts_agree_with_their_noun(count: int, words: str) -> None:
    assert as_text(Validation(files=["x.yml"] * count)).startswith(f"{words.strip()} checked: 0 errors, 0 warnings")


@pytest.mark.parametrize("name", REPORTS)
def test_reports_end_with_a_line_break_and_can_be_encoded(name: str) -> None:
    assert REPORTS[name](VALIDATION).encode().endswith((b"}\n", b"]\n", b">\n"))


def test_junit_is_xml_whatever_the_key_is() -> None:
    assert len(ElementTree.fromstring(as_junit(check(spoilt('abbreviations: {"\\u0001": ""}')))))
