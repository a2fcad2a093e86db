"""Hostile and mistaken files: each is one finding in its place, never an exception and never a mailbox."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.parse import MAXIMUM_BYTES, MAXIMUM_DEPTH
from ansible.module_utils.postroom.core.declarations.validate import Source, names_of, require_all, validate
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, SCHEMA, check, mailbox, spoilt

YAMLISH = st.lists(
    st.sampled_from([*GOOD.split(), "\n", " ", ": ", "- ", "&a ", "*a ", "!t ", "[", "]", "{", "}", '"', "'", "|", "\t", "? "])
)


@pytest.mark.parametrize(
    ("content", "line", "column", "rule"),
    [
        (b"", 1, 1, "yaml"),
        ("- list\n", 1, 1, "yaml"),
        ("text\n", 1, 1, "yaml"),
        (GOOD + "backend: cyrus\n", 9, 1, "yaml"),
        (GOOD + '"backend": cyrus\n', 9, 1, "yaml"),
        ("a: &a [x]\nb: [*a, *a]\n", 1, 4, "yaml"),
        (spoilt("members: &a [*a]"), 8, 10, "yaml"),
        (spoilt("purpose: !!python/tuple [a]"), 8, 10, "yaml"),
        (spoilt("purpose: !vault secret"), 8, 10, "yaml"),
        (GOOD + "#" * MAXIMUM_BYTES, 1, 1, "yaml"),
        (GOOD.encode() + b"# caf\xe9\n", 9, 6, "yaml"),
        (b"\xef\xbb\xbf" + GOOD.encode(), 1, 1, "yaml"),
        (GOOD.encode("utf-16"), 1, 1, "yaml"),
        (GOOD + "# \0\n", 9, 3, "yaml"),
        (GOOD + "# \x1b[2J\n", 9, 3, "yaml"),
        (GOOD + "# \x9b2J\n", 9, 3, "yaml"),
        (GOOD + "# \x84\n", 9, 3, "yaml"),
        (GOOD + "x: " + "[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH, 9, 23, "yaml"),
        (GOOD + "x: " + "{a: " * MAXIMUM_DEPTH + "}" * MAXIMUM_DEPTH, 9, 80, "yaml"),
        (GOOD + "x:\n" + "- " * MAXIMUM_DEPTH, 10, 39, "yaml"),
        (GOOD + "x:\n" + "? " * MAXIMUM_DEPTH, 10, 3, "yaml"),
        (GOOD + "---\n" + GOOD, 9, 1, "yaml"),
        (spoilt("address: lаbo@UGent.be"), 8, 10, "address-characters"),  # noqa: RUF001 - the a is Cyrillic
        (spoilt("address: labo\u200b.info@UGent.be"), 8, 10, "address-characters"),
        (spoilt('address: "Labo.Info@UGent.be\\r\\nBcc: x@y"'), 8, 10, "address-domain"),
        (spoilt('display_name: "a\\u202eb"'), 8, 15, "schema"),
        (spoilt("display_name: no"), 8, 15, "schema"),
        (spoilt("requested_by: on"), 8, 15, "schema"),
        (spoilt("members: [ajanssens, 012]"), 8, 22, "schema"),
        (spoilt("display_name: 2024-01-01"), 8, 15, "schema"),
        (spoilt('members: ["*"]'), 8, 11, "schema"),
        (spoilt('members: ["ajanssens)(uid=*"]'), 8, 11, "schema"),
        (spoilt('requested_by: "a\\0b"'), 8, 15, "schema"),
        (GOOD + "quota_gb: 99999999999999999999\n", 9, 11, "schema"),
        (GOOD + "quota_gb: true\n", 9, 11, "schema"),
        (GOOD + "quota_gb: .inf\n", 9, 11, "schema"),
        (GOOD + "<<: {state: retired}\n", 9, 1, "schema"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_a_finding_in_its_place_and_no_mailbox(content: str | bytes, line: int, column: int, rule: str) -> None:
    validation = check(content)
    assert (line, column, rule, "error") in [(one.line, one.column, one.rule, one.severity) for one in validation.findings]
    assert validation.mailboxes == []


@given(
    st.binary(max_size=200) | YAMLISH.map("".join).map(str.encode) | st.text().map(lambda text: f"{GOOD}# {text}".encode(errors="replace"))
)
def test_any_file_is_either_a_mailbox_or_an_error(data: bytes) -> None:
    validation = check(data)
    assert bool(validation.mailboxes) is not validation.has_errors


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_windows_line_ends_make_no_difference(end: str) -> None:
    assert check(GOOD.replace("\n", end)).mailboxes == check(GOOD).mailboxes


def test_an_unreadable_file_is_an_error_at_its_start() -> None:
    validation = validate([Source("x.yml", unreadable="a link")], SCHEMA)
    assert [str(finding) for finding in validation.findings] == ["x.yml:1:1 yaml: a link"]
    assert (validation.checked, validation.mailboxes) == (1, [])


def test_one_bad_file_does_not_hide_the_others() -> None:
    other = GOOD.replace("Labo.Info", "Atelier").replace("{info: informatica}", "{}")
    validation = validate([Source("labo.info.yml", GOOD.encode()), Source("bad.yml", b"["), Source("atelier.yml", other.encode())], SCHEMA)
    assert [box.name for box in validation.mailboxes] == ["atelier", "labo.info"]
    assert {finding.file for finding in validation.findings} == {"bad.yml"}


def test_findings_are_sorted_by_file_and_place() -> None:
    validation = validate([Source(file, b"zzz: 1\naddress: 1\n") for file in ("b.yml", "a.yml")], SCHEMA)
    places = [(finding.file, finding.line, finding.column) for finding in validation.findings]
    assert places == sorted(places)
    assert {file for file, _, _ in places} == {"a.yml", "b.yml"}


def test_a_mailbox_is_normalised_and_has_the_defaults() -> None:
    box = check(spoilt("members: [BPeeters, ajanssens]")).mailboxes[0]
    assert (box.name, box.address, box.members) == ("labo.info", "Labo.Info@UGent.be", ("ajanssens", "bpeeters"))
    assert (box.quota_gb, box.state, box.language) == (5, "present", "nl")


@pytest.mark.parametrize(("only", "names"), [(["Labo.Info@UGent.be"], {"labo.info"}), ([" VRAGEN ", ""], {"vragen"}), (None, set())])
def test_names_of(only: list[str] | None, names: set[str]) -> None:
    assert names_of(only) == names


@pytest.mark.parametrize("only", [[], [""], [" ", ""], ["@UGent.be"]])
def test_only_that_names_nothing_is_not_all(only: list[str]) -> None:
    with pytest.raises(ValueError, match="only= names no mailbox"):
        names_of(only)


def test_a_name_that_no_declaration_has_is_said() -> None:
    require_all([mailbox()], frozenset({"labo.info"}))
    with pytest.raises(ValueError, match="only= names elders, which"):
        require_all([mailbox()], frozenset({"labo.info", "elders"}))


@pytest.mark.parametrize("key", ["!evil purpose:", "!!python/tuple purpose:"])
def test_a_tag_on_a_key_is_refused(key: str) -> None:
    assert "yaml" in {finding.rule for finding in check(GOOD.replace("purpose:", key)).findings}


def test_a_quota_with_a_point_is_not_a_float_in_the_mailbox() -> None:
    assert all(isinstance(box.quota_gb, int) for box in check(GOOD + "quota_gb: 5.0\n").mailboxes)


@pytest.mark.parametrize("text", ["a\\e[2Jb", "a\\0b", "a\\u202eb"])
def test_a_purpose_has_no_invisible_characters(text: str) -> None:
    assert check(spoilt(f'purpose: "{text}"')).has_errors


@pytest.mark.parametrize(
    "line",
    [
        'abbreviations: {"\\u0001": ""}',
        'abbreviations: {"a\\nb": 5}',
        'address: "\\e\\e\\e@UGent.be"',
        'address: "bb\\u0001\\u0001@UGent.be"',
    ],
)
def test_a_message_is_one_printable_line(line: str) -> None:
    assert all(finding.message.isprintable() for finding in check(spoilt(line)).findings)


@pytest.mark.parametrize("line", ["address: Anyone@UGent.be", "address: Anonymous@UGent.be", "members: [ajanssens, anyone]"])
def test_the_identifiers_of_rfc_4314_are_no_address_and_no_member(line: str) -> None:
    name = line.partition("@")[0].rpartition(" ")[2].lower() if line.startswith("address") else "labo.info"
    text = spoilt(line).replace("{info: informatica}", "{}")
    assert check(text, f"{name}.yml").has_errors


def test_a_file_that_cannot_be_read_counts_for_the_mailbox_it_is_named_after() -> None:
    validation = validate(
        [Source("a/vragen.YML", unreadable="the file ends in .YML"), Source("bad.yml", b"["), Source("x.yml", GOOD.encode())], SCHEMA
    )
    assert validation.names == {"vragen", "bad", "labo.info"}
