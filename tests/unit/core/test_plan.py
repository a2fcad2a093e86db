from __future__ import annotations

from ansible.module_utils.postroom.core.plan import as_document, digest, join
from hypothesis import given
from hypothesis import strategies as st

from ..declaration import mailbox

CHANGE = st.builds(
    lambda name, system, action: {"mailbox": name, "system": system, "action": action, "details": [], "commands": []},
    st.sampled_from("abc"), st.sampled_from(["cyrus", "directory"]), st.sampled_from(["create", "update", "retire"]),
)  # fmt: skip


@given(st.lists(CHANGE), st.randoms())
def test_the_digest_does_not_depend_on_the_order(changes: list[dict[str, object]], random: object) -> None:
    shuffled = list(changes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(shuffled) == digest(changes)


@given(st.lists(CHANGE))
def test_the_summary_counts_each_mailbox_once(changes: list[dict[str, object]]) -> None:
    assert sum(as_document("abcd", changes)["summary"].values()) == 4


def test_a_system_without_an_answer_and_a_backend_without_a_server_are_failures() -> None:
    results = [{"system": "cyrus", "changes": [], "failures": []}, {"system": "directory", "msg": "unreachable"}]
    changes, failures = join(results, [mailbox(), mailbox(backend="exchange")])
    assert changes == []
    assert [(failure["system"], failure["mailbox"]) for failure in failures] == [("directory", ""), ("exchange", "labo.info")]
