from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible.module_utils.postroom.core.run.provenance import Provenance, ProvenanceError, objection, opened, sealed

KEY, OTHER = "k" * 64, "x" * 64
PLAN = b'{"changes": []}'
MADE = Provenance("1217", 7, "c0ffee", "main", "f00d", 6, "2026-11-27T10:00:00+00:00")
EXPECTED = {"project": "1217", "merge_request": 7, "source": "c0ffee", "target_branch": "main", "job": 6}
MERGED = "2026-11-27T12:00:00.000+01:00"


def test_what_was_sealed_is_opened_with_the_same_key() -> None:
    text = sealed(MADE, PLAN, KEY)
    assert opened(text.encode(), PLAN, KEY) == MADE
    assert KEY not in text


@pytest.mark.parametrize(
    ("change", "plan", "key", "said"),
    [
        ({}, PLAN, OTHER, "its seal was not made with POSTROOM_PLAN_KEY"),
        ({"merge_request": 8}, PLAN, KEY, "its seal was not made with POSTROOM_PLAN_KEY"),
        ({"made": "2020-01-01T00:00:00+00:00"}, PLAN, KEY, "its seal was not made with POSTROOM_PLAN_KEY"),
        ({"seal": ""}, PLAN, KEY, "its seal was not made with POSTROOM_PLAN_KEY"),
        ({}, b"{}", KEY, "sealed for another plan"),
        ({}, PLAN, "", "at least 32 characters"),
    ],
)
def test_what_was_altered_or_is_of_somebody_else_is_not(change: dict[str, object], plan: bytes, key: str, said: str) -> None:
    content = json.dumps({**json.loads(sealed(MADE, PLAN, KEY)), **change}).encode()
    with pytest.raises(ProvenanceError, match=said):
        opened(content, plan, key)


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"{}", b"\xff"])
def test_what_is_no_provenance(content: bytes) -> None:
    with pytest.raises(ProvenanceError, match="not a provenance"):
        opened(content, PLAN, KEY)


def test_a_key_that_is_too_short_seals_nothing() -> None:
    with pytest.raises(ProvenanceError, match="openssl rand"):
        sealed(MADE, PLAN, "short")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"project": "9"}, "made for the project 9, and not for 1217"),
        ({"merge_request": 8}, "made for the merge request 8"),
        ({"source": "dead"}, "made for the source dead"),
        ({"target_branch": "next"}, "made for the target branch next"),
        ({"job": 5}, "made for the job 5"),
        ({"made": "2026-11-27T11:00:01+00:00"}, "after the merge"),
        ({"made": "yesterday"}, "does not say when"),
    ],
)
def test_the_plan_is_bound_to_the_merge_request(change: dict[str, object], said: str) -> None:
    found = objection(replace(MADE, **change), EXPECTED, MERGED)  # type: ignore[arg-type]
    assert said in found if said else found == ""
