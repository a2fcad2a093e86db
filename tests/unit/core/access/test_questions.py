from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.postroom.core.access.history import Edit, History, Landing
from ansible.module_utils.postroom.core.access.questions import Known, Table, changed, leaving, reads, who_reads
from ansible.module_utils.postroom.core.access.table import BOM, as_csv, as_json, as_text
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.text import printable
from ansible.module_utils.postroom.wire.git import Commit
from hypothesis import given
from hypothesis import strategies as st

from ...audit_world import CYRUS, EXCHANGE, but, in_directory, on_cyrus, on_exchange, people, person

COMMIT = Commit("c0ffee1234567", (), "An Helpdesk", "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z", "Add Bart")


def edit(field: str, before: str | None, after: str | None, day: int = 6, name: str = "labo.info") -> Edit:
    return Edit(name, CYRUS.file, field, before, after, COMMIT, Landing(f"2026-01-{day:02}T00:00:00Z", "Boss"), "ajanssens")


HISTORY = History(
    {
        "labo.info": [edit("member", None, "bpeeters"), edit("requested_by", "x", "emaes", 9)],
        "ict": [edit("quota_gb", "5", "9", 8, "ict")],
    }
)
STRANGER = Grant("rights", "emaes", "emaes", "lrs", "Sent")


def known(*live: LiveMailbox, asked: bool = True, **changes: Any) -> Known:
    lives: dict[str, Sequence[LiveMailbox]] = {}
    for one in live:
        lives[one.name] = [*lives.get(one.name, ()), one]
    mailboxes = {box.name: box for box in changes.pop("boxes", (CYRUS, EXCHANGE))}
    return Known(mailboxes, HISTORY, lives if asked else None, people() if asked else None, **changes)


ALL = (on_cyrus(CYRUS), in_directory(CYRUS), on_exchange(EXCHANGE), in_directory(EXCHANGE))


def column(table: Table, name: str) -> list[str]:
    return [row[table.columns.index(name)] for row in table.rows]


def test_who_can_read_it_and_since_when() -> None:
    table = who_reads(known(*ALL), "labo.info")
    assert column(table, "login") == ["ajanssens", "bpeeters"]
    assert column(table, "name") == ["Ajanssens", "Bpeeters"]
    assert column(table, "since") == ["", "2026-01-06"]
    assert column(table, "asked by") == ["", "ajanssens"]
    assert column(table, "author") == ["", "An Helpdesk"]
    assert column(table, "approved by") == ["", "Boss"]
    assert column(table, "on the servers") == ["own login (lrswipkte), shared address"] * 2


def test_who_reads_it_and_is_not_declared() -> None:
    strangers = [
        STRANGER,
        Grant("rights", "anyone", "", "lr"),
        Grant("rights", "gone", "gone", "lr"),
        Grant("rights", "sdesmet", "sdesmet", "p"),
    ]
    table = who_reads(known(but(on_cyrus(CYRUS), *strangers)), "labo.info")
    found = dict(zip(column(table, "login"), zip(column(table, "declared"), column(table, "on the servers"), strict=True), strict=True))
    assert found["emaes"] == ("no", "own login (lrs on Sent)")
    assert found["anyone"] == ("no", "own login (lr)")
    assert found.keys() == {"ajanssens", "bpeeters", "emaes", "anyone"}


def test_from_the_repository_alone_it_says_that_the_servers_were_not_asked() -> None:
    table = who_reads(known(asked=False), "ict")
    assert column(table, "on the servers") == ["not asked"] * 2
    assert "the servers were not asked (-e live=true asks them)" in table.notes


def test_nobody_is_declared_to_read_a_retired_mailbox() -> None:
    table = who_reads(known(on_cyrus(CYRUS), boxes=[replace(CYRUS, state="retired")]), "labo.info")
    assert "retired: nobody is to read it" in table.title
    assert set(column(table, "declared")) == {"no"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "no file declares and no server has"),
        ({"asked": False}, "no file declares the"),
        ({"broken": ("mailboxes/x.yml",)}, "breaks the rules"),
    ],
)
def test_a_mailbox_that_is_not_known_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        who_reads(known(**changes), "x")


def test_what_somebody_can_read() -> None:
    own, other = LiveMailbox("emaes", "cyrus", grants=(STRANGER,)), LiveMailbox("old", "cyrus", grants=(STRANGER,))
    assert column(reads(known(*ALL, own, other), "bpeeters"), "mailbox") == ["ict", "labo.info"]
    assert column(reads(known(*ALL, own, other), "emaes"), "mailbox") == ["old"]


