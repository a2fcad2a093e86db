from __future__ import annotations

import pytest
from ansible.module_utils.postroom.wire.git import NOTHING, Commit, FileStep, parse_blobs, parse_log

A, B, C = "a" * 40, "b" * 40, "c" * 40
ZERO = "0" * 40


def logged(*words: str) -> bytes:
    return "\0".join(words).encode() + b"\0"


def commit(identifier: str = A, parents: str = "", subject: str = "Add a mailbox", trailers: str = "") -> tuple[str, ...]:
    return (f"\x01{identifier}", parents, "An Helpdesk", "2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", subject, trailers)


def test_a_commit_and_what_it_did_to_each_file() -> None:
    steps = (f"\n:000000 100644 {ZERO} {B} A", "mailboxes/a.yml", f":100644 000000 {B} {ZERO} D", "mailboxes/é\x01\n.yml")
    (found,) = parse_log(logged(*commit(), *steps))
    assert found.commit == Commit(A, (), "An Helpdesk", "2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", "Add a mailbox")
    assert found.steps == (FileStep("mailboxes/a.yml", (NOTHING,), B), FileStep("mailboxes/é\x01\n.yml", (B,), NOTHING))


def test_a_merge_has_a_version_for_each_parent() -> None:
    merge = commit(parents=f"{B} {C}")
    (found,) = parse_log(logged(*merge, f"\n::100644 000000 100644 {B} {ZERO} {C} MA", "a.yml"))
    assert found.commit.parents == (B, C)
    assert found.steps == (FileStep("a.yml", (B, NOTHING), C),)


def test_trailers_name_who_reviewed() -> None:
    (found,) = parse_log(logged(*commit(trailers="Rita <r@ugent.be>\x1f<b@ugent.be>")))
    assert found.commit.reviewers == ("Rita", "<b@ugent.be>")


def test_commits_without_files_follow_each_other() -> None:
    assert [one.commit.id for one in parse_log(logged(*commit(A), *commit(B, subject="")))] == [A, B]
    assert parse_log(b"") == []


@pytest.mark.parametrize("output", [b"fatal: nothing", logged(*commit(), "\n:100644 x", "a")])
def test_anything_else_is_refused(output: bytes) -> None:
    with pytest.raises(ValueError, match="git log printed"):
        parse_log(output)


def test_contents_hold_any_bytes() -> None:
    content = b"a\n\0" + A.encode() + b" blob 3\n"
    output = b"%s blob %d\n%s\n%s missing\n%s blob 0\n\n" % (A.encode(), len(content), content, B.encode(), C.encode())
    assert parse_blobs(output) == {A: content, C: b""}
