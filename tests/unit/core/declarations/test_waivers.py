"""A listed rule is waived until its day, and nothing that could harm a server ever is."""

from __future__ import annotations

import string
from datetime import date

import pytest
from ansible.module_utils.postroom.core.declarations.rules import DIRECTORY_RULES
from ansible.module_utils.postroom.core.declarations.validate import Source, Validation, validate
from ansible.module_utils.postroom.core.declarations.waivers import WAIVABLE
from ansible.module_utils.postroom.core.model import DirectoryView, Mailbox, Person
from hypothesis import assume, given
from hypothesis import strategies as st

from ...declaration import GOOD, SCHEMA, spoilt

TODAY = date(2026, 11, 24)
VIEW = DirectoryView(
    {
        login: Person(login, f"uid={login}", frozenset({kind}))
        for login, kind in (("ajanssens", "staff"), ("bpeeters", "staff"), ("cdevos", "student"), ("hgast", "affiliate"))
    },
    {},
)


def excepting(rule: str, until: str = "2027-11-24") -> str:
    return f'exceptions: [{{rule: {rule}, reason: adopted, until: "{until}"}}]\n'


def check(text: str, name: str = "labo.info", view: DirectoryView | None = None, today: date | None = TODAY) -> Validation:
    return validate([Source(f"mailboxes/{name}.yml", text.encode())], SCHEMA, view, today)


def found(validation: Validation) -> set[tuple[str, str]]:
    return {(finding.rule, finding.severity) for finding in validation.findings}


BROKEN = {
    "address-length": ("address: twenty.letters567890@UGent.be", "twenty.letters567890"),
    "address-characters": ("address: labo_info@UGent.be", "labo_info"),
    "address-first-letter": ("address: 1labo@UGent.be", "1labo"),
    "address-dots": ("address: a.b.c@UGent.be", "a.b.c"),
    "address-reserved": ("address: support@UGent.be", "support"),
    "members-maximum": ("members: [a1, a2, a3, a4, a5, a6, a7]", "labo.info"),
    "members-minimum": ("members: []", "labo.info"),
    "quota-maximum": ("quota_gb: 80", "labo.info"),
    "member-eligible": ("members: [ajanssens, hgast]", "labo.info"),
    "members-staff": ("members: [cdevos]", "labo.info"),
    "requester-staff": ("requested_by: cdevos", "labo.info"),
    "use-distribution-list": ("purpose: Een congres", "labo.info"),
    "hard-to-type": ("address: lab0x@UGent.be", "lab0x"),
    "likely-abbreviation": ("address: vtk.info@UGent.be", "vtk.info"),
    "text-as-pasted": ("purpose: \u201cVragen\u201d", "labo.info"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_waived_until_its_day_and_comes_back_after_it(rule: str) -> None:
    line, name = BROKEN[rule]
    text = spoilt(line).replace("{info: informatica}", "{}")
    view = VIEW if rule in DIRECTORY_RULES else None
    bare = check(text, name, view)
    assert rule in {finding.rule for finding in bare.findings}
    (waived,) = check(text + excepting(rule), name, view).mailboxes
    assert (waived.name, waived.exceptions) == (name, ((rule, "adopted", "2027-11-24"),))
    assert rule not in {finding.rule for finding in check(text + excepting(rule, "2026-11-24"), name, view).findings}
    ended = check(text + excepting(rule, "2026-11-23"), name, view)
    assert [finding.severity for finding in ended.findings if finding.rule == rule] == [
        finding.severity for finding in bare.findings if finding.rule == rule
    ]
    assert any("(the exception for this ended on 2026-11-23)" in finding.message for finding in ended.findings)


def test_every_rule_that_can_be_waived_is_tried() -> None:
    assert BROKEN.keys() == WAIVABLE | SCHEMA.waivable


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("yaml", "can never be waived"),
        ("schema", "can never be waived"),
        ("address-domain", "can never be waived"),
        ("address-unique", "can never be waived"),
        ("address-in-use", "can never be waived"),
        ("file-name", "can never be waived"),
        ("exception-impossible", "can never be waived"),
        ("members-maximun", "there is no rule members-maximun; did you mean members-maximum?"),
        ("nonsense", "there is no rule nonsense; an exception can be made for address-characters"),
    ],
)
def test_what_cannot_be_waived_is_an_error(rule: str, words: str) -> None:
    validation = check(GOOD + excepting(rule))
    assert found(validation) == {("exception-impossible", "error")}
    assert words in validation.findings[0].message
    assert validation.findings[0].line == 9


@pytest.mark.parametrize(
    "local", ["lab'o", "lab o", "lab/o", "lab\\\\o", "lab*", "lab%", "läbo", "-labo", "labo..x", "labo.", ".labo", "a" * 65]
)
@pytest.mark.parametrize("rule", ["address-characters", "address-first-letter", "address-dots", "address-length"])
def test_what_could_harm_a_server_is_never_waived(local: str, rule: str) -> None:
    text = spoilt(f'address: "{local}@UGent.be"').replace("{info: informatica}", "{}")
    exceptions = "".join(
        f"  - {{rule: {one}, reason: x, until: 2027-11-24}}\n"
        for one in ("address-characters", "address-first-letter", "address-dots", "address-length")
    )
    validation = check(text + "exceptions:\n" + exceptions, local)
    assert validation.mailboxes == []
    assert any("(no exception can allow this)" in finding.message for finding in validation.findings if finding.severity == "error")


