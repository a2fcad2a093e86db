"""Whatever script Cyrus compiles, the text is never read as less than the server runs: generated scripts, ``sievec`` and ``sieved``.

No server is needed, only its tools. The examples are the same in every run.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from ansible.module_utils.postroom.wire.sieve import SieveScript, parse_script
from ansible.module_utils.postroom.wire.sieve_listing import parse_listing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOOLS = Path("/usr/lib/cyrus/bin")
REQUIRE = (
    'require ["fileinto","copy","vacation","reject","include","variables","enotify","imap4flags","encoded-character","vnd.cyrus.imip",'
    '"relational","comparator-i;ascii-numeric","editheader","envelope"];'
)

# A place between two words: mostly blanks, and what two readers may end at different places.
INSIDE = st.lists(st.sampled_from(["*", "**", " ", "/", "\n", "x", '"', 'redirect "c@x.be";', "keep;", "\r\n", "#", ";", "}"]), max_size=5)
COMMENT = INSIDE.map("".join).map(lambda text: f"/*{text.replace('*/', '')}*/")
LINE = INSIDE.map("".join).map(lambda text: "#" + text.replace("\n", " ") + "\n")
BLANK = st.sampled_from([" ", " ", "\n", "\r\n", "\t", "\r"])
GAP = st.deferred(lambda: st.integers(0, 9).flatmap(lambda number: {8: COMMENT, 9: LINE}.get(number, BLANK)))

WORDS = st.lists(st.sampled_from(["a@x.be", "redirect", ".", "..", "\\", "'", "${n}", "*/", "/*", "#", " ", "\n", "\r\n", "\r", ";", "b"]))
QUOTED = WORDS.map("".join).map(lambda text: '"' + text.replace("\\", "\\\\") + '"') | st.sampled_from(['"a\\\nb"', '"\\x"', '"\\""'])
MULTILINE = st.tuples(
    st.sampled_from(["text:\n", "text:\r\n", "TEXT: #c\r\n", "text:\r", "text: # a\rb\n"]),
    st.lists(
        st.sampled_from(["hi\n", "..\n", ".\r;keep;", '.\r; redirect "d@x.be";', 'redirect "a@x.be";\r\n', ".x\n", "\r\n"]), max_size=4
    ).map("".join),
    st.sampled_from(["\n.\n", "\n.\r\n", "\n.\r"]),
).map("".join)  # fmt: skip
STRING = st.deferred(lambda: QUOTED | MULTILINE)
ADDRESS = st.sampled_from(['"a@x.be"', '"b@x.be"', '"An <a@x.be>"', '"${n}"', '"a${hex:40}x.be"', '["a@x.be"]', "text:\na@x.be\n.\n"])
NAME = st.sampled_from(['"a"', '"${n}"'])


def words(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts with gaps between them."""
    with_gaps = [one for part in parts for one in (GAP, st.just(part) if isinstance(part, str) else part)]
    return st.deferred(lambda: st.tuples(*with_gaps[1:]).map("".join))


ACTION = st.one_of(
    *[words(name, ADDRESS, ";") for name in ("redirect", "REDIRECT", "redirect :copy", "redirect ")],
    words("notify", st.sampled_from(["", ':importance "1"', ":message"]).map(lambda tag: f"{tag} " + '"x"' * (tag == ":message")),
          '"mailto:a@x.be"', ";"),
    words("include", st.sampled_from([":personal", ":global", "", ":once"]), NAME, ";"),
    words(st.sampled_from(["vacation", "fileinto", "fileinto :copy", 'set "n"', "addflag", 'addheader "X"', "reject"]), STRING, ";"),
    words(st.sampled_from(["keep", "stop", "discard", "processimip", "return"]), ";"),
)  # fmt: skip
# Around an action: by RFC 5228 it is in a comment or in a text, and in Cyrus it runs.
AROUND = st.sampled_from(
    [("/* a **/ # */ ", "\n"), ("/***/#*/", "\n"), ("/* **/ /* */ ", ""), ('set "a" text:\nhi\n.\r;', 'set "b" text:\nx\n.\n;'), ("", "")]
)
PLACED = st.deferred(lambda: st.tuples(AROUND, ACTION).map(lambda parts: parts[0][0] + parts[1] + parts[0][1]))
TEST = st.recursive(
    st.one_of(
        st.sampled_from(["true", "false", "false", "nottrue"]), words("header", ":contains", '"x"', STRING),
        words("size", ":over", "5K"), words("header", ':value "ge" :comparator "i;ascii-numeric"', '"x"', '["5"]'),
    ),
    lambda inner: words("not", inner) | words("anyof", "(", inner, ",", inner, ")") | words("allof", "(", inner, ")"),
    max_leaves=3,
)  # fmt: skip


def branches(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, max_size=2).map("".join)
    first = words("if ", TEST, "{", block, "}")
    return st.one_of(first, words(first, "elsif ", TEST, "{", block, "}"), words(first, "else", "{", block, "}"))


SCRIPT = st.lists(st.recursive(PLACED, branches, max_leaves=5), min_size=1, max_size=4).map(lambda parts: REQUIRE + "".join(parts))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sieve")
    (made / "imapd.conf").write_text(f"configdirectory: {made}\npartition-default: {made}\n")
    return made


def compiled(folder: Path, script: bytes) -> bytes | None:
    """What ``sieved`` prints of it; None when Cyrus takes it not."""
    (folder / "script").write_bytes(script)
    command = [TOOLS / "sievec", "-C", folder / "imapd.conf", folder / "script", folder / "script.bc"]
    done = subprocess.run(command, capture_output=True, check=False)
    return subprocess.run([TOOLS / "sieved", folder / "script.bc"], capture_output=True, check=True).stdout if not done.returncode else None


def is_said(text: SieveScript, listing: SieveScript) -> bool:
    """All that the server runs is among what the text is said to do."""
    if text.error or text.doubt:
        return True
    for one in listing.sendings:
        same = [given for given in text.sendings if given.action == one.action and (given.target == one.target or not given.is_known)]
        if not any(one.is_off or not given.is_off for given in same):
            return False
    return all(
        any((given.name, given.is_global) == (one.name, one.is_global) and (one.is_off or not given.is_off) for given in text.includes)
        for one in listing.includes
    )


def test_the_text_is_never_read_as_less_than_the_server_runs(folder: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(SCRIPT)
    def compare(script: str) -> None:
        printed = compiled(folder, script.encode())
        text = parse_script(script.encode())
        if printed is None:
            seen["refused by Cyrus"] += 1
            return
        listing = parse_listing(printed)
        assert listing is not None
        assert not listing.doubt
        # What a plain look at the listing finds: no string above looks like this.
        addresses = {one.strip() for one in re.findall(r" ADDRESS\(\{\d+\}([^)]*)\)", printed.decode())}
        assert addresses == {one.target for one in listing.sendings if one.action != "notify"}
        assert is_said(text, listing), (script, text, listing)
        seen["sends" if listing.sendings else "sends nothing"] += 1
        seen["unknown"] += bool(text.error or text.doubt)

    compare()
    assert seen["sends"] > 40
    assert seen["unknown"] > 5
