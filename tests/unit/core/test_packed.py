from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.packed import pack, unpack


@pytest.mark.parametrize("values", [[], [{"name": "labo.info"}], [{"name": "é\u2028"}, {"name": None}]])
def test_what_is_packed_comes_out(values: list[dict[str, object]]) -> None:
    assert unpack(pack(values)) == values


def test_a_list_is_taken_as_json_too() -> None:
    assert unpack('[{"name": "labo"}]') == [{"name": "labo"}]


@pytest.mark.parametrize("text", ["x", "eJw=", "AAAA"])
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpack(text)
