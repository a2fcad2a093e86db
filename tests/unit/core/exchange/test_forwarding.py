from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.postroom.core.exchange.forwarding import RuledMailbox, chosen, exchange_forwarding, plan_rule_removal
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy
from ansible.module_utils.postroom.core.plan import Detail
from ansible.module_utils.postroom.wire.exchange_objects import MailboxRecord
from ansible.module_utils.postroom.wire.exchange_rules import ForwardingRecord, RuleRecord

from ...declaration import mailbox

POLICY = ExchangePolicy()
OWN = frozenset({"labo.info@ugent.be"})
FEIGNED = '"[SMTP:labo.info@ugent.be]" [SMTP:a@x.be]'
THIEF = '"a@x.be" [SMTP:a@x.be]'


def record(mark: str = "postroom:labo.info", address: str = "Labo.Info@UGent.be", **settings: Any) -> ForwardingRecord:
    settings = {"PrimarySmtpAddress": address, "Alias": "alias", **settings}
    return ForwardingRecord(
        MailboxRecord("ugent.be/Mail/labo", "CN=labo", settings, frozenset({address.lower()}), mark, on_hold=False), "/o=P/cn=labo"
    )


def rule(*targets: tuple[str, str], name: str = "r", is_enabled: bool = True, is_hidden: bool = False) -> RuleRecord:
    return RuleRecord(name, "17", is_enabled, is_hidden, targets, {"Name": name})


def ruled(*rules: RuleRecord, is_marked: bool = True, name: str = "labo.info", **settings: Any) -> RuledMailbox:
    return RuledMailbox(name, is_marked, record(**settings), list(rules))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"DeliverToMailboxAndForward": True}, []),
        ({"ForwardingSmtpAddress": "smtp:a@x.be"}, [("ForwardingSmtpAddress", "a@x.be", True, "nothing stays in the mailbox")]),
        (
            {"ForwardingSmtpAddress": "a@x.be", "DeliverToMailboxAndForward": True},
            [("ForwardingSmtpAddress", "a@x.be", True, "a copy stays in the mailbox")],
        ),
        ({"ForwardingSmtpAddress": "SMTP:LABO.INFO@ugent.be"}, []),
        ({"ForwardingAddress": "UGENT.BE/Mail/Labo"}, []),
        (
            {"ForwardingAddress": "ugent.be/Mail/other", "ForwardingSmtpAddress": "smtp:a@x.be"},
            [
                ("ForwardingAddress", "ugent.be/Mail/other", True, "nothing stays in the mailbox"),
                ("ForwardingSmtpAddress", "a@x.be", False, "not in effect beside ForwardingAddress"),
            ],
        ),
    ],
)
def test_properties(settings: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert [(one.name, one.target, one.active, one.note) for one in exchange_forwarding(ruled(**settings))] == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rule(), []),
        (rule(("redirect", THIEF)), [("redirect", THIEF, True, "")]),
        (rule(("forward", THIEF), is_enabled=False), [("forward", THIEF, False, "")]),
        (rule(("forward", THIEF), is_hidden=True), [("forward", THIEF, True, "a hidden rule, which Outlook does not show")]),
        (rule(("forward", '"Labo" [SMTP:Labo.Info@UGent.be]'), ("redirect", '"Labo" [EX:/o=p/CN=labo]')), []),
        (rule(("forward", FEIGNED)), [("forward", FEIGNED, True, "")]),
    ],
)  # fmt: skip
def test_rules(found: RuleRecord, expected: list[tuple[Any, ...]]) -> None:
    assert [(one.action, one.target, one.active, one.note) for one in exchange_forwarding(ruled(found))] == expected


def test_a_mailbox_without_a_legacy_name_does_not_take_others_for_itself() -> None:
    one = RuledMailbox("labo.info", True, ForwardingRecord(record().mailbox, ""), [rule(("redirect", '"X" [EX:]'))])
    assert len(exchange_forwarding(one)) == 1


@pytest.mark.parametrize(
    ("record_", "others", "expected"),
    [
        (record(), [], [("labo.info", True)]),
        (record(mark=""), [], [("labo.info", False)]),
        (record(mark="", address="x@ugent.be"), [], []),
        (record(mark="", address="X@ugent.be"), ["x"], [("x", False)]),
        (record(mark="postroom:gone"), [], []),
        (record(mark="postroom:gone"), ["*"], [("gone", True)]),
    ],
)
def test_which_mailboxes_are_looked_at(record_: ForwardingRecord, others: list[str], expected: list[tuple[str, bool]]) -> None:
    found = chosen([record_], [mailbox(backend="exchange")], others, POLICY)
    assert [(one.name, one.is_marked) for one in found] == expected


def removal(one: RuledMailbox, **keys: Any) -> tuple[list[str], list[str], list[str]]:
    plan, copies = plan_rule_removal([one], [mailbox(**{"backend": "exchange", **keys})], POLICY)
    commands = [str(command) for change in plan.changes for stage in change.stages for command in stage]
    return commands, [copy.name for copy in copies], [refusal.message for refusal in plan.refusals]


def test_only_enabled_rules_that_pass_mail_on_are_removed() -> None:
    rules = rule(("redirect", THIEF), name="a"), rule(name="b"), rule(("forward", THIEF), name="c", is_enabled=False)
    assert removal(ruled(*rules)) == (["Remove-InboxRule -Mailbox 'CN=labo' -Identity '17' -Confirm:$false"], ["a"], [])


def test_a_removal_says_what_it_ends_and_keeps_all_of_the_rule() -> None:
    both = rule(("redirect", THIEF), ("forward", '"b" [SMTP:b@x.be]'), ("forward", '"me" [SMTP:labo.info@ugent.be]'))
    plan, copies = plan_rule_removal([ruled(both)], [mailbox(backend="exchange")], POLICY)
    assert plan.changes[0].details == (Detail("forwarding by inbox rule r", f'redirect to {THIEF}; forward to "b" [SMTP:b@x.be]', None),)
    assert json.loads(copies[0].content) == {"mailbox": "CN=labo", "rule": {"Name": "r"}}


def test_a_hidden_rule_is_refused_by_name() -> None:
    commands, copies, refusals = removal(ruled(rule(("redirect", THIEF), name="secret", is_hidden=True)))
    assert (commands, copies) == ([], [])
    assert "the hidden inbox rule secret" in refusals[0]


@pytest.mark.parametrize(
    ("one", "keys", "refused"),
    [
        (ruled(rule(("redirect", THIEF)), is_marked=False), {}, 1),
        (ruled(rule(("redirect", THIEF)), name="other"), {}, 0),
        (ruled(rule(("redirect", THIEF))), {"backend": "cyrus"}, 0),
        (ruled(is_marked=False), {}, 0),
    ],
)
def test_nothing_is_removed_that_is_not_ours(one: RuledMailbox, keys: dict[str, Any], refused: int) -> None:
    commands, _, refusals = removal(one, **keys)
    assert (commands, len(refusals)) == ([], refused)
