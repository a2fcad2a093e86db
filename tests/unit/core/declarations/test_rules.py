"""Each rule of the design with what breaks it; the good declaration breaks none."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.postroom.core.declarations.declaration import Declaration
from ansible.module_utils.postroom.core.declarations.parse import Document
from ansible.module_utils.postroom.core.declarations.rules import ROLE_ADDRESSES, RULES, Rule, directory_findings
from ansible.module_utils.postroom.core.declarations.validate import Source, validate
from ansible.module_utils.postroom.core.model import DirectoryView, Person
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, SCHEMA, check, rules, spoilt


def test_the_good_declaration_breaks_no_rule() -> None:
    validation = check(GOOD)
    assert validation.findings == []
    assert [mailbox.name for mailbox in validation.mailboxes] == ["labo.info"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("address: Labo.Info@gmail.com", "address-domain"),
        ("address: Labo.Info@UGent.be.com", "address-domain"),
        ("address: a@b@UGent.be", "address-domain"),
        ('address: "Labo.Info@UGent.be\\n"', "address-domain"),
        ("address: seventeen.letters@UGent.be", "address-length"),
        ("address: labo_info@UGent.be", "address-characters"),
        ("address: lаbo.info@UGent.be", "address-characters"),  # noqa: RUF001 - the a is Cyrillic
        ("address: läbo@UGent.be", "address-characters"),
        ("address: 1labo@UGent.be", "address-first-letter"),
        ("address: .labo@UGent.be", "address-first-letter"),
        ("address: a.b.c@UGent.be", "address-dots"),
        ("address: labo.@UGent.be", "address-dots"),
        ("address: Postmaster@UGent.be", "address-reserved"),
        ("address: other@UGent.be", "file-name"),
        ("members: [a1, a2, a3, a4, a5, a6]", "members-maximum"),
        ("members: []", "members-minimum"),
        ("members: [ajanssens, AJanssens]", "members-duplicate"),
        ("purpose:", "purpose-missing"),
        ('purpose: "  "', "purpose-missing"),
        ("abbreviations:", "abbreviation-unexplained"),
        ('abbreviations: {info: ""}', "abbreviation-unexplained"),
        ("abbreviations: {xyz: what}", "abbreviation-unexplained"),
        ("purpose: Organising a congress", "use-distribution-list"),
        ("purpose: Een tijdelijk project", "use-distribution-list"),
        ("address: lab0x@UGent.be", "hard-to-type"),
        ("address: aaab@UGent.be", "hard-to-type"),
        ("address: xrchtsb@UGent.be", "hard-to-type"),
        ("quota_gb: 51", "quota-maximum"),
        ("quota_gb: 0", "schema"),
        ('quota_gb: "5"', "schema"),
        ("state: gone", "schema"),
        ("backend: gmail", "schema"),
        ("mebers: [x]", "schema"),
        ("members: ajanssens", "schema"),
        ('members: ["a b"]', "schema"),
        ('display_name: "a\\u202eb"', "schema"),
        ("unit: {type: lab}", "schema"),
    ],
)
def test_what_breaks_a_rule_is_found(line: str, rule: str) -> None:
    assert rule in rules(spoilt(line))


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("address: LABO.INFO@ugent.be", "labo.info.yml"),
        ("address: Sixteen.letters1@UGent.be\nabbreviations: {}", "sixteen.letters1.yml"),
        ("members: [a1b, a2b, a3b, a4b, a5b]", "labo.info.yml"),
        ("quota_gb: 50", "labo.info.yml"),
        ("state: retired", "labo.info.yml"),
    ],
)
def test_what_is_allowed_is_no_error(line: str, file: str) -> None:
    text = spoilt(line.partition("\n")[0]) if "\n" not in line else spoilt(line.partition("\n")[0]).replace("{info: informatica}", "{}")
    assert [finding for finding in check(text, f"mailboxes/{file}").findings if finding.severity == "error"] == []


@pytest.mark.parametrize("key", ["purpose", "abbreviations", "members", "address"])
def test_a_missing_key_is_named(key: str) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(key))
    assert f"the key {key} is missing" in check(text).findings[0].message


def test_the_same_address_in_another_case_is_reported_in_both_files() -> None:
    sources = [Source("a/labo.info.yml", GOOD.encode()), Source("b/labo.info.yml", GOOD.replace("Labo.Info", "LABO.INFO").encode())]
    validation = validate(sources, SCHEMA)
    assert [(finding.file, finding.line, finding.rule) for finding in validation.findings] == [
        ("a/labo.info.yml", 1, "address-unique"),
        ("b/labo.info.yml", 1, "address-unique"),
    ]
    assert validation.mailboxes == []


def person(login: str, *affiliations: str, active: bool = True) -> Person:
    return Person(login, f"uid={login}", frozenset(affiliations), active=active)


MARIA = Person("mverm", "uid=mverm", frozenset({"staff"}), other_logins=frozenset({"maria.v"}))
VIEW = DirectoryView(
    {
        login: one
        for one in (
            person("ajanssens", "staff"), person("bpeeters", "staff"), person("cdevos", "student"), person("hgast", "affiliate"),
            person("pvroeger", "staff", active=False), MARIA,
        )
        for login in one.logins
    },
    {"taken@ugent.be": "uid=taken"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("members: [ajanssens]", set()),
        ("members: [AJANSSENS, cdevos]", set()),
        ("members: [ajanssens, nobody]", {"member-unknown"}),
        ("members: [ajanssens, pvroeger]", {"member-unknown"}),
        ("members: [ajanssens, hgast]", {"member-eligible"}),
        ("members: [cdevos]", {"members-staff"}),
        ("requested_by: cdevos", {"requester-staff"}),
        ("requested_by: pvroeger", {"requester-staff"}),
        ("members: [maria.v]", set()),
        ("members: [maria.v, mverm]", {"members-duplicate"}),
        ("requested_by: maria.v", set()),
        ("address: Maria.V@UGent.be", {"address-in-use", "file-name", "abbreviation-unexplained"}),
        ("address: Taken@UGent.be", {"address-in-use", "file-name", "abbreviation-unexplained"}),
    ],
)
def test_directory_rules(line: str, found: set[str]) -> None:
    text = spoilt(line.partition("\n")[0])
    validation = validate([Source("labo.info.yml", text.encode())], SCHEMA, VIEW)
    assert {finding.rule for finding in validation.findings} == found


@pytest.mark.parametrize("file", ["labo.info.yml", "other.yml"])
def test_what_became_of_people_is_an_error_only_in_a_file_that_the_merge_request_touches(file: str) -> None:
    text = spoilt("members: [ajanssens, pvroeger]")
    validation = validate([Source("labo.info.yml", text.encode())], SCHEMA, replace(VIEW, settled=frozenset({file})))
    severity = "warning" if file == "labo.info.yml" else "error"
    assert [(finding.rule, finding.severity) for finding in validation.findings] == [("member-unknown", severity)]
    assert len(validation.mailboxes) == (severity == "warning")


EXAMPLES = {
    "yaml": ("unit: {type: lab, name: Vakgroep Informatica}", "unit: {type: lab, type: lab, name: Vakgroep Informatica}"),
    "schema": ("quota_gb: 50", "quota_gb: fifty"),
    "address-domain": ("address: Labo.Info@uGENT.BE", "address: Labo.Info@UGentXbe"),
    "address-length": ("address: abcdefghijklm.no@UGent.be", "address: abcdefghijklmn.op@UGent.be"),
    "address-characters": ("address: Labo2.Info@UGent.be", "address: Labo-Info@UGent.be"),
    "address-first-letter": ("address: L1abo@UGent.be", "address: 1Labo@UGent.be"),
    "address-dots": ("address: Labo.Info@UGent.be", "address: Labo..Info@UGent.be"),
    "address-unique": ("address: Labo.Infx@UGent.be", "address: LABO.INFO@UGent.be"),
    "address-reserved": ("address: Labo.Abuse@UGent.be", "address: ABUSE@UGent.be"),
    "address-in-use": ("address: Free@UGent.be", "address: TAKEN@UGent.be"),
    "file-name": ("address: LABO.INFO@UGent.be", "address: Labo@UGent.be"),
    "members-maximum": ("members: [a1, a2, a3, a4, a5]", "members: [a1, a2, a3, a4, a5, a6]"),
    "members-minimum": ("members: [ajanssens]", "members: []"),
    "members-duplicate": ("members: [ajanssens, bpeeters]", "members: [ajanssens, AJANSSENS]"),
    "member-unknown": ("members: [AJanssens]", "members: [ajanssens, ghost]"),
    "member-eligible": ("members: [ajanssens, cdevos]", "members: [ajanssens, hgast]"),
    "members-staff": ("members: [cdevos, ajanssens]", "members: [cdevos, hgast]"),
    "requester-staff": ("requested_by: AJanssens", "requested_by: ghost"),
    "purpose-missing": ("purpose: Vragen", 'purpose: "\\t"'),
    "abbreviation-unexplained": ("abbreviations: {INFO: informatica}", "abbreviations: {info: 5}"),
    "use-distribution-list": ("purpose: Congreszaal-reservaties", "purpose: Het Symposium"),
    "hard-to-type": ("address: Lab2@UGent.be", "address: Lab1lo@UGent.be"),
    "quota-maximum": ("quota_gb: 50", "quota_gb: 51"),
    "likely-abbreviation": ("address: Labo.Info@UGent.be", "address: Vtk.Info@UGent.be"),
    "text-as-pasted": ("purpose: L\u2019Atelier", "purpose: \u201cVragen\u201d"),
    "text-cut-off": ("purpose: Course n#1", "purpose: Course #1"),
    "todo": ("purpose: Todos of the practicals", "purpose: TODO"),
}  # fmt: skip


def found_with(line: str) -> set[str]:
    """The rules that the good declaration breaks with this line instead of its own, beside a second one in another file."""
    sources = [Source("mailboxes/labo.info.yml", spoilt(line).encode()), Source("other/labo.info.yml", GOOD.encode())]
    return {finding.rule for finding in validate(sources if "LABO" in line or "Infx" in line else sources[:1], SCHEMA, VIEW).findings}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_each_rule_has_what_it_allows_and_what_it_refuses(rule: str) -> None:
    allowed, refused = EXAMPLES[rule]
    assert rule not in found_with(allowed)
    assert rule in found_with(refused)


def test_no_rule_of_the_schema_or_the_code_is_without_examples() -> None:
    in_schema = set(re.findall(r'"x-rule": "([a-z-]+)"', (Path(__file__).parents[4] / "schemas" / "mailbox.schema.json").read_text()))
    assert {rule.id for rule in RULES} | in_schema <= EXAMPLES.keys()


ADVICE = {"use-distribution-list", "hard-to-type", "likely-abbreviation", "text-as-pasted", "text-cut-off"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_only_advice_is_a_warning(rule: Rule) -> None:
    assert (rule.severity == "warning") is (rule.id in ADVICE)
    assert rule.reason


@pytest.mark.parametrize(
    "word", ["congres", "Congress", "conferentie", "symposia", "tijdelijke", "lustrum", "summer school", "zomerschool"]
)
def test_words_that_ask_for_a_list_get_a_warning_and_a_mailbox(word: str) -> None:
    validation = check(spoilt(f"purpose: Mail over het {word} van 2025"))
    assert [(finding.rule, finding.severity) for finding in validation.findings] == [("use-distribution-list", "warning")]
    assert len(validation.mailboxes) == 1


@pytest.mark.parametrize("role", sorted(ROLE_ADDRESSES))
def test_each_role_address_is_reserved(role: str) -> None:
    assert "address-reserved" in rules(spoilt(f"address: {role.title()}@UGent.be"))


@given(
    st.dictionaries(
        st.sampled_from(["address", "members", "purpose", "abbreviations", "state"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
        ),
    )
)
def test_rules_never_raise_for_values_of_the_wrong_type(value: dict[str, object]) -> None:
    declaration = Declaration("x.yml", Document(value))
    findings = [finding for rule in RULES for finding in rule.findings(declaration)] + list(directory_findings(declaration, VIEW))
    assert all(finding.message for finding in findings)


def test_the_work_for_a_file_grows_with_its_size() -> None:
    def work(count: int) -> int:
        steps = 0

        def count_steps(frame: object, event: str, argument: object) -> None:
            nonlocal steps
            steps += event == "call"

        sys.setprofile(count_steps)
        try:
            check(spoilt(f"members: [{', '.join(['a'] * count)}]"))
        finally:
            sys.setprofile(None)
        return steps

    assert work(400) < 3 * work(200)


def test_who_left_does_not_keep_a_mailbox_from_being_retired() -> None:
    text = spoilt("members: [nobody]").replace("requested_by: ajanssens", "requested_by: pvroeger") + "state: retired\n"
    assert validate([Source("labo.info.yml", text.encode())], SCHEMA, VIEW).findings == []