@pytest.mark.parametrize("name", ["anyone", "cyrus", "root"])
def test_an_account_of_a_server_is_never_waived(name: str) -> None:
    text = spoilt(f"address: {name}@UGent.be").replace("{info: informatica}", "{}")
    assert check(text + excepting("address-reserved"), name).mailboxes == []


def test_more_than_fifty_members_are_never_waived() -> None:
    for count, allowed in ((50, True), (51, False)):
        line = f"members: [{', '.join(f'a{number}' for number in range(count))}]"
        assert bool(check(spoilt(line) + excepting("members-maximum")).mailboxes) is allowed


def test_an_exception_that_waives_nothing_is_a_warning_and_no_error() -> None:
    validation = check(GOOD + excepting("members-maximum"))
    assert found(validation) == {("exception-unused", "warning")}
    assert len(validation.mailboxes) == 1


def test_a_directory_rules_exception_is_judged_with_the_directory_only() -> None:
    assert found(check(GOOD + excepting("members-staff"))) == set()
    assert found(check(GOOD + excepting("members-staff"), view=VIEW)) == {("exception-unused", "warning")}


def test_an_exception_that_ends_soon_is_a_warning() -> None:
    text = spoilt(BROKEN["members-maximum"][0])
    assert found(check(text + excepting("members-maximum", "2026-12-23"))) == {("exception-ending", "warning")}
    assert found(check(text + excepting("members-maximum", "2026-12-24"))) == set()


def test_without_a_day_no_exception_has_ended() -> None:
    assert check(spoilt(BROKEN["members-maximum"][0]) + excepting("members-maximum", "2000-01-01"), today=None).mailboxes


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("exceptions: [{rule: members-maximum, reason: x, until: 2027-02-30}]", "there is no day 2027-02-30"),
        ("exceptions: [{rule: members-maximum, reason: x, until: soon}]", "soon is not a date"),
        ("exceptions: [{rule: members-maximum, until: 2027-01-01}]", "the key reason is missing"),
        ("exceptions: members-maximum", "exceptions must be a list"),
        ("exceptions: [members-maximum]", "must be a mapping"),
        ("exceptions: [{rule: [x], reason: x, until: 2027-01-01}]", "rule must be text"),
    ],
)
def test_a_badly_written_exception_is_said_and_gives_no_mailbox(line: str, words: str) -> None:
    validation = check(spoilt(BROKEN["members-maximum"][0]) + line + "\n")
    assert validation.mailboxes == []
    assert words in " ".join(finding.message for finding in validation.findings)


def test_a_date_needs_no_quotes_and_the_later_of_two_counts() -> None:
    items = "".join(f"  - {{rule: members-maximum, reason: x, until: {day}}}\n" for day in ("2026-01-01", "2027-11-24", "2026-01-02"))
    assert found(check(spoilt(BROKEN["members-maximum"][0]) + "exceptions:\n" + items)) == set()


def test_a_mailbox_keeps_its_exceptions_on_its_way_between_modules() -> None:
    (one,) = check(spoilt(BROKEN["members-maximum"][0]) + excepting("members-maximum")).mailboxes
    assert Mailbox.from_dict({**one.as_dict(), "exceptions": [list(item) for item in one.exceptions]}) == one
    assert Mailbox.from_dict({name: value for name, value in one.as_dict().items() if name != "exceptions"}).exceptions == ()


@pytest.mark.parametrize("line", ["purpose: TODO say it", "requested_by: TODO", "unit: {type: TODO, name: TODO}", "display_name: TODO"])
def test_what_is_still_to_be_written_is_said_once_in_its_place(line: str) -> None:
    validation = check(spoilt(line), view=VIEW)
    assert {finding.rule for finding in validation.findings} == {"todo"}
    assert all("is still to be written: fill in" in finding.message and finding.line == 8 for finding in validation.findings)


SAFE = set(string.ascii_letters + string.digits + "._-")
EVERYTHING = excepting("x").replace("[{rule: x, reason: adopted, until: \"2027-11-24\"}]", "").strip() + "\n" + "".join(
    f"  - {{rule: {rule}, reason: x, until: 2027-11-24}}\n" for rule in sorted(SCHEMA.waivable | WAIVABLE)
)  # fmt: skip


@given(st.text(alphabet=st.sampled_from([*sorted(SAFE), *"'\"\\/ *%@()+=,;<>|&`$\n\0é"]), min_size=1, max_size=70))
def test_whatever_is_waived_an_address_is_of_safe_characters(local: str) -> None:
    assume("\0" not in local)
    quoted = '"' + local.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '@UGent.be"'
    text = spoilt(f"address: {quoted}").replace("{info: informatica}", "{}")
    for mailbox in check(text + EVERYTHING, local.lower()).mailboxes:
        assert set(mailbox.name) <= SAFE
        assert mailbox.name[0].isalnum()
        assert ".." not in mailbox.name
        assert len(mailbox.name) <= 64
