from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible.module_utils.postroom.core.validation_report import as_code_quality, as_json, as_junit, as_text

from ..declaration import check, spoilt

VALIDATION = check(spoilt('purpose: "A congress\\u0007 of <b>]]>"') + "quota_gb: 99\n")


def test_json_has_every_field_of_a_problem() -> None:
    report = json.loads(as_json(VALIDATION))
    assert (report["format"], report["checked"]) == (1, 1)
    assert set(report["problems"][0]) == {"file", "line", "column", "rule", "severity", "message"}


def test_a_code_quality_fingerprint_does_not_depend_on_the_line() -> None:
    moved = check("# one more line\n" + spoilt('purpose: "A congress\\u0007 of <b>]]>"') + "quota_gb: 99\n")
    one, other = (json.loads(as_code_quality(validation)) for validation in (VALIDATION, moved))
    assert [issue["fingerprint"] for issue in one] == [issue["fingerprint"] for issue in other]
    assert one[0]["location"] != other[0]["location"]


def test_junit_is_xml_whatever_the_file_says() -> None:
    suite = ElementTree.fromstring(as_junit(VALIDATION))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_text_counts() -> None:
    assert as_text(VALIDATION).splitlines()[-1] == "1 declaration checked: 1 error, 1 warning"
