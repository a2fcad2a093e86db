"""A mailbox is made nowhere while it lives, or may live, elsewhere."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.run.holding_back import Result, held_back
from ansible.module_utils.postroom.core.systems import Backend, System

FINE: Result = {"failures": []}
FOUND: Result = {"failures": [{"mailbox": "labo"}, {"mailbox": "vragen"}]}
NO_ANSWER: Result = {"msg": "connection refused"}
NOT_ASKED: Result = {"skipped": True}
NEVER_RAN: Result = {}
NAMES = {"labo", "vragen"}

CASES: dict[str, tuple[System, dict[System, Result], set[Backend], set[str]]] = {
    "exchange: nothing of it lives on Cyrus": ("exchange", {"cyrus": FINE}, {"exchange"}, set()),
    "exchange: what lives on Cyrus": ("exchange", {"cyrus": FOUND}, {"exchange", "cyrus"}, NAMES),
    "exchange: Cyrus gave no answer": ("exchange", {"cyrus": NO_ANSWER}, {"exchange"}, {"*"}),
    "exchange: Cyrus never ran": ("exchange", {"cyrus": NEVER_RAN}, {"exchange"}, {"*"}),
    "exchange: nothing is declared for it, so Cyrus was not asked": ("exchange", {"cyrus": NOT_ASKED}, {"cyrus"}, set()),
    "exchange: there is no Cyrus": ("exchange", {}, {"exchange"}, set()),
    "cyrus: nothing of it lives on Exchange": ("cyrus", {"exchange": FINE}, {"cyrus"}, set()),
    "cyrus: what lives on Exchange": ("cyrus", {"exchange": FOUND}, {"cyrus"}, NAMES),
    "cyrus: Exchange gave no answer": ("cyrus", {"exchange": NO_ANSWER}, {"cyrus"}, {"*"}),
    "cyrus: Exchange never ran": ("cyrus", {"exchange": NEVER_RAN}, {"cyrus"}, {"*"}),
    "cyrus: there is no Exchange": ("cyrus", {"cyrus": NO_ANSWER}, {"cyrus"}, set()),
    "directory: all went well": ("directory", {"cyrus": FINE, "exchange": FINE}, {"cyrus", "exchange"}, set()),
    "directory: what Cyrus could not do": ("directory", {"cyrus": FOUND, "exchange": FINE}, {"cyrus"}, NAMES),
    "directory: what Exchange could not do": ("directory", {"cyrus": FINE, "exchange": FOUND}, {"exchange"}, NAMES),
    "directory: Cyrus gave no answer": ("directory", {"cyrus": NO_ANSWER, "exchange": FINE}, {"cyrus"}, {"*"}),
    "directory: Exchange gave no answer": ("directory", {"cyrus": FINE, "exchange": NO_ANSWER}, {"cyrus"}, {"*"}),
    "directory: Cyrus was not asked, and need not be": ("directory", {"cyrus": NOT_ASKED, "exchange": FINE}, {"exchange"}, set()),
    # Exchange has made nothing then.
    "directory: no answer of Cyrus to the first look": ("directory", {"cyrus": NO_ANSWER, "exchange": FINE}, {"exchange"}, {"*"}),
    "directory: there is no Exchange": ("directory", {"cyrus": FINE}, {"cyrus", "exchange"}, set()),
    "directory: there is no Cyrus, and something asks for it": ("directory", {"exchange": FINE}, {"cyrus", "exchange"}, {"*"}),
    "directory: there is no Cyrus, and nothing asks for it": ("directory", {"exchange": FOUND}, {"exchange"}, NAMES),
}


@pytest.mark.parametrize(("system", "results", "declared", "held"), CASES.values(), ids=CASES)
def test_what_is_held_back(system: System, results: dict[System, Result], declared: set[Backend], held: set[str]) -> None:
    assert held_back(system, results, declared).keys() == held


def test_the_reason_names_the_system() -> None:
    assert held_back("cyrus", {"exchange": NO_ANSWER}, ["cyrus"]) == {"*": "Exchange gave no answer"}
    assert "on Cyrus" in held_back("directory", {"cyrus": FOUND}, ["cyrus"])["labo"]
