"""validate.yml and its reports."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from .conftest import Repository


def test_errors_fail_and_reach_every_report(repository: Repository) -> None:
    repository.declare("good", members=["ajanssens"])
    repository.declare("labo", members=["a1", "a2", "a3", "a4", "a5", "a6"])
    run = repository.run("validate")
    assert run.code != 0
    assert "members-maximum: 6 members, at most 5 may share a mailbox" in run.output
    reports = repository.folder / "reports"
    validation = json.loads((reports / "validation.json").read_text())
    assert (validation["format"], validation["checked"]) == (1, 2)
    problem = validation["problems"][0]
    assert (problem["rule"], problem["severity"], problem["line"]) == ("members-maximum", "error", 1)
    assert json.loads((reports / "gl-code-quality-report.json").read_text())[0]["check_name"] == "members-maximum"
    suite = ElementTree.parse(reports / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_warnings_do_not_fail(repository: Repository) -> None:
    repository.declare("labo", purpose="A congress in May")
    run = repository.run("validate")
    assert run.code == 0
    assert "use-distribution-list (warning)" in run.output


def test_the_directory_rules_need_the_directory(repository: Repository) -> None:
    repository.declare("labo", members=["hgast", "nobody", "pvroeger"], requested_by="cdevos")
    repository.declare("ajanssens", members=["ajanssens"])
    assert repository.run("validate").code == 0
    run = repository.run("validate", use_directory="true")
    assert run.code != 0
    problems = json.loads((repository.folder / "reports" / "validation.json").read_text())["problems"]
    assert {problem["rule"] for problem in problems} == {
        "address-in-use", "member-eligible", "member-unknown", "members-staff", "requester-staff",
    }  # fmt: skip


def test_a_folder_that_is_not_there(repository: Repository) -> None:
    run = repository.run("validate", mailboxes_dir="/nonexistent")
    assert run.code != 0
    assert "there is no folder /nonexistent" in run.output


def test_thousands_of_declarations_are_read_by_all_processors(repository: Repository) -> None:
    """Within Ansible's own process, which passes signals on to whatever it started."""
    for number in range(1200):
        repository.declare(f"bulk{number}", members=["ajanssens"])
    repository.declare("bulk1199", members=["a1", "a2", "a3", "a4", "a5", "a6"])
    run = repository.run("validate")
    assert "members-maximum: 6 members" in run.output
    assert json.loads((repository.folder / "reports" / "validation.json").read_text())["checked"] == 1200
