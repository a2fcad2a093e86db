"""Who can read a mailbox, and who asked, wrote and approved that: by the repository's history, by GitLab and on the servers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .conftest import Lab, Repository, Run
from .gitlab_server import TOKEN, gitlab_server


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.declare(repository.name())


def git(folder: Path, *arguments: str, author: str = "An Helpdesk") -> None:
    who = [f"user.name={author}", "user.email=helpdesk@ugent.be"]
    command = ["git", *(word for one in who for word in ("-c", one)), *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(repository: Repository, box: str) -> str:
    """A mailbox that An asked for, and a member more whom Els added and Boss approved by merging."""
    folder = repository.folder
    (folder / ".gitignore").write_text("reports\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Add a mailbox")
    git(folder, "checkout", "-q", "-b", "request")
    text = (folder / "mailboxes" / f"{box}.yml").read_text()
    (folder / "mailboxes" / f"{box}.yml").write_text(
        text.replace('"members": [', '"members": [\n"emaes", ').replace(', "backend"', ',\n"backend"')
    )
    git(folder, "commit", "-q", "-a", "-m", "Els in", author="Els Vrager")
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge", "request", author="Boss Helpdesk")
    return box


def test_a_finding_names_who_asked_and_who_approved(repository: Repository, lab: Lab, committed: str) -> None:
    repository.converge()
    lab.admin().deleteacl(f'"user/{committed}"', "emaes")
    (finding,) = repository.audit(committed)["document"]["findings"]
    assert (finding["id"], finding["line"], finding["author"], finding["subject"]) == ("member-missing", 2, "Els Vrager", "Els in")
    assert (finding["approved_by"], finding["file"]) == ("Boss Helpdesk", f"{repository.folder}/mailboxes/{committed}.yml")
    assert "approved by Boss Helpdesk" in (repository.folder / "reports" / "audit.md").read_text()


def answer(repository: Repository, **question: object) -> tuple[Run, list[dict[str, str]]]:
    run = repository.run("who", **question)
    assert run.code == 0, run.output
    return run, json.loads((repository.folder / "reports" / "who.json").read_text())["rows"]


def found(repository: Repository, *, live: bool = False, **question: object) -> list[dict[str, str]]:
    """The same by the modules alone."""
    result = repository.who(live=live, **question)
    assert not result.get("failed"), result
    return json.loads((repository.folder / "reports" / "who.json").read_text())["rows"]


def test_who_can_read_it_from_the_repository_and_from_the_servers(repository: Repository, lab: Lab, committed: str) -> None:
    run, rows = answer(repository, mailbox=f"{committed.upper()}@UGent.be")
    assert {row["login"]: (row["asked by"], row["author"], row["approved by"]) for row in rows} == {
        "ajanssens": ("ajanssens", "An Helpdesk", ""),
        "bpeeters": ("ajanssens", "An Helpdesk", ""),
        "emaes": ("ajanssens", "Els Vrager", "Boss Helpdesk"),
    }
    assert "emaes" in run.output and {row["on the servers"] for row in rows} == {"not asked"}
    repository.converge()
    lab.admin().setacl(f'"user/{committed}"', "cdevos", "lrs")
    _, rows = answer(repository, mailbox=committed, live=True)
    told = {row["login"]: (row["name"], row["declared"], row["on the servers"]) for row in rows}
    assert told["cdevos"] == ("Chloé De Vos", "no", "own login (lrs)")
    assert told["emaes"] == ("Els Maes", "yes", "own login (lrswipkte), shared address")
    rows = found(repository, person="cdevos", live=True)
    assert committed in {row["mailbox"] for row in rows}


def test_who_approved_is_asked_of_gitlab(repository: Repository, committed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The merge's author and trailers are what somebody wrote; GitLab knows who pressed the button."""
    git(repository.folder, "commit", "-q", "--amend", "-m", "Merge\n\nApproved-by: Rector <rector@ugent.be>")
    rows = found(repository, mailbox=committed)
    assert [row["approved by"] for row in rows if row["login"] == "emaes"] == ["Rector (only the commit says so)"]
    command = ["git", "-C", str(repository.folder), "rev-parse", "HEAD"]
    merged = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with gitlab_server() as server:
        server.merge_requests[merged] = {"iid": 7, "state": "merged", "merge_commit_sha": merged, "target_branch": "main"}
        for name, value in (("CI_SERVER_URL", server.url), ("CI_PROJECT_ID", "1217"), ("POSTROOM_GITLAB_TOKEN", TOKEN)):
            monkeypatch.setenv(name, value)
        _, rows = answer(repository, mailbox=committed)
    assert {row["login"]: row["approved by"] for row in rows} == {"ajanssens": "", "bpeeters": "", "emaes": "bhelpdesk"}
    _, rows = answer(repository, mailbox=committed)  # and now GitLab does not answer
    assert [row["approved by"] for row in rows if row["login"] == "emaes"] == ["Rector (only the commit says so)"]


def test_what_a_leaving_touches_and_what_changed(repository: Repository, committed: str) -> None:
    rows = found(repository, leaving="ajanssens")
    assert [row["what"] for row in rows] == ["member", "others stay: bpeeters, emaes", "asked for the mailbox"]
    rows = found(repository, since="2020-01-01", person="emaes")
    assert [(row["change"], row["author"], row["approved by"]) for row in rows] == [("member emaes added", "Els Vrager", "Boss Helpdesk")]
    assert answer(repository, to="2020-01-01")[1] == []
    assert (repository.folder / "reports" / "who.csv").read_text(encoding="utf-8-sig").startswith("date,mailbox,change,")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "ask one thing"),
        ({"since": "yesterday"}, "yesterday is no day"),
        ({"mailbox": "nosuchbox"}, "no file declares the mailbox nosuchbox"),
    ],
)
def test_a_question_that_cannot_be_answered_is_said(repository: Repository, box: str, question: dict[str, str], message: str) -> None:
    assert message in repository.who(**question)["msg"]
