from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.file_names import is_meant, mailbox_of_file, why_passed_over, wrong_ending
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("vragen.yml", ""),
        ("a.yml/labo.info.yml", ""),
        ("vragen.YML", ".YML"),
        ("vragen.Yml", ".Yml"),
        ("vragen.yaml", ".yaml"),
        ("vragen.yml.txt", ".yml.txt"),
        ("vragen.json", ".json"),
        ("vragen.yml.yml", ""),
    ],
)
def test_what_is_meant_as_a_declaration_has_the_right_ending_or_is_refused(name: str, ending: str) -> None:
    assert is_meant(name.rpartition("/")[2])
    assert wrong_ending(name) == ending


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vragen", "does not end in .yml"),
        ("vragen.txt", "does not end in .yml"),
        ("vragen.yml~", "does not end in .yml"),
        ("vragen.yml.bak", "does not end in .yml"),
        (".vragen.yml", "begins with a dot"),
        (".vragen.yml.swp", ""),
        ("README.md", ""),
        (".gitkeep", ""),
        (".gitlab-ci.yml", ""),
        ("vragen.yml", ""),
        ("vragen.YML", ""),
    ],
)
def test_a_file_that_is_not_read(name: str, words: str) -> None:
    assert words in why_passed_over(name)
    assert bool(why_passed_over(name)) is bool(words)


@pytest.mark.parametrize(("holds", "name", "said"), [(True, ".oud", True), (False, ".oud", False), (True, ".git", False)])
def test_a_hidden_folder_is_said_when_it_holds_declarations(holds: bool, name: str, said: bool) -> None:
    assert bool(why_passed_over(name, holds)) is said


@pytest.mark.parametrize("name", ["Labo.Info.yml", "labo.info.YAML", "labo.info.yml.txt", ".labo.info.yml"])
def test_the_mailbox_of_a_file(name: str) -> None:
    assert mailbox_of_file(name) == "labo.info"


@given(st.text(min_size=1, max_size=20))
def test_each_name_is_read_refused_or_said_or_plainly_something_else(name: str) -> None:
    assert not (is_meant(name) and why_passed_over(name))
