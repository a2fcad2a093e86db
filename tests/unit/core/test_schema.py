from __future__ import annotations

from ..declaration import SCHEMA, check, spoilt


def test_the_domain_and_the_defaults_come_from_the_schema() -> None:
    assert SCHEMA.domain == "UGent.be"
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
