"""Forwarding is taken away on one path with the dry run, and never without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import Failure
from ansible.module_utils.postroom.core.forwarding import Copy, Forwarding
from ansible.module_utils.postroom.core.packed import unpack
from ansible.module_utils.postroom.core.plan import Change, Detail, SystemPlan, fingerprint
from ansible.module_utils.postroom.removal import Allowed, Looked, Server, nothing, remove

COPY = Copy("labo", "cyrus", "x", b"redirect;\xff")
CHANGE = Change("labo", "cyrus", "update", (Detail("forwarding", "redirect", None),), (("DELETESCRIPT",),))
FOUND = Forwarding("labo", "sieve", "x", "redirect", "a@x.be")


def run(
    *copied: str, dry_run: bool = False, reviewed: Any = None, failures: Sequence[Failure] = (), removal: Any = None, left: Any = ()
) -> tuple[dict[str, Any], list[Any]]:
    handed_over: list[Any] = []

    def apply(changes: Sequence[Any]) -> list[Failure]:
        handed_over.extend(changes)
        return []

    looked = Looked("cyrus", "host:4190", [FOUND], failures)
    given = removal or (SystemPlan([CHANGE], []), [COPY])
    server = Server(apply, lambda names: SystemPlan([change for change in left if change.mailbox in names], []))
    return remove(looked, given, server, allowed=Allowed(copied, reviewed), dry_run=dry_run), handed_over


def test_what_was_copied_is_handed_over_and_the_result_is_that_of_the_dry_run() -> None:
    (dry, nobody), (real, handed_over) = run(COPY.digest, dry_run=True), run(COPY.digest)
    assert dry == real
    assert (nobody, handed_over, real["changed"]) == ([], [CHANGE], True)


def test_without_a_copy_nothing_is_handed_over_and_the_run_fails() -> None:
    result, handed_over = run("another digest")
    assert (handed_over, result["failed"]) == ([], True)
    assert result["failures"][0]["mailbox"] == "labo"


@pytest.mark.parametrize(("reviewed", "made"), [(None, True), ({fingerprint(CHANGE)}, True), ({"another"}, False), (set(), False)])
def test_only_what_was_reviewed_is_handed_over(reviewed: set[str] | None, made: bool) -> None:
    result, handed_over = run(COPY.digest, reviewed=reviewed)
    assert (handed_over, "failed" not in result) == ([CHANGE] * made, made)


def test_what_is_there_all_the_same_is_a_failure() -> None:
    result, _ = run(COPY.digest, left=[CHANGE])
    assert [failure["message"] for failure in result["failures"]] == [
        "was ordered and accepted, but the server still has forwarding: redirect, not nothing"
    ]


def test_copies_travel_whole() -> None:
    (copy,) = unpack(run(dry_run=True)[0]["copies"])
    assert copy == {"file": COPY.file, "digest": COPY.digest, "content": "cmVkaXJlY3Q7/w=="}


def test_only_looking_changes_nothing() -> None:
    result, handed_over = run(removal=nothing())
    assert (result["changed"], result["copies"], handed_over, "failed" in result) == (False, "", [], False)
    assert result["forwarding"][0]["target"] == "a@x.be"


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_could_not_be_looked_at_fails_the_run_and_the_rest_is_done(dry_run: bool) -> None:
    failure = Failure("vragen", "cyrus", "host:4190", "gone")
    result, handed_over = run(COPY.digest, dry_run=dry_run, failures=[failure])
    assert (result["failed"], result["msg"], result["failures"]) == (True, str(failure), [failure.as_dict()])
    assert len(handed_over) == (not dry_run)
