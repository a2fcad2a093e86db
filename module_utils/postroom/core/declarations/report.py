"""What validation found, as text, as JSON, for GitLab's Code Quality widget and as JUnit XML."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from xml.etree import ElementTree

from ..finding import Finding
from .validate import Validation


def as_text(validation: Validation) -> str:
    """All findings, a line each, and a closing line with the counts."""
    errors = sum(finding.severity == "error" for finding in validation.findings)
    warnings = len(validation.findings) - errors
    counts = f"{_count(validation.checked, 'declaration')} checked: {_count(errors, 'error')}, {_count(warnings, 'warning')}"
    return "\n".join([*map(str, validation.findings), counts])


def as_json(validation: Validation) -> str:
    """``validation.json``: ``{"format": 1, "checked": n, "problems": [...]}``."""
    problems = [finding.as_dict() for finding in validation.findings]
    return _dump({"format": 1, "checked": validation.checked, "problems": problems})


def as_code_quality(validation: Validation) -> str:
    """``gl-code-quality-report.json`` (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format")."""
    said: Counter[tuple[str, str, str]] = Counter()
    issues = []
    for finding in validation.findings:
        words = (finding.file, finding.rule, finding.message)
        issues.append(_code_quality_issue(finding, said[words]))
        said[words] += 1
    return _dump(issues)


def _code_quality_issue(finding: Finding, earlier: int) -> dict[str, object]:
    """``earlier`` is how many problems of the file were said in the same words."""
    # GitLab tells a new problem from an old one by the fingerprint, so it must not change when lines are added above. It shows one of
    # several with the same fingerprint.
    parts = [finding.file, finding.rule, finding.message, *([str(earlier)] if earlier else [])]
    identity = "\0".join(parts).encode(errors="surrogatepass")
    return {
        "description": finding.message,
        "check_name": finding.rule,
        "fingerprint": hashlib.sha256(identity).hexdigest(),
        "severity": "major" if finding.severity == "error" else "minor",
        "location": {"path": finding.file, "lines": {"begin": finding.line}},
    }


def as_junit(validation: Validation) -> str:
    """``junit.xml``: a test case for each file, failed when the file has errors; warnings are its output."""
    by_file: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in validation.findings:
        by_file[finding.file].append(finding)
    failed = sum(any(finding.severity == "error" for finding in found) for found in by_file.values())
    files = dict.fromkeys([*validation.files, *by_file])
    suite = ElementTree.Element("testsuite", name="declarations", tests=str(len(files)), failures=str(failed), errors="0")
    for file in files:
        case = ElementTree.SubElement(suite, "testcase", classname="declarations", name=file, file=file)
        errors = [finding for finding in by_file[file] if finding.severity == "error"]
        if errors:
            failure = ElementTree.SubElement(case, "failure", type=errors[0].rule, message=errors[0].message)
            failure.text = "\n".join(map(str, errors))
        warnings = [finding for finding in by_file[file] if finding.severity == "warning"]
        if warnings:
            ElementTree.SubElement(case, "system-out").text = "\n".join(map(str, warnings))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _dump(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


REPORTS = {"validation.json": as_json, "gl-code-quality-report.json": as_code_quality, "junit.xml": as_junit}
"""Each report by the name of its file."""
