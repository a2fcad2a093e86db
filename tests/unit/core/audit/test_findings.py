from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.postroom.core.access.history import Edit, History, Landing
from ansible.module_utils.postroom.core.audit.evidence import Answer, AuditFinding, Evidence
from ansible.module_utils.postroom.core.audit.findings import audit, with_authors
from ansible.module_utils.postroom.core.audit.kinds import RULES
from ansible.module_utils.postroom.core.audit.places import with_lines
from ansible.module_utils.postroom.core.declarations.parse import parse
from ansible.module_utils.postroom.core.finding import Finding
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.core.model import Mailbox, Person
from ansible.module_utils.postroom.wire.git import Commit
from hypothesis import given
from hypothesis import strategies as st

from ...audit_world import (
    ANSWERS,
    CYRUS,
    EXCHANGE,
    POLICY,
    but,
    in_directory,
    instead,
    on_cyrus,
    on_exchange,
    people,
    person,
    without,
    world,
)
from ...declaration import mailbox

BOX, ENTRY, EX = on_cyrus(CYRUS), in_directory(CYRUS), on_exchange(EXCHANGE)
EX_ENTRY = in_directory(EXCHANGE)
RETIRED = replace(CYRUS, state="retired")
BEEN = {grant.identifier: grant for grant in BOX.grants if not grant.folder}
SENT = Grant("rights", "bpeeters", "bpeeters", "lrswipkxte", "Sent")
DAYS, RECENT = "2024-01-01T00:00:00Z", "2026-11-01T00:00:00Z"


def ids(evidence: Evidence) -> list[str]:
    return [finding.id for finding in audit(evidence, POLICY)]


def forwards(**changes: Any) -> dict[str, Any]:
    return {"mailbox": "labo.info", "system": "cyrus", "kind": "sieve", "name": "x", "action": "redirect", "target": "a@b", "active": True,
            "note": "", **changes}  # fmt: skip


def live(*changed: LiveMailbox) -> Evidence:
    return world(live=instead(*changed))


def exchange_settings(**changes: Any) -> Evidence:
    return live(replace(EX, settings={**(EX.settings or {}), **changes}))


STRANGER = Grant("rights", "emaes", "emaes", "lrs")
SID = "S-1-5-21-1"

