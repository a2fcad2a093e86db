"""The filters of Get-Mailbox, Get-Recipient and Get-User: the part of OPATH that Exchange's -Filter has.

``(CustomAttribute1 -eq 'postroom') -and -not (Alias -like 'test*')``. Comparisons ignore case; on a property with several values one match
is enough, and -ne and -notlike hold when none matches.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

from lab.exchange.cmdlets.view import State, View

Getter = Callable[[State, View], Any]
Properties = Mapping[str, Getter]
Test = Callable[[State], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()]) | (?P<not>!) | -(?P<operator>[A-Za-z]+) | '(?P<single>(?:[^']|'')*)' | "(?P<double>(?:[^"]|"")*)"
        | (?P<word>\$?[A-Za-z_][\w.]*) | (?P<number>-?\d+(?:\.\d+)?))""",
    re.X,
)
_DEEPEST = 50
_LITERALS = {"$true": True, "$false": False, "$null": None, "true": True, "false": False}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: bool(have == want),
    "like": lambda have, want: isinstance(have, str) and fnmatch.fnmatchcase(have, re.sub(r"([\[?])", r"[\1]", str(want))),
    "gt": lambda have, want: have is not None and want is not None and bool(have > want),
    "ge": lambda have, want: have is not None and want is not None and bool(have >= want),
    "lt": lambda have, want: have is not None and want is not None and bool(have < want),
    "le": lambda have, want: have is not None and want is not None and bool(have <= want),
}
_NEGATED = {"ne": "eq", "notlike": "like"}


class FilterError(Exception):
    """The filter cannot be used; the text says why, as Exchange words it."""


def parse(text: str, properties: Properties, view: View) -> Test:
    """The filter as a test of a directory object. ``properties``: how to read each filterable property, by its name in lower case."""
    return _Parser(text, properties, view).whole()


class _Parser:
    def __init__(self, text: str, properties: Properties, view: View) -> None:
        self._text = text
        self._properties = properties
        self._view = view
        self._tokens = self._tokenised(text)
        self._depth = 0

    def _tokenised(self, text: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        stripped = text.strip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if not match or not match.lastgroup:
                raise self._invalid(f"unexpected character at position {position}")
            kind, value = match.lastgroup, match[match.lastgroup]
            quote = {"single": "'", "double": '"'}.get(kind)
            tokens.append(("value", value.replace(quote * 2, quote)) if quote else (kind, value))
            position = match.end()
        return tokens

    def _invalid(self, why: str) -> FilterError:
        return FilterError(
            f'Invalid filter syntax. For a description of the filter parameter syntax see the command help. "{self._text}" {why}'
        )

    def _next(self, *kinds: str) -> str:
        if not self._tokens or self._tokens[0][0] not in kinds:
            raise self._invalid(f"expected {' or '.join(kinds)}")
        return self._tokens.pop(0)[1]

    def _ahead(self, kind: str, value: str) -> bool:
        return bool(self._tokens) and self._tokens[0][0] == kind and self._tokens[0][1].lower() == value

    def whole(self) -> Test:
        test = self._any()
        if self._tokens:
            raise self._invalid(f"unexpected {self._tokens[0][1]!r}")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._ahead("operator", "or"):
            self._tokens.pop(0)
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda state: any(test(state) for test in tests)

    def _all(self) -> Test:
        tests = [self._single()]
        while self._ahead("operator", "and"):
            self._tokens.pop(0)
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda state: all(test(state) for test in tests)

    def _single(self) -> Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._invalid("is nested too deeply")
        test = self._unary()
        self._depth -= 1
        return test

    def _unary(self) -> Test:
        if self._ahead("operator", "not") or self._ahead("not", "!"):
            self._tokens.pop(0)
            inner = self._single()
            return lambda state: not inner(state)
        if self._ahead("paren", "("):
            self._tokens.pop(0)
            inner = self._any()
            if self._next("paren") != ")":
                raise self._invalid("expected )")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._next("word")
        getter = self._properties.get(name.lower())
        if getter is None:
            raise FilterError(
                f'"{name}" is not a recognized filterable property. For a complete list of filterable properties see the command help.'
            )
        operator = self._next("operator").lower()
        positive = _NEGATED.get(operator, operator)
        if positive not in _COMPARISONS:
            raise self._invalid(f"unknown operator -{operator}")
        wanted, compare, view = self._value(), _COMPARISONS[positive], self._view
        negated = operator in _NEGATED
        return lambda state: _holds(getter(state, view), wanted, compare) is not negated

    def _value(self) -> Any:
        kind = self._tokens[0][0] if self._tokens else ""
        value = self._next("value", "word", "number")
        if kind == "value":
            return value.lower() if value else None
        if kind == "number":
            return float(value)
        if value.lower() not in _LITERALS:
            raise self._invalid(f"the value {value} must be quoted")
        return _LITERALS[value.lower()]


def _holds(have: Any, wanted: Any, compare: Callable[[Any, Any], bool]) -> bool:
    if isinstance(have, (list, tuple)):
        if wanted is None or not have:
            return compare(have or None, wanted)
        return any(_holds(item, wanted, compare) for item in have)
    if isinstance(have, str):
        have = have.lower() or None
    if isinstance(have, bool) and isinstance(wanted, str):
        wanted = _LITERALS.get(wanted, wanted)
    try:
        return compare(have, wanted)
    except TypeError:
        return False
