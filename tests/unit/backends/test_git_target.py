from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.declarations import DeclarationsError, removed_sources
from ansible.module_utils.postroom.backends.git_target import TargetError, removed_files


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Helpdesk", "-c", "user.email=helpdesk@ugent.be")
    return subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone on a branch of its own, as CI has it: ``main`` is only known as ``origin/main``."""
    origin = tmp_path / "origin"
    for name in ("labo", "diensten/ict", "a\nb é", "readme"):
        file = origin / "mailboxes" / (f"{name}.yml" if name != "readme" else "README.md")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"address: {name}\n")
    git(tmp_path, "init", "-q", "-b", "main", str(origin))
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "Begin")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    git(tmp_path / "clone", "checkout", "-q", "--detach")
    git(tmp_path / "clone", "branch", "-q", "-D", "main")
    return tmp_path / "clone"


def test_what_was_removed_is_there_with_its_content(repository: Path) -> None:
    folder = repository / "mailboxes"
    assert list(removed_files(folder, "main")) == []
    git(repository, "rm", "-q", "mailboxes/diensten/ict.yml")
    (folder / "a\nb é.yml").unlink()
    (folder / "labo.yml").write_text("changed")
    git(repository, "commit", "-q", "-m", "Remove")
    assert dict(removed_files(folder, "main")) == {
        "diensten/ict.yml": b"address: diensten/ict\n",
        "a\nb é.yml": b"address: a\nb \xc3\xa9\n",
    }


def test_a_commit_does_as_well_and_what_came_to_the_branch_since_is_not_missed(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD")
    origin = repository.parent / "origin"
    (origin / "mailboxes" / "new.yml").write_text("address: new\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "Another merge request")
    git(repository, "fetch", "-q")
    (repository / "mailboxes" / "labo.yml").unlink()
    for target in ("main", base):
        assert [name for name, _ in removed_files(repository / "mailboxes", target)] == ["labo.yml"]


def test_only_declarations_and_only_those_asked_for(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    for name in ("labo.yml", "diensten/ict.yml", "README.md"):
        (repository / "mailboxes" / name).unlink()
    found = [source.file for source in removed_sources(Path("mailboxes"), (), "main")]
    assert found == ["mailboxes/diensten/ict.yml", "mailboxes/labo.yml"]
    assert [source.file for source in removed_sources(Path("mailboxes"), {"labo"}, "main")] == ["mailboxes/labo.yml"]


@pytest.mark.parametrize("target", ["elsewhere", "--upload-pack=x", "main..HEAD", "HEAD:mailboxes"])
def test_a_branch_that_is_not_there_is_said_with_what_to_do(repository: Path, target: str) -> None:
    with pytest.raises(TargetError, match=r"no branch and no commit .*git fetch origin"):
        list(removed_files(repository, target))


def test_a_shallow_clone_is_said_with_what_to_do(repository: Path, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    git(origin, "checkout", "-q", "-b", "ours")
    for branch in ("main", "ours"):
        git(origin, "checkout", "-q", branch)
        git(origin, "commit", "-q", "--allow-empty", "-m", branch)
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{origin}", "shallow")
    with pytest.raises(TargetError, match=r"this clone is shallow.*git fetch --unshallow"):
        list(removed_files(tmp_path / "shallow", "main"))


def test_branches_without_a_common_commit(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "-m", "Alone")
    with pytest.raises(TargetError, match="no commit in common"):
        list(removed_files(repository, "main"))


def test_a_folder_outside_of_git_and_a_machine_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeclarationsError, match=r"cannot compare the declarations with main: git rev-parse in .*not a git repository"):
        removed_sources(tmp_path, (), "main")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeclarationsError, match="git cannot be started"):
        removed_sources(tmp_path, (), "main")
