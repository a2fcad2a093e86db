"""Each rule of the design with what breaks it; the good declaration breaks none."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.model import DirectoryView, Person
from ansible.module_utils.postroom.core.validate import Source, validate

from ..declaration import GOOD, SCHEMA, check, rules, spoilt


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
        ("quota_gb: 51", "schema"),
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


VIEW = DirectoryView(
    {
        one.login: one
        for one in (
            person("ajanssens", "staff"), person("bpeeters", "staff"), person("cdevos", "student"), person("hgast", "affiliate"),
            person("pvroeger", "staff", active=False),
        )
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
        ("address: Taken@UGent.be", {"address-in-use", "file-name", "abbreviation-unexplained"}),
        ("state: retired\nmembers: [nobody]", set()),
    ],
)
def test_directory_rules(line: str, found: set[str]) -> None:
    text = spoilt(line.partition("\n")[0])
    validation = validate([Source("labo.info.yml", text.encode())], SCHEMA, VIEW)
    assert {finding.rule for finding in validation.findings} == found