@pytest.mark.parametrize("ask", [reads, leaving, lambda known, login: changed(known, "", "", login=login)])
@pytest.mark.parametrize(
    ("asked", "said"), [(True, "no server names, and the directory does not know, a person"), (False, "-e live=true asks")]
)
def test_a_person_whom_nothing_knows_is_an_error_and_not_nothing(ask: Callable[[Known, str], Table], asked: bool, said: str) -> None:
    assert ask(known(asked=asked), "x").columns  # who asked for a mailbox once
    with pytest.raises(ValueError, match=f"{said}.*") as caught:
        ask(known(asked=asked), "nobody")
    assert "nobody" in str(caught.value)


def test_a_change_of_a_mailbox_that_never_was_is_an_error_and_not_nothing() -> None:
    with pytest.raises(ValueError, match="no file declares and no server has the mailbox x"):
        changed(known(), "", "", "x")
    assert changed(known(boxes=[]), "", "", "ict").rows


def test_what_a_leaving_touches() -> None:
    found = leaving(known(*ALL), "bpeeters")
    assert list(zip(column(found, "mailbox"), column(found, "what"), strict=True)) == [
        ("ict", "member"), ("ict", "no staff stays: cdevos"), ("labo.info", "member"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("box", "live", "login", "what"),
    [
        (replace(CYRUS, members=("bpeeters",)), [], "bpeeters", "the only member"),
        (CYRUS, [], "ajanssens", "asked for the mailbox"),
        (CYRUS, [but(on_cyrus(CYRUS), STRANGER)], "emaes", "reads it undeclared: own login (lrs on Sent)"),
        (EXCHANGE, [but(on_exchange(EXCHANGE), Grant("send as", "U\\emaes", "emaes"))], "emaes", "has send as undeclared"),
        (replace(CYRUS, state="retired"), [on_cyrus(CYRUS)], "bpeeters", "reads it undeclared: own login (lrswipkte)"),
    ],
)
def test_each_thing_that_a_leaving_touches(box: Any, live: list[LiveMailbox], login: str, what: str) -> None:
    assert what in column(leaving(known(*live, boxes=[box]), login), "what")


def test_without_the_directory_it_is_not_known_who_is_staff() -> None:
    assert "others stay: ajanssens" in column(leaving(known(asked=False), "bpeeters"), "what")


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (("", ""), ["member bpeeters added", "quota_gb: 5 -> 9", "requested_by: x -> emaes"]),
        (("2026-01-07", "2026-01-08"), ["quota_gb: 5 -> 9"]),
        (("", "", "labo.info"), ["member bpeeters added", "requested_by: x -> emaes"]),
        (("", "", "", "emaes"), ["requested_by: x -> emaes"]),
        (("2026-02-01", ""), []),
    ],
)
def test_what_changed(arguments: tuple[str, ...], changes: list[str]) -> None:
    assert column(changed(known(), *arguments), "change") == changes


def test_people_in_the_table_are_named_by_the_directory() -> None:
    assert "cdevos (Cdevos)" in reads(known(), "cdevos").title
    assert reads(known(asked=False), "cdevos").title == "What cdevos can read"
    assert person("cdevos").name == "Cdevos"


TABLE = Table("Title \x1b[2J", ("who", "empty", "what"), (("é", "", "=1+1"), ("long name", "", 'a,"b"\n')), ("note",))


def test_the_terminal_gets_aligned_columns_without_empty_ones() -> None:
    assert as_text(TABLE).splitlines() == [
        "Title \\u001b[2J", "", "who        what", "é          =1+1", 'long name  a,"b"\\u000a', "", "note",
    ]  # fmt: skip
    assert as_text(replace(TABLE, rows=(), notes=())).splitlines()[-1] == "nothing"


def test_json_has_the_rows_by_column() -> None:
    found = json.loads(as_json(TABLE, "2026-11-24T03:00:00Z"))
    assert found["rows"][0] == {"who": "é", "empty": "", "what": "=1+1"}
    assert (found["format"], found["notes"]) == (1, ["note"])


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=4), st.sampled_from(",;"))
def test_csv_is_read_back_and_no_cell_is_a_formula(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    text = as_csv(replace(TABLE, rows=tuple(rows)), delimiter)
    assert text.startswith(BOM + delimiter.join(TABLE.columns))
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=delimiter))[1:]
    expected = [[printable(value).removeprefix("'") for value in row] for row in rows]
    assert [[value.removeprefix("'") for value in row] for row in read] == expected
    assert not any(value.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")) for row in read for value in row)
    assert text.removeprefix(BOM).replace("\r\n", "").isprintable()
