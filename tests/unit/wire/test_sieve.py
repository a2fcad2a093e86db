from __future__ import annotations

import sys

import pytest
from ansible.module_utils.postroom.wire.sieve import ACTIONS, CONTROLS, TESTS, Include, Sending, SieveScript, parse_script
from hypothesis import example, given
from hypothesis import strategies as st

TO = "a@x.be"


def sent(script: str) -> list[tuple[str, str]]:
    parsed = parse_script(script.encode())
    assert parsed.error == ""
    return [(one.action, one.target) for one in parsed.sendings]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        ("keep;", []),
        ('redirect "a@x.be";', [("redirect", TO)]),
        ('REDIRECT "a@x.be";', [("redirect", TO)]),
        ('require ["copy"]; redirect :copy "a@x.be";', [("redirect :copy", TO)]),
        ('require "copy"; redirect :COPY "a@x.be";', [("redirect :copy", TO)]),
        ('redirect text:\r\na@x.be\r\n.\r\n;', [("redirect", TO)]),
        ('redirect "a\\@x.be";', [("redirect", TO)]),
        ('redirect "An <a@x.be>";', [("redirect", "An <a@x.be>")]),
        ('redirect :notify "NEVER" :ret "HDRS" :bytimerelative 600 :bymode "return" "a@x.be";', [("redirect", TO)]),
        ('if true { redirect "a@x.be"; }', [("redirect", TO)]),
        ('if true { keep; } elsif false { keep; } else { if not true { redirect "a@x.be"; } }', [("redirect", TO)]),
        ('if anyof (not header :is ["a","b"] "c", allof (true, size :over 1M)) { redirect "a@x.be"; stop; }', [("redirect", TO)]),
        ('if address :all :comparator "i;ascii-numeric" :value "ge" ["from"] ["5"] { redirect "a@x.be"; }', [("redirect", TO)]),
        ('# redirect "a@x.be";\n/* redirect "a@x.be"; */ keep;', []),
        ('vacation text:\nredirect "a@x.be";\n..\n.\n;', []),
        ('vacation "redirect \\"a@x.be\\";"; reject "no"; ereject "no";', []),
        ('discard; redirect "a@x.be"; redirect "b@x.be"; redirect "a@x.be";', [("redirect", TO), ("redirect", "b@x.be")]),
        ('notify :importance "1" :message "x" "mailto:a@x.be?cc=b@x.be";', [("notify", "mailto:a@x.be?cc=b@x.be")]),
        ('notify :options ["x=y"] "mailto:a@x.be";', [("notify", "mailto:a@x.be")]),
        ('notify :method "mailto" :options ["a@x.be", "b@x.be"] :message "x";', [("notify", TO), ("notify", "b@x.be")]),
        ('notify :method "mailto" :message "x";', [("notify", "")]),
        ('notify :low;', [("notify", "")]),
        ('require "vnd.cyrus.snooze"; addheader "X" "y"; snooze :mailbox "a" "12:00"; redirect "a@x.be";', [("redirect", TO)]),
    ],
)  # fmt: skip
def test_what_a_script_sends_elsewhere(script: str, expected: list[tuple[str, str]]) -> None:
    assert sent(script) == expected


@pytest.mark.parametrize("target", ["${who}", "x${hex:40}y.be", "${1}@x.be"])
def test_an_address_that_is_made_up_later_is_not_known(target: str) -> None:
    assert parse_script(f'redirect "{target}";'.encode()).sendings == (Sending("redirect", target, is_known=False),)


def test_the_members_of_a_list_are_not_known() -> None:
    assert parse_script(b'redirect :list "urn:friends";').sendings == (Sending("redirect", "urn:friends", is_known=False),)


@pytest.mark.parametrize(("script", "expected"), [('redirect "a";', False), ('if true { redirect "a"; }', True),
                                                 ('redirect "a"; if true { redirect "a"; }', False)])  # fmt: skip
def test_whether_it_is_for_some_mail_only(script: str, expected: bool) -> None:
    assert [one.is_conditional for one in parse_script(script.encode()).sendings] == [expected]


def test_includes() -> None:
    script = (
        b'require "include"; include "a"; include :personal :once "b"; if true { include :global :optional "c"; } return; global ["x"];'
    )
    assert parse_script(script) == SieveScript(includes=(Include("a"), Include("b"), Include("c", is_global=True)))


@pytest.mark.parametrize(
    "script",
    ["frobnicate;", 'if unheard-of "x" { keep; }', 'redirect "a@x.be"', 'redirect "a@x.be', "if true { keep;", "keep; }", "/* keep;", "if;",
     'ihave "x"; keep;', "\ufeffkeep;", "text:\nx", 'keep; redirect "a@x.be" # ;', "include"],
)  # fmt: skip
def test_what_cannot_be_read_is_never_a_script_that_does_nothing(script: str) -> None:
    parsed = parse_script(script.encode())
    assert parsed.error
    assert (parsed.sendings, parsed.includes) == ((), ())