FOUND: list[tuple[str, Evidence]] = [
    ("server-unavailable", world(answers=[*ANSWERS[1:], Answer("cyrus", "imap:143", False, "refused")], live=without(BOX))),
    ("server-unavailable", world([EXCHANGE], answers=[ANSWERS[0], ANSWERS[2]], live=[EX_ENTRY])),
    ("declaration-invalid", world(invalid=[Finding("mailboxes/x.yml", 2, 1, "schema", "error", "no")])),
    ("not-read", world(answers=[*ANSWERS[:2], replace(ANSWERS[2], unread=("no ACL of user/x",))])),
    ("missing", world(live=without(BOX))),
    ("missing", world(live=without(EX_ENTRY))),
    ("collides", live(replace(BOX, is_managed=False, mark=None))),
    ("collides", live(replace(ENTRY, is_managed=False, mark=None))),
    ("collides", world(live=[*instead(), replace(BOX)])),
    ("collides", world([CYRUS], live=[BOX], people=people(person("x", addresses=frozenset({"labo.info@ugent.be"}))))),
    ("collides", world(live=[*without(EX), LiveMailbox("other", "exchange", "Ict@ugent.be")])),
    ("on-both-systems", world(live=[*instead(), replace(BOX, system="exchange", is_managed=False)])),
    ("marked-but-undeclared", world(live=[*instead(), replace(BOX, name="old")])),
    ("unmanaged", world(live=[*instead(), replace(BOX, name="old", is_managed=False)])),
    ("unmanaged", world(live=[*instead(), replace(ENTRY, name="old", address="", is_managed=False)])),
    ("member-extra", live(but(BOX, STRANGER))),
    ("member-extra", live(but(BOX, Grant("rights", "anyone", "", "lr")))),
    ("member-extra", live(but(BOX, Grant("rights", "group:all", "", "lr", "Sent")))),
    ("member-extra", live(but(EX, Grant("full access", "UGENT\\emaes", "emaes", "FullAccess")))),
    ("member-extra", live(but(EX, Grant("full access", "UGENT\\Helpdesk", "", "ReadPermission")))),
    ("member-missing", live(but(BOX, without=[one for one in BOX.grants if one.identifier == "bpeeters"]))),
    ("member-missing", live(but(BOX, without=[BEEN["bpeeters"]]))),
    ("member-missing", live(but(EX, without=[Grant("full access", "UGENT\\cdevos", "cdevos", "FullAccess")]))),
    ("rights-differ", live(but(BOX, without=[SENT]))),
    ("rights-differ", live(but(BOX, replace(SENT, rights="lr"), without=[SENT]))),
    ("rights-differ", live(but(BOX, replace(BEEN["labo.info"], rights="lrswipkxtean" + "9"), without=[BEEN["labo.info"]]))),
    ("rights-differ", live(but(BOX, Grant("rights", "bpeeters", "bpeeters", "x", deny=True)))),
    ("rights-differ", live(but(EX, Grant("full access", "UGENT\\cdevos", "cdevos", "FullAccess", deny=True)))),
    ("rights-differ", live(but(EX, Grant("full access", "UGENT\\cdevos", "cdevos", "DeleteItem")))),
    ("login-entry-differs", live(but(ENTRY, Grant("login", "emaes", "emaes")))),
    ("password-of-its-own", live(but(ENTRY, Grant("login", "********")))),
    ("login-cache", world(answers=(Answer("cyrus", "imap:143", login_caches=("/run/saslauthd/cache.mmap",)), *ANSWERS[1:]))),
    ("login-entry-differs", live(but(ENTRY, without=[Grant("login", "bpeeters", "bpeeters")]))),
    ("login-entry-differs", live(but(EX_ENTRY, Grant("login", "cdevos", "cdevos")))),
    ("login-entry-differs", live(replace(ENTRY, is_retired=True))),
    ("login-entry-differs", live(replace(ENTRY, backend=None))),
    ("login-entry-differs", live(replace(ENTRY, address="other@UGent.be"))),
    ("send-as-differs", live(but(EX, Grant("send as", "UGENT\\emaes", "emaes", "Send-As")))),
    ("send-as-differs", live(but(EX, without=[Grant("send as", "UGENT\\cdevos", "cdevos", "Send-As")]))),
    ("send-as-differs", live(but(EX, Grant("send as", "UGENT\\cdevos", "cdevos", "Send-As", deny=True)))),
    ("send-as-differs", live(but(EX, Grant("send on behalf", "ugent.be/Users/C", "cdevos")))),
    ("send-as-differs", live(but(ENTRY, Grant("owner", "uid=emaes,ou=people", "emaes")))),
    ("send-as-differs", live(but(ENTRY, without=[Grant("owner", "uid=bpeeters,ou=people", "bpeeters")]))),
    ("quota-differs", live(replace(BOX, quota_kib=None))),
    ("quota-differs", exchange_settings(IssueWarningQuota="1MB")),
    ("settings-differ", exchange_settings(DisplayName="Other")),
    ("settings-differ", exchange_settings(HiddenFromAddressListsEnabled=True)),
    ("settings-differ", live(replace(ENTRY, display_name="Other"))),
    ("settings-differ", live(replace(ENTRY, settings={"purpose": "Other"}))),
    ("forwarding-set", world(forwarding=[forwards()])),
    ("forwarding-set", exchange_settings(ForwardingSmtpAddress="smtp:a@b")),
    ("forwarding-inactive", world(forwarding=[forwards(active=False)])),
    ("orphan-grant", live(but(BOX, Grant("rights", "gone", "gone", "lrs")))),
    ("orphan-grant", live(but(EX, Grant("full access", SID, "", "FullAccess")))),
    ("orphan-grant", live(but(EX, Grant("send as", SID, "", "Send-As")))),
    ("orphan-grant", live(but(ENTRY, Grant("login", "gone", "gone")))),
    ("orphan-grant", live(but(ENTRY, Grant("owner", "uid=gone,ou=people")))),
    ("member-account-ended", world(people=people(person("cdevos", active=False)))),
    ("member-account-ended", world([EXCHANGE], people={"bpeeters": person("bpeeters"), "ajanssens": person("ajanssens")})),
    ("member-not-eligible", world(people=people(person("cdevos", affiliations=frozenset({"affiliate"}))))),
    ("member-left-no-staff", world([EXCHANGE], people=people(person("bpeeters", affiliations=frozenset({"student"}))))),
    ("requester-left", world([EXCHANGE], people=people(person("ajanssens", active=False)))),
    ("over-quota", live(replace(BOX, used_kib=5242880))),
    ("nearly-full", live(replace(BOX, used_kib=4718592))),
    ("exception", world([replace(CYRUS, exceptions=(("members-maximum", "adopted", "2026-11-24"),)), EXCHANGE])),
    ("unused", live(replace(BOX, last_mail=DAYS))),
    ("unused", live(replace(EX, last_mail=DAYS, last_login=DAYS))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "evidence"), FOUND, ids=[f"{number}-{rule}" for number, (rule, _) in enumerate(FOUND)])
