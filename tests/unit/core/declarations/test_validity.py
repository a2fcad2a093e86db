"""The quick answer is jsonschema's answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.postroom.core.declarations.schema import _inlined
from ansible.module_utils.postroom.core.declarations.validity import compile_validity
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ...declaration import GOOD

SOURCE = json.loads((Path(__file__).parents[4] / "schemas" / "mailbox.schema.json").read_bytes())
SCHEMA = _inlined(SOURCE, SOURCE.get("$defs", {}))
JSONSCHEMA = Draft202012Validator(SCHEMA)
QUICK = compile_validity(SCHEMA)
DECLARATION = yaml.safe_load(GOOD)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["labo@UGent.be", "cyrus", "retired", "an"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_good_declaration_is_valid() -> None:
    assert QUICK(DECLARATION)


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "strange"]), VALUES, min_size=1, max_size=3))
def test_whatever_is_changed_both_say_the_same(changes: dict[str, Any]) -> None:
    value = {**DECLARATION, **changes}
    assert QUICK(value) is JSONSCHEMA.is_valid(value)


@given(st.sampled_from(sorted(DECLARATION)))
def test_what_is_left_out_is_missed(key: str) -> None:
    value = {name: DECLARATION[name] for name in DECLARATION if name != key}
    assert QUICK(value) is JSONSCHEMA.is_valid(value)


@given(VALUES)
def test_what_is_no_mapping_is_judged_alike(value: Any) -> None:
    assert QUICK(value) is JSONSCHEMA.is_valid(value)
