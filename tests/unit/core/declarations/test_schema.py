from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils.postroom.core.declarations.parse import Document, parse
from ansible.module_utils.postroom.core.declarations.schema import MailboxSchema
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, SCHEMA, check, spoilt

DEFINITION = json.loads((Path(__file__).parents[4] / "schemas" / "mailbox.schema.json").read_bytes())
GOOD_VALUE = parse(GOOD.encode()).value


def test_the_domain_the_defaults_and_the_number_of_members_come_from_the_schema() -> None:
    assert SCHEMA.domain == "UGent.be"
    assert SCHEMA.maximum_members == 5
    with pytest.raises(ValueError, match="no rule members-maximum"):
        _ = MailboxSchema(
            {**DEFINITION, "properties": {**DEFINITION["properties"], "members": {"type": "array", "allOf": [{}]}}}
        ).maximum_members
    assert SCHEMA.defaults == {"quota_gb": 5, "state": "present", "language": "nl"}


def test_a_problem_says_where_and_what_to_write_instead() -> None:
    text = "# a comment\n" + spoilt("members: [a1, a2, a3, a4, a5, a6]")
    assert str(check(text).findings[0]) == (
        "mailboxes/labo.info.yml:9:10 members-maximum: 6 members, at most 5 may share a mailbox; "
        "for a larger group ask for a distribution list"
    )


def test_an_unknown_key_is_placed_at_the_key_with_the_one_that_was_meant() -> None:
    finding = check(spoilt("mebers: [x]")).findings[0]
    assert (finding.line, finding.column, finding.message) == (9, 1, "there is no key mebers; did you mean members?")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("quota_gb: 51", "quota_gb must be a whole number from 1 to 50, not 51"),
        ("quota_gb: lots", "quota_gb must be a whole number, not text"),
        ("display_name: 5", 'display_name must be text, not a number; write "5" in quotes'),
        ("members: ajanssens", "members must be a list, such as [ajanssens, bpeeters], not text"),
        ("unit: lab", "unit must be a mapping of key: value, not text"),
        ("state: gone", "state must be one of present, retired, not gone"),
        ("state: [gone]", "state must be one of present, retired, not [gone]"),
        ("display_name: null", "display_name must be text, not nothing"),
        ("members: [a b]", "a b is not a login name"),
        ("zzzz: 1", "there is no key zzzz; the keys are address, display_name"),
        ("unit: {type: lab}", "the key name is missing; add a line such as name: Vakgroep Informatica"),
        ("address: lаbo@UGent.be", "а (U+0430) cannot be used in an address"),  # noqa: RUF001 - Cyrillic
        ("address: labo@gmail.com", "labo@gmail.com does not end in @UGent.be"),
        ("address: seventeen.letters@UGent.be", "seventeen.letters has 17 characters, at most 16"),
        ("display_name: " + "x" * 257, "display_name has 257 characters, at most 256 are allowed; shorten it"),
    ],
)  # fmt: skip
def test_a_problem_is_said_in_the_readers_words(line: str, words: str) -> None:
    assert any(words in finding.message for finding in check(spoilt(line)).findings)


@pytest.mark.parametrize("key", [line.partition(":")[0] for line in GOOD.splitlines()])
def test_each_required_key_is_missed_by_name_with_an_example(key: str) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(f"{key}:"))
    assert any(f"the key {key} is missing; add a line such as {key}: " in finding.message for finding in check(text).findings)


@pytest.mark.parametrize("key", [key for key in DEFINITION["properties"] if DEFINITION["properties"][key].get("examples")])
def test_the_schemas_own_examples_satisfy_it(key: str) -> None:
    for example in DEFINITION["properties"][key]["examples"]:
        findings = SCHEMA.findings(Document({**GOOD_VALUE, key: example}))
        assert [finding.message for finding in findings] == []


@pytest.mark.parametrize("schema", [{"type": 5}, {"properties": {"a": {"pattern": "["}}}])
def test_what_is_no_json_schema_is_a_value_error(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a valid JSON Schema"):
        MailboxSchema(schema)


def test_a_schema_without_a_domain_says_so() -> None:
    with pytest.raises(ValueError, match="states no domain"):
        _ = MailboxSchema({"properties": {"address": {"allOf": [{}]}}}).domain


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(list(GOOD_VALUE)) | st.text(), VALUE))
def test_any_value_gives_faults_and_never_an_exception(value: dict[str, object]) -> None:
    assert all(finding.message and finding.rule for finding in SCHEMA.findings(Document({**GOOD_VALUE, **value})))
