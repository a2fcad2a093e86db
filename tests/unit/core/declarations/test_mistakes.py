"""One mistake is one message, which says what to write instead, at its line."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.mistakes import mistakes
from ansible.module_utils.postroom.core.declarations.parse import Document
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, SCHEMA, check, spoilt

NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("line", "write"),
    [
        ("address: Labo Info@UGent.be", "write Labo.Info@UGent.be"),
        ("address: Labo.Info @UGent.be", "write Labo.Info@UGent.be"),
        ("address: Labo.Info@ UGent.be", "write Labo.Info@UGent.be"),
        (f"address: Labo{NO_BREAK}Info@UGent.be", "write Labo.Info@UGent.be"),
        (f"address: Labo.Info@UGent.be{NO_BREAK}", "write Labo.Info@UGent.be"),
        ("address: \u201cLabo.Info@UGent.be\u201d", "write Labo.Info@UGent.be"),
        ("address: <Labo.Info@UGent.be>", "write Labo.Info@UGent.be"),
        ("address: mailto:Labo.Info@UGent.be", "write Labo.Info@UGent.be"),
        ("address: Labo van Info en meer@UGent.be", "write name@UGent.be, with no blanks or quotes"),
        ("unit: Vakgroep Informatica", "write unit: {type: department, name: Vakgroep Informatica}, where type is one of department, lab"),
        ("unit: lab", "write unit: {type: lab, name: the unit's full name}"),
        ("unit: {type:lab, name: Vakgroep}", "write type: lab"),
        ("unit: {type: Research Group, name: Vakgroep}", "write type: research_group"),
        ("unit:\n  type:lab\n  name:Vakgroep", "write a space after each colon"),
        ("unit:\ntype: lab\nname: Vakgroep", "put two spaces in front of each of these lines"),
        ("abbreviations:", "write abbreviations: {} when the address has no abbreviation"),
        ("abbreviations: []", "write abbreviations: {} when"),
        ("abbreviations: geen", "write abbreviations: {} when"),
        ("abbreviations: info = informatica", "write abbreviations: {info: informatica}"),
        ("abbreviations: {info}", "say what the abbreviation info stands for"),
        ("abbreviations:\ninfo: informatica", "info belongs to abbreviations; put two spaces in front of this line"),
        ("quota_gb: 7.5", "not 7.5; write 7 or 8"),
        ("quota_gb: 7,5", 'not "7,5"; write 7 or 8, without quotes and unit'),
        ("quota_gb: 7 GB", "write 7, without quotes and unit"),
        ('quota_gb: "7"', "write 7, without quotes and unit"),
        ("quota_gb: 500 MB", "write 1, without"),
        ("quota_gb: 0.2", "write 1"),
        ("members:", "members is empty; list the login names"),
        ("members: ajanssens", "write members: [ajanssens]"),
        ("members: ajanssens, bpeeters", "write members: [ajanssens, bpeeters]"),
        ("members:\n  ajanssens\n  bpeeters", "write members: [ajanssens, bpeeters]"),
        ("members:\n  -ajanssens\n  -bpeeters", "write members: [ajanssens, bpeeters]"),
        ("members:\n  \u2013 ajanssens\n  \u2013 bpeeters", "write members: [ajanssens, bpeeters]"),
        ("members: An Janssens", "write each login name after a hyphen and a space, on its own line"),
        ("members: [ajanssens; bpeeters]", "write each login name as an item of its own: ajanssens, bpeeters"),
        (f"members: [ajanssens,{NO_BREAK}bpeeters]", "a no-break space (U+00A0) stands at \\u00a0bpeeters; write bpeeters"),
        ("members: [\u201cajanssens\u201d]", "a word processor's quote, \u201c, stands at \u201cajanssens\u201d; write ajanssens"),
        ("backend: Cyrus", "write backend: cyrus"),
        ("backend: \u2018cyrus\u2019", "write backend: cyrus"),
        ("state: Retired", "write state: retired"),
        ("language: Nederlands", "write language: nl"),
        ("Backend: cyrus", "did you mean backend?"),
        ("exceptions: {rule: hard-to-type, reason: x, until: 2027-06-30}", "write exceptions: [{rule: hard-to-type"),
        ("exceptions: [{rule: hard-to-type, reason: x, until: 30/06/2027}]", "write year-month-day: 2027-06-30"),
        ("exceptions: [{rule: hard-to-type, reason: x, until: 2027-6-3}]", "write year-month-day: 2027-06-03"),
    ],
)
def test_one_mistake_is_one_message_with_what_to_write(line: str, write: str) -> None:
    text = spoilt(line).replace("backend: cyrus\n", "", 1) if line.startswith("Backend") else spoilt(line)
    (finding,) = check(text).findings
    assert write in finding.message
    assert finding.severity == "error"


def test_an_empty_item_is_said_at_its_line() -> None:
    findings = check(spoilt("members:\n  - ajanssens\n  -")).findings
    assert [(one.line, one.message.partition(";")[0]) for one in findings] == [(10, "this item of the list is empty")]


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("address: Labo.Info.Extra@UGent.be", ["address-dots"]),
        ("address: Labo.Informatica.En.Meer@UGent.be", ["address-dots", "address-length"]),
        ("address: Postmaster@UGent.be", ["abbreviation-unexplained", "address-reserved"]),
        ("address: 5", ["schema"]),
        ("members: [5, bpeeters]", ["schema"]),
    ],
)
def test_nothing_more_is_said_of_what_has_to_change_anyway(line: str, rules: list[str]) -> None:
    found = sorted({finding.rule for finding in check(spoilt(line)).findings})
    assert [rule for rule in found if rule != "abbreviation-unexplained" or rule in rules] == rules


def test_two_mistakes_are_two_messages() -> None:
    text = spoilt("unit: lab").replace("backend: cyrus", "backend: Cyrus")
    assert [finding.line for finding in check(text).findings] == [7, 8]


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(f"a.@,;-: {NO_BREAK}\u201c[]0=/", max_size=12) | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(SCHEMA.keys)) | st.text(), VALUE))
def test_what_is_recognised_is_never_a_good_value(value: dict[str, object]) -> None:
    """Each mistake is an error of the schema too, so nothing that is right is ever refused."""
    document = Document(value)
    found = list(mistakes(document, SCHEMA))
    assert all(finding.message for finding in found)
    assert not found or list(SCHEMA.findings(Document(value)))


def test_the_good_declaration_has_no_mistake() -> None:
    assert check(GOOD).findings == []
