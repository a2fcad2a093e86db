"""On repositories that git itself makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.git_history import read_history

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in a new repository, as An; ``day`` is the day of January 2026 of a commit."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def run(*arguments: str, day: int = 1, author: str = "An") -> str:
        date = f"2026-01-{day:02}T00:30:00+01:00"
        who = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "Git", "GIT_COMMITTER_EMAIL": "g@x"}
        environment = {**os.environ, **who, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return subprocess.run(["git", *arguments], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    run("init", "-q", "-b", "main")
    (tmp_path / "top" / "mailboxes").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "top")
    return run


def declare(members: str, file: str = "mailboxes/a.yml") -> None:
    Path(file).parent.mkdir(exist_ok=True)
    Path(file).write_text(f"address: A@x\nmembers: [{members}]\n")


def commit(git: Git, day: int, author: str = "An", message: str = "Change") -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message, day=day, author=author)


def merged(git: Git) -> None:
    """A merge request that adds y, merged by Boss after the file was moved."""
    declare("x")
    commit(git, 2)
    git("checkout", "-q", "-b", "request")
    declare("x, y")
    commit(git, 3, "Els", "Add y\n\nReviewed-by: Rita <r@x>")
    git("checkout", "-q", "main")
    git("mv", "top/mailboxes/a.yml", "top/mailboxes/b.yml")
    git("mv", "top/mailboxes/b.yml", "top/mailboxes/a.yml")
    declare("z", "mailboxes/other.yml")
    commit(git, 4)
    git("merge", "-q", "--no-ff", "-m", "Merge", "request", day=9, author="Boss")


def test_who_asked_who_approved_and_since_when(git: Git) -> None:
    merged(git)
    history = read_history(Path("mailboxes"))
    assert history.note == ""
    assert history.head == git("rev-parse", "HEAD").strip()
    added = history.of_member("a", "y")
    assert added
    assert (added.file, added.commit.author, added.commit.date, added.commit.subject) == (
        "mailboxes/a.yml",
        "Els",
        "2026-01-02T23:30:00Z",
        "Add y",
    )
    assert (added.since, added.landing.approved_by) == ("2026-01-08", "Rita (only the commit says so)")
    first = history.of_member("a", "x")
    assert first and (first.since, first.landing.approved_by) == ("2026-01-01", "")


# As GitLab fills in the templates of docs/operator.md.
SQUASH = "Add y\n\nSee merge request uni/mailboxes!7\n\nApproved-by: Rita Boon <r@x>\nApproved-by: Ann <a@x>\n"
MERGE = f"Merge branch 'request' into 'main'\n\n{SQUASH}"


@pytest.mark.parametrize("merges", [["--squash"], ["--squash", "--no-ff"], ["--no-ff"]])
def test_who_approved_as_gitlab_writes_it(git: Git, merges: list[str]) -> None:
    """Squashed and put on top, squashed and merged, merged."""
    declare("x")
    commit(git, 2)
    git("checkout", "-q", "-b", "request")
    declare("x, y")
    commit(git, 3, "Els")
    git("checkout", "-q", "main")
    if merges[0] == "--squash":
        git("checkout", "-q", "-b", "squashed")
        git("merge", "-q", "--squash", "request")
        commit(git, 4, "Els", SQUASH)
        git("checkout", "-q", "main")
        git("merge", "-q", *(["--no-ff", "-m", MERGE] if merges[1:] else ["--ff-only"]), "squashed", day=5, author="Boss")
    else:
        git("merge", "-q", "--no-ff", "-m", MERGE, "request", day=5, author="Boss")
    added = read_history(Path("mailboxes")).of_member("a", "y")
    assert added
    assert (added.commit.author, added.landing.approved_by) == ("Els", "Rita Boon, Ann (only the commit says so)")


def test_who_asked_is_the_requester_of_the_file(git: Git) -> None:
    Path("mailboxes/a.yml").write_text("address: A@x\nrequested_by: First\nmembers: [x]\n")
    commit(git, 2)
    Path("mailboxes/a.yml").write_text("address: A@x\nrequested_by: second\nmembers: [x, y]\n")
    commit(git, 3)
    history = read_history(Path("mailboxes"))
    assert [edit.requested_by for edit in map(history.of_member, "aa", "xy") if edit] == ["first", "second"]


def test_what_is_not_committed_is_nobodys(git: Git) -> None:
    declare("x")
    commit(git, 2)
    declare("x, y")
    assert read_history(Path("mailboxes")).of_member("a", "y") is None


def test_names_in_any_script_and_a_command_in_a_subject(git: Git) -> None:
    declare("x", "mailboxes/sub/a.yml")
    commit(git, 2, "Ayşe Öztürk", "$(touch x) \x1b[2J\u2028 <b>")
    found = read_history(Path("mailboxes")).of_member("a", "x")
    assert found and (found.commit.author, found.file) == ("Ayşe Öztürk", "mailboxes/sub/a.yml")
    assert "$(touch x)" in found.commit.subject


def test_a_shallow_clone_says_what_it_does_not_know(git: Git, tmp_path: Path) -> None:
    merged(git)
    declare("x, y, w")
    commit(git, 12)
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", "clone")
    history = read_history(tmp_path / "clone" / "top" / "mailboxes")
    assert "shallow clone" in history.note and "2026-01-11" in history.note
    assert history.edits == {}
    git("clone", "-q", "--depth", "2", f"file://{tmp_path}", "deeper")
    deeper = read_history(tmp_path / "deeper" / "top" / "mailboxes")
    assert deeper.of_member("a", "w")
    assert deeper.of_member("a", "x") is None


def test_nothing_committed_says_so(git: Git) -> None:
    git("commit", "-q", "--allow-empty", "-m", "Empty")
    declare("x")
    assert "nothing in mailboxes was ever committed" in read_history(Path("mailboxes")).note


def test_a_repository_without_a_commit_and_no_repository_say_so(git: Git, tmp_path: Path) -> None:
    assert "git rev-parse in " in read_history(Path("mailboxes")).note
    shutil.rmtree(tmp_path / ".git")
    assert "not a git repository" in read_history(Path("mailboxes")).note


def test_without_git_nothing_is_known(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "git cannot be started" in read_history(Path("mailboxes")).note
