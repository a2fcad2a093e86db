from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends import git
from ansible.module_utils.postroom.backends.git import head, last_authors


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run(tmp_path, "init", "-q")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, author: str, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    run(folder, "add", "-A")
    who = ("-c", f"user.name={author}", "-c", f"user.email={author.lower()}@ugent.be")
    run(folder, *who, "commit", "-q", "-m", "Change")


def test_the_last_commit_to_a_file_counts(repository: Path) -> None:
    commit(repository, "An", labo="1", vragen="1")
    commit(repository, "Zoë", labo="2")
    (repository / "new.yml").write_text("1")
    files = ["labo.yml", str(repository / "vragen.yml"), "new.yml"]
    assert last_authors(repository, files) == {"labo.yml": "Zoë <zoë@ugent.be>", str(repository / "vragen.yml"): "An <an@ugent.be>"}


@pytest.mark.parametrize("few", [0, 100])
def test_a_folder_below_and_a_strange_name(repository: Path, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "FEW", few)
    below = repository / "a b"
    below.mkdir()
    commit(repository, "An", **{"a b/zoë": "1"})
    assert last_authors(below, ["zoë.yml"]) == {"zoë.yml": "An <an@ugent.be>"}


def test_head(repository: Path) -> None:
    commit(repository, "An", labo="1")
    assert head(repository) == run(repository, "rev-parse", "HEAD")


def test_outside_a_repository_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (head(tmp_path), last_authors(tmp_path, ["labo.yml"])) == ("", {})
    monkeypatch.setenv("PATH", "")
    assert head(tmp_path) == ""