def test_each_difference_is_one_finding(rule: str, evidence: Evidence) -> None:
    assert ids(evidence) == [rule]


def test_every_kind_of_finding_is_made_by_a_test() -> None:
    assert {rule for rule, _ in FOUND} == set(RULES)


NOTHING: dict[str, Evidence] = {
    "as declared": world(),
    "retired": world([RETIRED, replace(EXCHANGE, state="retired")]),
    "retired and never made": world([RETIRED], live=[]),
    "retired, and its people are gone": world([RETIRED], people={}),
    "a person's own mailbox": world(live=[*instead(), LiveMailbox("emaes", "cyrus")]),
    "no directory to tell whose mailboxes these are": world(
        live=[one for one in [*instead(), LiveMailbox("emaes", "cyrus")] if one.system != "directory"], people=None, answers=ANSWERS[:2]
    ),
    "an administrator's rights": live(but(BOX, Grant("rights", "cyrus", "", "lrswipkxtea"))),
    "a denial of somebody who is no member": live(but(EX, Grant("full access", "UGENT\\emaes", "emaes", "FullAccess", deny=True))),
    "a quota that is just not nearly full": live(replace(BOX, used_kib=4718591)),
    "an old mail and a recent login": live(replace(EX, last_mail=DAYS)),
    "an old mail and a recent login by the shared address": live(
        replace(BOX, last_mail=DAYS), replace(ENTRY, last_login="2026-11-01T00:00:00Z")
    ),
    "an old login that only the directory tells": live(replace(ENTRY, last_login=DAYS)),
    "no time known": live(replace(BOX, last_mail=None)),
    "IMAP that was not read": exchange_settings(ImapEnabled=None),
    "others, when only one is asked for": world(
        [CYRUS], live=[BOX, ENTRY, replace(BOX, name="old"), LiveMailbox("other", "exchange")], only=frozenset({"labo.info"})
    ),
    "a mailbox whose file is broken is not undeclared": world(
        live=[*instead(), replace(BOX, name="x")], only=frozenset({"labo.info", "ict"})
    ),
}


@pytest.mark.parametrize("evidence", NOTHING.values(), ids=NOTHING.keys())
def test_what_is_no_difference(evidence: Evidence) -> None:
    assert ids(evidence) == []


def test_a_mailbox_whose_file_is_broken_is_declared_all_the_same() -> None:
    broken = Finding("mailboxes/sub/old.yml", 3, 1, "schema", "error", "no")
    assert ids(world(live=[*instead(), replace(BOX, name="old")], invalid=[broken])) == ["declaration-invalid"]


