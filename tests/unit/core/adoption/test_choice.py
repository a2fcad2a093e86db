from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.adoption.choice import chosen, is_chosen, names_to_adopt

from ...declaration import mailbox

DECLARED = [mailbox(), mailbox(address="Vragen@UGent.be", file="mailboxes/vragen.yml")]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([], []),
        (["False"], []),
        ([""], []),
        (["vragen"], ["vragen"]),
        (["Labo.Info@UGent.be, vragen"], ["labo.info", "vragen"]),
        (["VRAGEN", "labo.info"], ["labo.info", "vragen"]),
        (["True"], ["labo.info", "vragen"]),
        (["*"], ["labo.info", "vragen"]),
    ],
)
def test_which_are_taken_under_management(given: list[str], names: list[str]) -> None:
    choice = chosen(given)
    assert names_to_adopt(choice, DECLARED) == names
    assert [one.name for one in DECLARED if is_chosen(one.name, choice)] == names


def test_a_name_that_no_declaration_has_is_refused() -> None:
    with pytest.raises(ValueError, match="adopt= names nobody, which no declaration has"):
        names_to_adopt(chosen(["vragen,nobody"]), DECLARED)