def test_bytes_that_are_no_text() -> None:
    assert parse_script(b'redirect "\xff@x.be";').error
    assert parse_script(b"\0").error


def test_nesting_beyond_what_python_recurses() -> None:
    depth = sys.getrecursionlimit() + 1
    assert sent("if true {" * depth + 'redirect "a@x.be";' + "}" * depth) == [("redirect", TO)]
    assert sent("if " + "not " * depth + 'true { redirect "a@x.be"; }') == [("redirect", TO)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('if false { redirect "a@x.be"; }', [True]),
        ('if false # true\n{ if true { redirect "a@x.be"; } }', [True]),
        ('if true { keep; } elsif false { redirect "a@x.be"; }', [True]),
        ('if false { redirect "a@x.be"; } redirect "a@x.be";', [False]),
        ('if false { keep; } else { redirect "a@x.be"; }', [False]),
        ('if not false { redirect "a@x.be"; }', [False]),
        ('if anyof (false, true) { redirect "a@x.be"; }', [False]),
        ('if ihave "x" { keep; } if false { redirect "a@x.be"; }', [False]),
    ],
)
def test_what_is_switched_off(script: str, expected: list[bool]) -> None:
    assert [one.is_off for one in parse_script(script.encode()).sendings] == expected


@pytest.mark.parametrize(
    "script",
    ['/* a **/ keep; # */ redirect "a@x.be";\r\n', 'set "a" text:\r\nhi\r\n.\r;redirect "a@x.be";\r\nset "b" text:\r\nx\r\n.\r\n;\r\n',
     'vacation text:\rx\n.\n; redirect "a@x.be";', 'if header :comparator /*x*/ "i;octet" "a" "b" { redirect "a@x.be"; }'],
)  # fmt: skip
def test_where_the_server_may_read_otherwise_a_word_that_sends_is_doubted(script: str) -> None:
    parsed = parse_script(script.encode())
    assert (parsed.error, [one.target for one in parsed.sendings]) == ("", [TO])
    assert "the word redirect" in parsed.doubt


@pytest.mark.parametrize(
    "script",
    ['/* a **/ keep; # */ stop;\r\n', '/*****\n * a\n *****/ redirect "a@x.be";', 'redirect "a@x.be"; /* **/ /* */ keep;',
     '/* * */ notify;',
     'if header :comparator "i;octet" "a" "b" { redirect "a@x.be"; }'],
)  # fmt: skip
def test_where_both_read_the_same_or_no_such_word_follows_nothing_is_doubted(script: str) -> None:
    parsed = parse_script(script.encode())
    assert (parsed.error, parsed.doubt) == ("", "")


@pytest.mark.parametrize(
    "script",
    ['require "vnd.cyrus.imip";\r\nprocessimip;\r\n', 'require "ihave";\r\nif not ihave "copy" { error "no copy here"; }\r\nkeep;\r\n',
     'require "vacation";\nvacation "a\\\nb";\n', 'if ihave "x" { frobnicate :y "z"; }', 'if allof (ihave "x", frob "y") { keep; }',
     'if ihave "x" { keep; } else { frobnicate { stop; } }'],
)  # fmt: skip
def test_what_cyrus_takes_and_sends_nothing_on(script: str) -> None:
    assert parse_script(script.encode()) == SieveScript()


@pytest.mark.parametrize(
    "script", ['if ihave "x" { keep; } frobnicate;', 'if ihave "x" { xredirect "a@x.be"; }', "if true { frobnicate; }", 'if "a" ["b", {};']
)
def test_what_nothing_guards_is_not_read(script: str) -> None:
    assert parse_script(script.encode()).error


WORDS = [*sorted(TESTS | ACTIONS | CONTROLS), "if", "elsif", "else", "not", "anyof", "allof", "true", "require", "{", "}", "(", ")", "[",
         "]", ";", ",", ":copy", ":is", '"a@x.be"', '"', "text:", "\n.\n", "#", "/*", "*/", "5K", "\\", "frobnicate"]  # fmt: skip


@given(st.binary(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=30).map(lambda words: " ".join(words).encode()))
@example(b"require")
@example(b"if (")
def test_garbage_is_a_script_or_an_error_and_never_more(text: bytes) -> None:
    parsed = parse_script(text)
    assert not (parsed.error and parsed.sendings)


BLOCKS = st.recursive(
    st.sampled_from(["keep;", "discard;", 'fileinto "x";', 'redirect "a@x.be";', "stop;", "# redirect\n", 'vacation "redirect";']),
    lambda inner: st.tuples(
        st.sampled_from(["true", "not true", 'header :contains "a" ["b", "c"]', 'anyof (true, size :over 5K, not exists "x")']),
        st.lists(inner, max_size=3), st.lists(inner, max_size=3),
    ).map(lambda parts: f"if {parts[0]} {{ {' '.join(parts[1])} }} else {{ {' '.join(parts[2])} }}"),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(BLOCKS, max_size=4).map(" ".join))
def test_a_redirect_is_found_wherever_it_stands(script: str) -> None:
    assert [target for _, target in sent(script)] == ([TO] if "redirect " in script else [])
