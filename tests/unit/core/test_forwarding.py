from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.forwarding import Copy, Forwarding, with_copy
from ansible.module_utils.postroom.core.plan import Change
from hypothesis import given
from hypothesis import strategies as st


def change(name: str) -> Change[str]:
    return Change(name, "cyrus", "update", (), (("x",),))


def test_what_a_module_returns() -> None:
    assert Forwarding("labo", "sieve", "x", "redirect", "a@x.be", False, "some").as_dict("cyrus", "host:4190") == {
        "mailbox": "labo", "system": "cyrus", "server": "host:4190", "kind": "sieve", "name": "x", "action": "redirect",
        "target": "a@x.be", "active": False, "note": "some",
    }  # fmt: skip


@given(st.text(max_size=300))
def test_a_copy_has_a_harmless_file_name(name: str) -> None:
    file = Copy("labo.info", "cyrus", name, b"keep;").file
    assert "/" not in file
    assert file.isascii()
    assert file.isprintable()
    assert len(file) < 150


def test_other_content_is_another_file() -> None:
    first, second = Copy("labo", "cyrus", "x", b"keep;"), Copy("labo", "cyrus", "x", b"stop;")
    assert first.file != second.file
    assert (first.file[-6:], Copy("labo", "exchange", "x", b"{}").file[-5:]) == (".sieve", ".json")


@pytest.mark.parametrize(
    ("copied", "ready"),
    [("", []), ("a", []), ("ab", ["labo"]), ("abc", ["labo", "vragen"]), ("c", ["vragen"])],
)
def test_only_what_was_copied_whole_is_ready(copied: str, ready: list[str]) -> None:
    copies = {one: Copy("vragen" if one == "c" else "labo", "cyrus", one, one.encode()) for one in "abc"}
    changes, refusals = with_copy([change("labo"), change("vragen")], copies.values(), {copies[one].digest for one in copied})
    assert [one.mailbox for one in changes] == ready
    assert {one.mailbox for one in refusals} == {"labo", "vragen"} - set(ready)
