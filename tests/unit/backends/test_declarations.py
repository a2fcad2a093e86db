from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.declarations import DeclarationsError, read_schema, read_sources, settled_in, validate_folder
from ansible.module_utils.postroom.core.declarations.parse import MAXIMUM_BYTES
from ansible.module_utils.postroom.core.declarations.report import as_junit

from ..declaration import SCHEMA


def test_files_in_any_folder_sorted_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.yml", "a/c.yml", ".hidden.yml", ".git/x.yml", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x: 1")
    assert [Path(source.file).name for source in read_sources(tmp_path)] == ["c.yml", "b.yml"]


def test_only_reads_the_files_named_after_the_mailboxes(tmp_path: Path) -> None:
    for name in ("labo.info.yml", "Labo.Info.yml", "vragen.yml"):
        (tmp_path / name).touch()
    assert sorted(Path(source.file).name for source in read_sources(tmp_path, {"labo.info"})) == ["Labo.Info.yml", "labo.info.yml"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "labo.yml").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    assert ["symbolic link" in source.unreadable for source in read_sources(tmp_path)] == [True, True]


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labo.yml")
    assert [source.unreadable[:27] for source in read_sources(tmp_path)] == ["this is not an ordinary fil"]


def test_no_more_is_read_than_a_declaration_may_have(tmp_path: Path) -> None:
    with (tmp_path / "labo.yml").open("wb") as file:
        file.truncate(50_000_000)
    assert [len(source.content) for source in read_sources(tmp_path)] == [MAXIMUM_BYTES + 1]


def test_the_other_ending_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "labo.yaml").touch()
    assert [source.unreadable for source in read_sources(tmp_path)] == ["the file ends in .yaml; rename it to end in .yml"]


def test_a_name_that_is_no_text_can_be_reported(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.yml")).touch()
    assert [source.file.rpartition("/")[2] for source in read_sources(tmp_path)] == ["\\xff\\u000a.yml"]


@pytest.mark.parametrize(("content", "words"), [("{", "cannot use"), ('{"type": 5}', "not a valid JSON Schema"), (None, "cannot read")])
def test_a_schema_that_is_none(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "schema.json").write_text(content)
    with pytest.raises(DeclarationsError, match=words):
        read_schema(tmp_path / "schema.json")


def test_what_is_read_is_what_is_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "labo.yml").write_bytes(b"caf\xe9\r\n")
    assert [(source.content, source.unreadable) for source in read_sources(tmp_path)] == [(b"caf\xe9\r\n", "")]


@pytest.mark.parametrize("target", ["nowhere", "labo.yml", "other.txt"])
def test_a_link_that_leads_nowhere_round_or_inside_is_not_followed_either(tmp_path: Path, target: str) -> None:
    (tmp_path / "other.txt").write_text("x: 1")
    (tmp_path / "labo.yml").symlink_to(target)
    assert [(source.content, "symbolic link" in source.unreadable) for source in read_sources(tmp_path)] == [(b"", True)]


def test_a_folder_that_is_called_like_a_file_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yml").mkdir()
    (tmp_path / "a.yml" / "b.yml").touch()
    assert [source.file.rpartition("/")[2] for source in read_sources(tmp_path)] == ["b.yml"]


def test_a_socket_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("labo.yml")
        assert [source.unreadable[:26] for source in read_sources(tmp_path)] == ["the file cannot be read: N"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_reported_and_does_not_hide_others(tmp_path: Path) -> None:
    (tmp_path / "a.yml").touch(mode=0)
    (tmp_path / "b.yml").touch()
    assert ["cannot be read" in source.unreadable for source in read_sources(tmp_path)] == [True, False]


@pytest.mark.parametrize("name", ["nowhere", "file.yml"])
def test_no_folder_is_an_error_with_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.yml").touch()
    with pytest.raises(DeclarationsError, match=f"there is no folder .*{name}"):
        list(read_sources(tmp_path / name))


def test_names_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mailboxes").mkdir()
    (tmp_path / "mailboxes" / "labo.yml").touch()
    monkeypatch.chdir(tmp_path)
    assert [source.file for source in read_sources(Path("mailboxes"))] == ["mailboxes/labo.yml"]


def test_a_hidden_link_to_a_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to("/usr")
    assert list(read_sources(tmp_path)) == []


def test_what_the_target_has_too_is_settled(tmp_path: Path) -> None:
    for folder, name, text in [
        ("ours", "same", "x"),
        ("ours", "changed", "x"),
        ("ours", "new", "x"),
        ("theirs", "same", "x"),
        ("theirs", "changed", "y"),
    ]:
        (tmp_path / folder / "lab").mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "lab" / f"{name}.yml").write_text(text)
    found = settled_in(tmp_path / "ours", tmp_path / "theirs")
    assert found == {str(tmp_path / "ours" / "lab" / "same.yml")}


def test_what_is_not_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("m/a/labo.YML", "m/vragen.yml.txt", "m/.oud/x.yml", "m/.leeg/x.txt", "m/.b.yml", "m/notes", "m/.git/x.yml", "m/README.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    validation = validate_folder(Path("m"), (), SCHEMA, None)
    assert [(finding.file, finding.rule, finding.severity) for finding in validation.findings] == [
        ("m/.b.yml", "file-not-read", "warning"),
        ("m/.oud", "file-not-read", "warning"),
        ("m/a/labo.YML", "yaml", "error"),
        ("m/notes", "file-not-read", "warning"),
        ("m/vragen.yml.txt", "yaml", "error"),
    ]
    assert validation.checked == 2
    assert as_junit(validation).count("<testcase") == 5
    assert [finding.file for finding in validate_folder(Path("m"), {"labo"}, SCHEMA, None).findings] == ["m/a/labo.YML"]
