"""The lines that are shown are PowerShell: an independent grammar reads them, and finds in them what was meant."""

from __future__ import annotations

import pytest
import tree_sitter
import tree_sitter_powershell
from ansible.module_utils.postroom.wire.powershell import ParameterValue, cmdlet, error_class, filter_any, is_cut_off, literal, pipeline
from hypothesis import given
from hypothesis import strategies as st

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def strings_in(node: tree_sitter.Node) -> list[str]:
    if node.type == "verbatim_string_characters" and node.text:
        return [node.text.decode()[1:-1].replace("''", "'")]
    return [found for child in node.children for found in strings_in(child)]


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (None, "$null"),
        (True, "$true"),
        (False, "$false"),
        (5, "5"),
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ('$env:PATH `n "x"', "'$env:PATH `n \"x\"'"),
        ("d\u2019Or\u2018", "'d\u2019\u2019Or\u2018\u2018'"),
        ("é", "'é'"),
        ("a\nb", "'a\\u000ab'"),
        (("a", "b'"), "@('a', 'b''')"),
    ],
)
def test_values_are_typed_so_that_nothing_in_them_has_a_meaning(value: ParameterValue, typed: str) -> None:
    assert literal(value) == typed


def test_a_switch_is_typed_without_a_value_unless_it_is_off() -> None:
    assert str(cmdlet("Remove-ADPermission", "Deny", Confirm=False)) == "Remove-ADPermission -Confirm:$false -Deny"


def test_a_pipeline_is_one_line() -> None:
    assert str(pipeline(cmdlet("Get-Mailbox", Identity="a"), cmdlet("Get-CASMailbox"))) == "Get-Mailbox -Identity 'a' | Get-CASMailbox"


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\u2018\u2019\u201a\u201b") | st.sampled_from("'$` \"|;")))
def test_whatever_the_name_the_line_parses_and_holds_that_name(name: str) -> None:
    tree = PARSER.parse(str(cmdlet("Set-Mailbox", Identity="a", DisplayName=name, Confirm=False)).encode())
    assert not tree.root_node.has_error
    assert strings_in(tree.root_node) == ["a", name]


@given(st.text())
def test_no_text_can_end_its_string(name: str) -> None:
    typed = literal(name)
    assert not PARSER.parse(f"Set-Mailbox -DisplayName {typed}".encode("utf-8", "replace")).root_node.has_error
    assert all(typed[1:-1].count(quote) % 2 == 0 for quote in "'\u2018\u2019\u201a\u201b")


def test_a_filter_doubles_quotes() -> None:
    assert filter_any("Alias", ("a", "b'")) == "(Alias -eq 'a') -or (Alias -eq 'b''')"


@pytest.mark.parametrize(
    ("reason", "text", "found"),
    [
        ("ProxyAddressExistsException", "|a.OtherException|", "ProxyAddressExistsException"),
        ("Exception", "Ex12|Microsoft.Exchange.Tasks.ManagementObjectNotFoundException|The operation", "ManagementObjectNotFoundException"),
        ("", "x [FailureCategory=Cmdlet-ProxyAddressExistsException] 1,y", "ProxyAddressExistsException"),
        ("Exception", "An exception: no class", "Exception"),
    ],
)
def test_the_class_of_an_error_is_in_its_text_where_the_record_has_none(reason: str, text: str, found: str) -> None:
    assert error_class(reason, text) == found


@pytest.mark.parametrize(
    ("warning", "cut_off"),
    [("Utilisez le param\u00e8tre ResultSize pour sp\u00e9cifier", True), ("no settings of 'x' have been modified", False)],
)
def test_an_answer_that_is_cut_off_is_known_in_any_language(warning: str, cut_off: bool) -> None:
    assert is_cut_off(warning) is cut_off