@pytest.mark.parametrize(
    ("rule", "changed", "finding"),
    [
        ("member-eligible", person("cdevos", affiliations=frozenset({"affiliate"})), "member-not-eligible"),
        ("members-staff", person("bpeeters", affiliations=frozenset({"student"})), "member-left-no-staff"),
        ("requester-staff", person("ajanssens", active=False), "requester-left"),
    ],
)
def test_what_an_exception_allows_is_said_as_such_until_its_day(rule: str, changed: Person, finding: str) -> None:
    def world_until(day: str) -> Evidence:
        return world([replace(EXCHANGE, exceptions=((rule, "adopted", day),))], people=people(changed))

    assert ids(world_until("2026-11-24")) == ["exception"]
    assert ids(world_until("2026-11-23")) == [finding]


def test_nothing_is_missing_on_a_server_that_gave_no_answer() -> None:
    dead = [Answer(answer.system, answer.server, False, "refused") for answer in ANSWERS]
    assert ids(world(live=[], people=None, answers=dead)) == ["server-unavailable"] * 3


def test_one_finding_says_all_that_is_wrong_with_ones_rights() -> None:
    strange = [Grant("rights", "emaes", "emaes", "lrs"), Grant("rights", "emaes", "emaes", "lr", "Sent")]
    (finding,) = audit(live(but(BOX, *strange)), POLICY)
    assert finding.found == "emaes: lrs on INBOX; lr on Sent"
    assert finding.message == "emaes has access (lrs on INBOX; lr on Sent), and is no member"


def test_another_mailbox_that_has_the_address_beside_its_own_collides() -> None:
    other = LiveMailbox("other", "exchange", "other@ugent.be", settings={"EmailAddresses": "ict@ugent.be, other@ugent.be"})
    collides, _ = audit(world([EXCHANGE], live=[EX_ENTRY, other]), POLICY)
    assert (collides.id, collides.message) == ("collides", "the mailbox other on Exchange has the address Ict@UGent.be already")


@pytest.mark.parametrize("is_managed", [True, False])
def test_another_mailbox_that_takes_the_mail_of_one_that_lives_collides(is_managed: bool) -> None:
    settings = {"EmailAddresses": "Labo.Info@ugent.be, more@ugent.be, ict@ugent.be"}
    holder = replace(EX, settings={**(EX.settings or {}), **settings}, is_managed=is_managed)
    found = [finding for finding in audit(world(live=[BOX, ENTRY, holder, EX_ENTRY]), POLICY) if finding.mailbox == "labo.info"]
    message = "the mailbox ict on Exchange has the address Labo.Info@UGent.be as a further one"
    assert [(one.id, one.system, one.message) for one in found] == [("collides", "exchange", message)]


def test_access_to_a_retired_mailbox_is_extra() -> None:
    findings = audit(world([RETIRED], live=[BOX, in_directory(RETIRED)]), POLICY)
    assert {(finding.id, finding.key) for finding in findings} == {("member-extra", ("members", login)) for login in CYRUS.members}
    assert "the mailbox is retired" in findings[0].message


def test_a_mailbox_that_lives_on_the_other_system_says_so() -> None:
    (missing, *_) = audit(world([replace(CYRUS, backend="exchange")], live=[BOX, in_directory(replace(CYRUS, backend="exchange"))]), POLICY)
    assert missing.message == "it is not on Exchange: it lives on Cyrus"


def test_the_weightiest_come_first() -> None:
    found = audit(live(replace(BOX, used_kib=5242880, last_mail=DAYS), but(ENTRY, Grant("login", "emaes", "emaes"))), POLICY)
    assert [finding.severity for finding in found] == ["error", "warning", "info"]


