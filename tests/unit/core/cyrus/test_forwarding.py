from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.cyrus.forwarding import (
    StoredScript,
    plan_sieve_removal,
    redirecting,
    sieve_forwarding,
    sieve_forwardings,
)
from ansible.module_utils.postroom.core.plan import Detail
from hypothesis import given
from hypothesis import strategies as st

OWN = {"labo.info@ugent.be", "labo.inko@ugent.be"}


def script(text: str, name: str = "x", is_active: bool = True, listing: bytes | None = None) -> StoredScript:
    return StoredScript(name, text.encode(), is_active, listing)


def found(*scripts: StoredScript) -> list[tuple[str, str, str, bool]]:
    return [(one.name, one.action, one.target, one.active) for one in sieve_forwarding("labo.info", OWN, scripts)]


@pytest.mark.parametrize(
    ("target", "is_own"),
    [("labo.info@ugent.be", True), ("Labo.Info@UGent.BE", True), ("labo.info@ugent.be.example.org", False),
     ("labo.in\u212ao@ugent.be", False),
     ("labo.info@ugent.be, a@x.be", False), ("a@x.be <labo.info@ugent.be>", False), ("${x}", False)],
)  # fmt: skip
def test_to_the_mailbox_itself_is_no_forwarding(target: str, is_own: bool) -> None:
    assert bool(found(script(f'redirect "{target}";'))) != is_own
    assert bool(found(script(f'notify "mailto:{target}";'))) != is_own


def test_blanks_around_an_address_do_not_count() -> None:
    assert found(script('redirect " labo.info@ugent.be";')) == []


def test_a_script_that_is_not_active_is_told_apart() -> None:
    scripts = script('redirect "a@x.be";'), script('redirect "b@x.be";', "y", is_active=False)
    assert found(*scripts) == [("x", "redirect", "a@x.be", True), ("y", "redirect", "b@x.be", False)]


def test_what_the_active_script_includes_is_in_effect() -> None:
    scripts = [
        script('include "b";', "a"), script('include :personal "c"; include "a"; include "none";', "b", is_active=False),
        script('redirect "a@x.be";', "c", is_active=False), script('include "c";', "d", is_active=False),
    ]  # fmt: skip
    assert found(*scripts) == [("c", "redirect", "a@x.be", True)]
    assert found(*scripts[1:]) == [("c", "redirect", "a@x.be", False)]


def test_an_include_of_which_the_name_is_made_up_may_be_of_any_script() -> None:
    main = script('include :personal "${n}";', "main")
    forward = script('redirect "a@x.be";', "fwd", is_active=False)
    (one,) = sieve_forwarding("labo.info", OWN, [main, forward])
    assert (one.name, one.active, one.note) == ("fwd", True, "script main may include it, by a name that is made up when mail arrives")
    assert found(script('include "${n}";', "main", is_active=False), forward) == [("fwd", "redirect", "a@x.be", False)]
    assert found(script('if false { include "${n}"; }', "main"), forward) == [("fwd", "redirect", "a@x.be", False)]


def test_a_rule_that_is_switched_off_is_not_in_effect_and_nothing_is_removed_for_it() -> None:
    ours = [script('if header "x" "y" { fileinto "Junk"; } if false { redirect "a@x.be"; include :global "g"; }')]
    assert found(*ours) == [("x", "include :global", "g", False), ("x", "redirect", "a@x.be", False)]
    forwarding = sieve_forwardings({"labo.info": ours}, {})
    assert plan_sieve_removal(forwarding, {"labo.info": ours}, {"labo.info"})[0].changes == []


NO_ACTION = b"\nBytecode version: 31\nRequire:\n\n0005: STOP\nfull len is: 6\n"
STRANGE = NO_ACTION.replace(b"STOP", b"FORWARD")


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (NO_ACTION, []),
        (b"not a bytecode file", [("x", "redirect", "a@x.be", True)]),
        (None, [("x", "redirect", "a@x.be", True)]),
        (STRANGE, [("x", "redirect", "a@x.be", True), ("x", "unknown", "", True)]),
    ],
)
def test_what_the_server_compiled_counts_as_far_as_it_is_known(listing: bytes | None, expected: list[tuple[str, str, str, bool]]) -> None:
    assert found(script('redirect "a@x.be";', listing=listing)) == expected


