from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.declarations.wording import as_pasted, likely_abbreviations
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import GOOD, check, spoilt


@pytest.mark.parametrize(
    ("local", "explained", "parts"),
    [
        ("ict.help", [], ["ict"]),
        ("ict.help", ["ict"], []),
        ("Labo.VTK", ["info"], ["VTK"]),
        ("ICT.Help", ["ict"], []),
        ("EHBO.Info", [], ["EHBO"]),
        ("LABO.INFO", [], []),
        ("labo.info", [], []),
        ("lab.de.zee", [], []),
        ("dsw2026", [], ["dsw"]),
        ("maria.v", [], []),
        ("bib.lw", ["bib"], ["lw"]),
        ("fbw", ["FBW"], []),
    ],
)
def test_what_looks_like_an_abbreviation(local: str, explained: list[str], parts: list[str]) -> None:
    assert [words.partition(" ")[0] for words in likely_abbreviations(local, explained)] == parts


def test_a_likely_abbreviation_is_a_warning_with_what_to_write() -> None:
    (finding,) = check(GOOD.replace("Labo.Info", "Ict.Help").replace("{info: informatica}", "{}"), "ict.help.yml").findings
    assert (finding.line, finding.severity) == (1, "warning")
    assert finding.message.endswith("say what it stands for, as in abbreviations: {ict: the words in full}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u201cVragen\u201d", ["\u201c in purpose is a word processor's quote, which people will see; write purpose: Vragen"]),
        ("\u2018Vragen\u2019", ["\u2018 in purpose is a word processor's quote, which people will see; write purpose: Vragen"]),
        (
            "Over \u201chet\u201d labo",
            ['\u201c in purpose is a word processor\'s quote, which people will see; write purpose: Over "het" labo'],
        ),
        ("\u201cWie: wat\u201d", ['\u201c in purpose is a word processor\'s quote, which people will see; write purpose: "Wie: wat"']),
        ("Van\u00a0studenten", ["a no-break space (U+00A0) stands in purpose, at Van studenten; type an ordinary space instead"]),
        ("L\u2019Atelier, 't labo", []),
        ('Over "het" labo', []),
    ],
)
def test_what_was_pasted_along(text: str, words: list[str]) -> None:
    assert list(as_pasted("purpose", text)) == words


@given(st.text(max_size=40), st.lists(st.text(max_size=4)))
def test_any_text_can_be_looked_at(text: str, keys: list[str]) -> None:
    assert all([*as_pasted("purpose", text), *likely_abbreviations(text, keys)])


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("purpose: Course #1: intro", 17, '#1: intro is a comment and no part of purpose, because a # after a blank begins one; if it'),
        ("display_name: Labo # tijdelijk", 20, 'write display_name: "Labo # tijdelijk"'),
        ("unit: {type: lab, name: Vakgroep #1\n  }", 34, 'write unit.name: "Vakgroep #1"'),
        ("abbreviations:\n  info: informatica #2", 21, 'write abbreviations.info: "informatica #2"'),
        ("backend: cyrus #1", 16, "#1 is a comment, because a # after a blank begins one"),
    ],
)  # fmt: skip
def test_what_a_comment_cuts_off_is_said_where_it_begins(line: str, column: int, words: str) -> None:
    (finding,) = check(spoilt(line)).findings
    assert (finding.rule, finding.severity, finding.column) == ("text-cut-off", "warning", column)
    assert words in finding.message


@pytest.mark.parametrize(
    "line",
    ["backend: cyrus # since 2020", "# purpose: a #1", "purpose: 'Course #1'", "purpose: C#1", "members: [ajanssens, # boss\n bpeeters]"],
)
def test_what_is_a_comment_or_no_comment_is_not_said(line: str) -> None:
    text = GOOD + line + "\n" if line.startswith("#") else spoilt(line)
    assert check(text).findings == []