LOGINS = ["ajanssens", "bpeeters", "emaes", "cdevos", "sdesmet"]
boxes = st.builds(
    lambda number, members, backend, quota, state: mailbox(
        address=f"Box{number}@UGent.be", members=tuple(sorted(members)), backend=backend, quota_gb=quota, state=state
    ),
    st.integers(0, 999),
    st.sets(st.sampled_from(LOGINS), min_size=1, max_size=5).filter(lambda members: members & {"ajanssens", "bpeeters", "emaes"}),
    st.sampled_from(["cyrus", "exchange"]),
    st.integers(1, 50),
    st.sampled_from(["present", "retired"]),
)


@given(st.lists(boxes, max_size=5, unique_by=lambda box: box.name))
def test_a_world_that_runs_as_declared_has_no_findings(declared: Sequence[Mailbox]) -> None:
    assert ids(world(declared)) == []


SHORT = st.text(max_size=5)
SIZES = st.none() | st.integers(0, 9)
KINDS = st.sampled_from(["rights", "full access", "send as", "send on behalf", "login", "owner"])
grants = st.builds(Grant, KINDS, SHORT, SHORT, SHORT, SHORT, st.booleans())
lives = st.builds(
    LiveMailbox, st.sampled_from(["labo.info", "ict", "x"]), st.sampled_from(["cyrus", "exchange", "directory"]), SHORT,
    grants=st.lists(grants, max_size=4).map(tuple), is_managed=st.booleans(), quota_kib=SIZES, used_kib=SIZES,
    last_mail=st.none() | st.text(max_size=3),
)  # fmt: skip


@given(st.lists(lives, max_size=6), st.booleans())
def test_whatever_runs_every_finding_is_a_known_kind(found: list[LiveMailbox], known: bool) -> None:
    assert set(ids(world(live=found, people=people() if known else None))) <= set(RULES)


COMMIT = Commit("c0ffee", (), "An Helpdesk", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z", "Add Els")


def history(*edits: tuple[str, str | None, str | None]) -> History:
    made = [Edit("labo.info", CYRUS.file, *edit, COMMIT, Landing("2026-01-06T00:00:00Z", "Boss")) for edit in edits]
    return History({"labo.info": made})


@pytest.mark.parametrize(
    ("key", "edits", "known"),
    [
        ((), [("declaration", None, CYRUS.file)], True),
        (("quota_gb",), [("declaration", None, CYRUS.file)], True),
        (("quota_gb",), [("quota_gb", "5", "10")], True),
        (("quota_gb",), [("purpose", "x", "y")], False),
        (("members", "bpeeters"), [("member", None, "bpeeters")], True),
        (("members", "emaes"), [("member", "emaes", None)], True),
        (("members", "emaes"), [("member", None, "bpeeters")], False),
        (("members",), [("member", None, "bpeeters")], True),
        ((), [], False),
    ],
)
def test_who_asked_for_it_is_who_wrote_that_place(
    key: tuple[str, ...], edits: list[tuple[str, str | None, str | None]], known: bool
) -> None:
    finding = AuditFinding("missing", "labo.info", "cyrus", "s", "m", file=CYRUS.file, key=key)
    (found,) = with_authors([finding], history(*edits))
    expected = ("An Helpdesk", "2026-01-05", "c0ffee", "Add Els", "Boss") if known else (None,) * 5
    assert (found.author, found.date, found.commit, found.subject, found.approved_by) == expected


@pytest.mark.parametrize(
    ("key", "line"),
    [((), 1), (("quota_gb",), 6), (("members",), 2), (("members", "b"), 4), (("members", "z"), 2), (("address",), 1), (("x",), 1)],
)
def test_a_finding_points_to_its_line(key: tuple[str, ...], line: int) -> None:
    document = parse(b"address: a\nmembers:\n  - A\n  - B\n\nquota_gb: 5\n")
    finding = AuditFinding("missing", "a", "cyrus", "s", "m", file="f", key=key)
    assert [found.line for found in with_lines([finding], {"f": document})] == [line]
    assert [found.line for found in with_lines([finding], {})] == [None]