def test_a_script_that_may_be_read_otherwise_is_reported_beside_what_it_sends() -> None:
    forwarding = sieve_forwarding("labo.info", OWN, [script('/* **/ redirect "a@x.be"; /* */')])
    assert [(one.action, one.note.partition(":")[0]) for one in forwarding] == [
        ("unknown", "the script may send more than is known here, so look at it")
    ]


def test_a_global_script_of_the_same_name_is_another() -> None:
    scripts = script('include :global "c";', "a"), script('redirect "a@x.be";', "c", is_active=False)
    assert found(*scripts) == [("a", "include :global", "c", True), ("c", "redirect", "a@x.be", False)]


@pytest.mark.parametrize("is_active", [True, False])
def test_a_script_that_cannot_be_read_is_reported(is_active: bool) -> None:
    (one,) = sieve_forwarding("labo.info", OWN, [script('frobnicate; redirect "a@x.be";', is_active=is_active)])
    assert (one.action, one.active) == ("unknown", is_active)
    assert one.note == "the script cannot be read, so look at it: line 1: unknown command 'frobnicate'"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('redirect "a@x.be";', ""),
        ('if true { redirect "a@x.be"; }', "for some mail only"),
        ('redirect "${a}";', "the address is made up when mail arrives"),
        ('notify "mailto:a@x.be";', "a notice about the mail, not the mail itself"),
    ],
)
def test_notes(text: str, note: str) -> None:
    assert [one.note for one in sieve_forwarding("labo.info", OWN, [script(text)])] == [note]


def test_of_a_mailbox_that_no_file_declares_the_address_is_not_known() -> None:
    scripts = {name: [script('redirect "labo.info@ugent.be";')] for name in ("labo.info", "other")}
    assert [one.mailbox for one in sieve_forwardings(scripts, {"labo.info": "Labo.Info@UGent.be"})] == ["other"]


def test_a_removal_deactivates_before_it_deletes_and_keeps_what_it_deletes() -> None:
    texts = [
        script('include "sub"; include "other"; keep;', "main"),
        script('redirect "a@x.be"; redirect "b@x.be";', "sub", is_active=False),
        script('notify "mailto:a@x.be";', "other", is_active=False),
        script('redirect "c@x.be";', "spare", is_active=False),
    ]
    forwarding = sieve_forwardings({"labo.info": texts}, {})
    assert redirecting(forwarding) == ["labo.info"]
    plan, copies = plan_sieve_removal(forwarding, {"labo.info": texts}, {"labo.info"})
    (change,) = plan.changes
    assert change.details == (Detail("forwarding by Sieve script sub", "redirect to a@x.be; redirect to b@x.be", None),)
    assert [[str(one) for one in stage] for stage in change.stages] == [
        ['as labo.info: SETACTIVE ""'],
        ['as labo.info: DELETESCRIPT "sub"'],
    ]
    assert [(copy.name, copy.content) for copy in copies] == [("sub", texts[1].text)]


def test_without_the_mark_nothing_is_planned() -> None:
    texts = {"labo.info": [script('redirect "a@x.be";')]}
    plan, copies = plan_sieve_removal(sieve_forwardings(texts, {}), texts, set())
    assert (plan.changes, copies, [one.mailbox for one in plan.refusals]) == ([], [], ["labo.info"])


TEXTS = st.sampled_from(
    ["keep;", 'redirect "a@x.be";', 'include "a";', 'include "b"; redirect "labo.info@ugent.be";', 'notify "mailto:a@x.be";', "bad bad"]
)


@given(st.dictionaries(st.sampled_from("abc"), TEXTS), st.sampled_from("abc"))
def test_after_a_removal_nothing_redirects_and_only_what_did_is_gone(texts: dict[str, str], active: str) -> None:
    scripts = [script(text, name, name == active) for name, text in texts.items()]
    forwarding = sieve_forwarding("labo.info", OWN, scripts)
    plan, copies = plan_sieve_removal(forwarding, {"labo.info": scripts}, {"labo.info"})
    gone = {copy.name for copy in copies}
    assert gone == {one.name for one in forwarding if one.active and one.action == "redirect"}
    left = [StoredScript(one.name, one.text, one.is_active and not plan.changes) for one in scripts if one.name not in gone]
    assert redirecting(sieve_forwarding("labo.info", OWN, left)) == []
