from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.core.audit.page import DATA, POLICY, as_html, assembled
from ansible.module_utils.postroom.text import FORMULA, harmless
from hypothesis import given
from hypothesis import strategies as st

TEMPLATE = f'<p>before</p><script id="audit-data" type="application/json">{DATA}</script><p>after</p>'


class Texts(HTMLParser):
    """What a browser's parser sees: the elements in their order, and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append([tag, ""])

    def handle_data(self, data: str) -> None:
        self.elements[-1][1] += data


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "&lt;", "\u2028\u2029", "\ud800", DATA, "\\u003c", "\0"]
)
def test_the_data_stay_in_their_element(text: str) -> None:
    html = as_html(TEMPLATE, {"value": text})
    elements = Texts(html).elements
    assert [tag for tag, _ in elements] == ["p", "script", "p"]
    assert json.loads(elements[1][1]) == {"value": text}
    assert html.isascii()


@given(
    st.recursive(st.text() | st.none() | st.integers() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_whatever_the_data_are_they_come_back(value: Any) -> None:
    html = as_html(TEMPLATE, {"value": value})
    data = html.removeprefix(TEMPLATE.partition(DATA)[0]).removesuffix(TEMPLATE.partition(DATA)[2])
    assert not set(data) & set("<>&\u2028\u2029")
    assert json.loads(data) == {"value": value}


@pytest.mark.parametrize("template", ["", "<p></p>", DATA * 2])
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="must contain __AUDIT_JSON__ once"):
        as_html(template, {})


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_parts_are_put_in_their_places_and_only_they_are_allowed() -> None:
    template = f'{POLICY}<link rel="stylesheet" href="a.css"><b></b><script src="b.js"></script><script src="c.js"></script>'
    html = assembled(template, {"a.css": r"p{content:'\1é'}", "b.js": "b()", "c.js": r"/\d/", "other.js": "x"})
    assert html.endswith(r"<style>p{content:'\1é'}</style><b></b><script>b()</script><script>/\d/</script>")
    policy = html.partition('content="')[2].partition('"')[0].split("; ")
    assert policy == [
        "default-src 'none'", "base-uri 'none'", "form-action 'none'",
        "style-src " + digest("p{content:'\\1é'}"), f"script-src {digest('b()')} " + digest(r"/\d/"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "needs b.js"),
        ({"b.js": "'</SCRIPT>'"}, "must not contain </script"),
        ({"b.js": "'<!--'"}, "must not contain </script or <!--"),
    ],
)
def test_a_part_that_is_missing_or_ends_its_own_element_is_refused(parts: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        assembled('<script src="b.js"></script>', parts)


def test_both_exports_have_one_guard_against_formulas() -> None:
    script = Path(__file__).parents[4] / "roles/audit/files/audit_text.js"
    assert re.findall(r"^const FORMULA = /\^(.+)/;$", script.read_text(), re.MULTILINE) == [FORMULA.pattern]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("=1", "'=1"), (" +1", "' +1"), ("\ufeff-1", "'\ufeff-1"), ("\uff20x", "'\uff20x"), ("\t1", "'\t1"), ("a=1", "a=1"), ("", "")],
)
def test_a_formula_stays_text(value: str, shown: str) -> None:
    assert harmless(value) == shown
