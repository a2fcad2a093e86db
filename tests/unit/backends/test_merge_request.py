"""On repositories that git itself makes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.merge_request import MergeRequestError, extract_declarations


def run(folder: Path, *arguments: str, given: bytes = b"") -> str:
    who = ("-c", "user.name=An", "-c", "user.email=an@ugent.be")
    return (
        subprocess.run(["git", "-C", str(folder), *who, *arguments], input=given, check=True, capture_output=True).stdout.decode().strip()
    )


def commit(folder: Path, **files: str | None) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text) if text is not None else path.unlink()
    run(folder, "add", "-A")
    run(folder, "commit", "-q", "-m", "Change")
    return run(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The branch main with two declarations, and the branch feature, which is checked out."""
    folder = tmp_path / "clone"
    folder.mkdir()
    run(folder, "init", "-q", "-b", "main")
    commit(folder, **{"mailboxes__labo.yml": "labo\n", "mailboxes__vragen.yml": "vragen\n", "library__x.py": "x\n"})
    run(folder, "checkout", "-q", "-b", "feature")
    return folder


def extract(repository: Path, dest: Path, target: str = "main") -> tuple[str, list[str]]:
    return extract_declarations(repository, "feature", target, "mailboxes", dest)


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_would_be_declared_after_the_merge(repository: Path, tmp_path: Path) -> None:
    source = commit(repository, **{"mailboxes__labo.yml": "changed\n", "mailboxes__a__new.yml": "new\n", "library__x.py": "evil\n"})
    run(repository, "checkout", "-q", "main")
    commit(repository, **{"mailboxes__vragen.yml": "changed on main\n"})
    (tmp_path / "dest").mkdir()
    (tmp_path / "dest/old.yml").write_text("of another run")
    assert extract(repository, tmp_path / "dest") == (source, ["library/x.py"])
    assert files(tmp_path / "dest") == {"labo.yml": "changed\n", "vragen.yml": "changed on main\n", "a/new.yml": "new\n"}
    assert (repository / "library/x.py").read_text() == "x\n"
    assert run(repository, "status", "--porcelain") == ""


def test_a_file_that_the_merge_request_removes_is_gone(repository: Path, tmp_path: Path) -> None:
    commit(repository, **{"mailboxes__labo.yml": None})
    extract(repository, tmp_path / "dest")
    assert files(tmp_path / "dest") == {"vragen.yml": "vragen\n"}


@pytest.mark.parametrize(("name", "target"), [("x.yml", "/etc/passwd"), ("folder", "../library"), ("x.txt", "labo.yml")])
def test_a_link_is_refused(repository: Path, tmp_path: Path, name: str, target: str) -> None:
    (repository / "mailboxes" / name).symlink_to(target)
    commit(repository)
    with pytest.raises(MergeRequestError, match=f"mailboxes/{name} is a symbolic link or a submodule"):
        extract(repository, tmp_path / "dest")
    assert not (tmp_path / "dest").exists()


def test_the_folder_itself_as_a_link_declares_nothing(repository: Path, tmp_path: Path) -> None:
    run(repository, "rm", "-q", "-r", "mailboxes")
    (repository / "mailboxes").symlink_to("/etc")
    commit(repository)
    extract(repository, tmp_path / "dest")
    assert files(tmp_path / "dest") == {}


def test_a_filter_or_a_path_of_the_merge_request_changes_nothing_else(repository: Path, tmp_path: Path) -> None:
    commit(repository, **{".gitattributes": "*.yml filter=evil merge=evil eol=crlf\n", "mailboxes__.gitattributes": "*.yml ident\n"})
    extract(repository, tmp_path / "dest")
    assert files(tmp_path / "dest") == {"labo.yml": "labo\n", "vragen.yml": "vragen\n"}


def test_a_conflict_is_told(repository: Path, tmp_path: Path) -> None:
    commit(repository, **{"mailboxes__labo.yml": "mine\n"})
    run(repository, "checkout", "-q", "main")
    commit(repository, **{"mailboxes__labo.yml": "theirs\n"})
    with pytest.raises(MergeRequestError, match="cannot be merged into the target branch as it is: merge that branch into yours"):
        extract(repository, tmp_path / "dest")


def test_a_file_that_is_too_long_is_told(repository: Path, tmp_path: Path) -> None:
    commit(repository, **{"mailboxes__labo.yml": "x" * 1_000_000})
    with pytest.raises(MergeRequestError, match=r"mailboxes/labo\.yml has 1000000 bytes"):
        extract(repository, tmp_path / "dest")


def test_no_file_is_written_outside(repository: Path, tmp_path: Path) -> None:
    """A tree as git itself would not make it."""
    blob = run(repository, "hash-object", "-w", "--stdin", given=b"evil")
    raw = b"100644 labo.yml\0" + bytes.fromhex(blob)
    for name in (b"..", b"mailboxes"):
        tree = run(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
        raw = b"40000 " + name + b"\0" + bytes.fromhex(tree)
    top = run(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
    found = run(repository, "commit-tree", "-p", "main", "-m", "x", top)
    with pytest.raises(MergeRequestError):
        extract_declarations(repository, found, "main", "mailboxes", tmp_path / "dest")
    assert not (tmp_path / "labo.yml").exists()
