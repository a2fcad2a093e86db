from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from ansible.module_utils.postroom.core.adoption.declarations import Adoption, AdoptionPolicy, adopt
from ansible.module_utils.postroom.core.declarations.parse import parse
from ansible.module_utils.postroom.core.declarations.validate import Source, validate
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from hypothesis import given
from hypothesis import strategies as st

from ...audit_world import CYRUS, EXCHANGE, in_directory, lives_of, on_cyrus, on_exchange, people
from ...declaration import SCHEMA

TODAY = date(2026, 11, 24)
POLICY = AdoptionPolicy(SCHEMA, TODAY, exceptions_days=30, schema_reference="../schemas/mailbox.schema.json")
RIGHTS = "lrswipkte"


def adopted(*live: LiveMailbox, declared: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> Adoption:
    return adopt(live, people(), declared, POLICY, only)


def called(name: str, *members: str) -> LiveMailbox:
    """A mailbox of Cyrus with this name."""
    return LiveMailbox(name, "cyrus", grants=tuple(Grant("rights", one, one, RIGHTS) for one in members), quota_kib=5 * 1024 * 1024)


def content(adoption: Adoption) -> Mapping[str, Any]:
    (declaration,) = adoption.declarations
    values = yaml.safe_load(declaration.content)
    assert isinstance(values, dict)
    return values


@pytest.mark.parametrize("box", [CYRUS, EXCHANGE])
def test_what_servers_know_is_written_and_the_rest_is_left_to_somebody(box: Any) -> None:
    adoption = adopted(*lives_of(box))
    assert content(adoption) == {
        "address": box.address if box.backend == "exchange" else "Labo.Info@UGent.be", "display_name": box.display_name,
        "purpose": box.purpose, "unit": {"type": "TODO", "name": "TODO"}, "abbreviations": {}, "requested_by": "TODO",
        "members": sorted(box.members), "backend": box.backend, "quota_gb": box.quota_gb,
    }  # fmt: skip
    assert adoption.findings == []
    assert adoption.declarations[0].todos == ("unit.type", "unit.name", "requested_by")
    assert adoption.declarations[0].content.startswith("# yaml-language-server: $schema=../schemas/mailbox.schema.json\n")


def test_a_retired_one_stays_so() -> None:
    retired = replace(CYRUS, state="retired")
    assert content(adopted(replace(on_cyrus(CYRUS)), in_directory(retired)))["state"] == "retired"


@pytest.mark.parametrize(
    ("name", "members", "rules"),
    [
        ("labo_info", ("ajanssens",), {"address-characters"}),
        ("twenty.letters567890", ("ajanssens",), {"address-length"}),
        ("labo.info", (), {"members-minimum"}),
        ("labo.info", ("cdevos",), {"members-staff"}),
    ],
)
def test_a_rule_that_is_broken_is_excepted_for_a_while(name: str, members: tuple[str, ...], rules: set[str]) -> None:
    entry = replace(in_directory(CYRUS), name=name, address=f"{name}@ugent.be", settings={"dn": f"uid={name}"})
    adoption = adopted(called(name, *members), entry)
    listed = content(adoption)["exceptions"]
    assert rules <= {one["rule"] for one in listed}
    assert {(one["reason"], str(one["until"])) for one in listed} == {("adopted", "2026-12-24")}
    assert set(adoption.declarations[0].exceptions) == {one["rule"] for one in listed}


@pytest.mark.parametrize(
    ("live", "identifier"),
    [
        ([on_cyrus(CYRUS), on_exchange(replace(EXCHANGE, address=CYRUS.address))], "lives-twice"),
        ([in_directory(CYRUS)], "entry-without-mailbox"),
        ([called("labo.info")], "looks-personal"),
        ([called("emaes", "ajanssens"), replace(in_directory(CYRUS), name="emaes")], "address-in-use"),
        ([called("lab'o", "ajanssens")], "cannot-be-declared"),
    ],
)
def test_of_what_cannot_be_declared_no_file_is_written_and_it_is_said(live: list[LiveMailbox], identifier: str) -> None:
    adoption = adopted(*live)
    assert adoption.declarations == []
    assert identifier in [finding.id for finding in adoption.findings]


def test_peoples_own_mailboxes_are_left_alone() -> None:
    adoption = adopted(called("emaes", "ajanssens"))
    assert (adoption.declarations, adoption.findings, adoption.personal) == ([], [], 1)


def test_what_is_declared_or_not_asked_for_is_left_out() -> None:
    live = [*lives_of(CYRUS), *lives_of(EXCHANGE)]
    assert [one.name for one in adopted(*live).declarations] == ["ict", "labo.info"]
    assert [one.name for one in adopted(*live, declared=("ict",)).declarations] == ["labo.info"]
    assert [one.name for one in adopted(*live, only=("ict",)).declarations] == ["ict"]


GB = 1024 * 1024


@pytest.mark.parametrize(
    ("quota", "used", "written", "identifier"),
    [
        (5 * GB, 1, 5, None),
        (5 * GB + 1, 1, 6, "quota-rounded"),
        (1, 1, 1, "quota-rounded"),
        (None, 1, 5, "quota-unlimited"),
        (None, 8 * GB + 1, 9, "quota-unlimited"),
    ],
)
def test_a_quota_is_in_whole_gb_and_never_less_than_what_is_there(quota: int | None, used: int, written: int, identifier: str) -> None:
    adoption = adopted(replace(on_cyrus(CYRUS), quota_kib=quota, used_kib=used), in_directory(CYRUS))
    assert content(adoption)["quota_gb"] == written
    assert [finding.id for finding in adoption.findings] == ([identifier] if identifier else [])


@pytest.mark.parametrize(
    ("live", "entry", "identifier", "words"),
    [
        (on_cyrus(CYRUS), None, "entry-missing", "apply makes one"),
        (on_cyrus(CYRUS), replace(in_directory(CYRUS), backend="exchange"), "entry-differs", "lives on exchange"),
        (on_cyrus(CYRUS), replace(in_directory(CYRUS), address="other@ugent.be"), "address-differs", "labo.info@UGent.be was written"),
        (on_exchange(EXCHANGE), replace(in_directory(EXCHANGE), display_name="Other"), "entry-differs", "calls it Other"),
    ],
)
def test_where_systems_differ_it_is_said(live: LiveMailbox, entry: LiveMailbox | None, identifier: str, words: str) -> None:
    adoption = adopted(*([live, entry] if entry else [live]))
    said = [finding.message for finding in adoption.findings if finding.id == identifier]
    assert len(said) == 1
    assert words in said[0]
    assert said[0] in adoption.declarations[0].content


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["{{ lookup('pipe', 'id') }}", "no", "012", "2026-01-01", "a: b", "- x", "# c", "'\"", "&a *a", "!!python/object", "\u2028", "a\nb: c"]
)


@given(TEXT, TEXT, st.text("abc._-'/\\é ", min_size=1, max_size=20))
def test_whatever_servers_say_the_file_says_it_or_there_is_none(display_name: str, purpose: str, name: str) -> None:
    entry = replace(in_directory(CYRUS), name=name, address=f"{name}@ugent.be", display_name=display_name, settings={"purpose": purpose})
    adoption = adopted(called(name, "ajanssens"), entry)
    assert adoption.declarations or "cannot-be-declared" in [finding.id for finding in adoption.findings]
    for declaration in adoption.declarations:
        assert not {"/", "\\", "'", " ", "é"} & set(declaration.name)
        document = parse(declaration.content.encode())
        assert document.findings == []
        assert document.value["display_name"] == (" ".join(display_name.split()) or "TODO")
        assert document.value["purpose"] == (" ".join(purpose.split()) or "TODO")
        found = validate([Source(f"mailboxes/{name}.yml", declaration.content.encode())], SCHEMA, None, TODAY).findings
        assert {finding.rule for finding in found if finding.severity == "error"} <= {"todo"}
