"""CLIXML as psrpcore writes it and as captures show it, read by property; and beside it, psrpcore's own reader."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from ansible.module_utils.postroom.wire.clixml import ClixmlObject, UnusualError, read_clixml, unescaped
from ansible.module_utils.postroom.wire.exchange_objects import is_true, iso_time, text, texts
from hypothesis import given
from hypothesis import strategies as st
from psrpcore._crypto import PSRemotingCrypto
from psrpcore.types import (
    PSByte,
    PSByteArray,
    PSChar,
    PSDateTime,
    PSDecimal,
    PSDouble,
    PSDuration,
    PSGuid,
    PSIEnumerable,
    PSInt,
    PSInt16,
    PSInt64,
    PSObject,
    PSQueue,
    PSSByte,
    PSScriptBlock,
    PSSingle,
    PSStack,
    PSString,
    PSUInt,
    PSUInt16,
    PSUInt64,
    PSUri,
    PSVersion,
    PSXml,
    add_note_property,
    deserialize,
    serialize,
)
from psrpcore.types._base import TypeRegistry

SPECIAL = TypeRegistry().type_registry
NAMES = ("Identity", "User", "Access Rights", "Name_x0041_", "Größe")


def read(xml: str) -> Any:
    return read_clixml(xml.encode(), SPECIAL)


def described(properties: dict[str, Any], names: list[str], shown: str | None, *, adapted: bool = True) -> PSObject:
    """An object of a .NET class: its own properties, or those that PowerShell added."""
    found = PSObject()
    found.PSObject.type_names = names
    for name, value in properties.items():
        add_note_property(found, name, value)
    if adapted:
        found.PSObject.adapted_properties, found.PSObject.extended_properties = found.PSObject.extended_properties, []
    found.PSObject.to_string = shown
    return found


def queue_of(values: list[Any]) -> PSQueue:
    found = PSQueue()
    for value in values:
        found.put(value)
    return found


# XML has none of these, in whatever form: psrpcore writes what it cannot read.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
ODD = ["_x0041_", "_X0041_", "_x_x0041_", "a\x00\r\n\x1f\x7f", "\U0001f600_x", "_xD83D_"]
WORDS = st.text(CHARACTERS, max_size=12) | st.sampled_from(ODD)
HOURS = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours, minutes=30 if hours > 0 else 0)))
ZONES = st.none() | st.just(UTC) | HOURS
TIMES = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=ZONES)
TICKS = st.builds(lambda time, tick: PSDateTime(time, nanosecond=tick), TIMES, st.integers(0, 9).map(lambda n: n * 100))
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    *(WORDS.map(kind) for kind in (PSString, PSUri, PSXml, PSScriptBlock)),
    *(st.integers(0, 127).map(kind) for kind in (PSByte, PSSByte, PSInt16, PSUInt16, PSUInt, PSUInt64, PSChar)),
    st.integers(-(2**31), 2**31 - 1).map(PSInt),
    st.integers(-(2**63), 2**63 - 1).map(PSInt64),
    st.uuids().map(PSGuid),
    TICKS,
    st.timedeltas(timedelta(0), timedelta(1000)).map(PSDuration),
    st.floats(allow_nan=False, width=32).map(PSSingle),
    st.floats(allow_nan=False).map(PSDouble),
    st.decimals(-1000, 1000, places=2).map(PSDecimal),
    st.binary(max_size=5).map(PSByteArray),
    st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda pair: PSVersion(f"{pair[0]}.{pair[1]}")),
    st.sampled_from(["ReadOnly", "Completed"]).map(lambda name: described({}, ["Microsoft.Exchange.Data.Some"], name)),
)
TYPES = st.sampled_from(
    [
        ["Microsoft.Exchange.Data.Directory.Management.Mailbox", "System.Object"],
        ["Selected.Microsoft.Exchange.Data.Mailbox", "System.Management.Automation.PSCustomObject", "System.Object"],
        ["System.Management.Automation.PSCustomObject", "System.Object"],
        ["Microsoft.Exchange.Data.Other"],
        [],
    ]
)
SHOWN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
"""psrpcore writes the text of an object as it is, control characters too, and then cannot read it."""


def with_more(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    objects = st.builds(
        lambda properties, names, shown, adapted: described(properties, list(names), shown, adapted=adapted),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), TYPES, st.none() | SHOWN, st.booleans(),
    )  # fmt: skip
    twice = inner.map(lambda value: [value, value])
    return st.one_of(
        lists, lists.map(PSStack), lists.map(PSIEnumerable), lists.map(queue_of), st.dictionaries(WORDS, inner, max_size=3), objects, twice
    )


VALUES = st.recursive(SIMPLE, with_more, max_leaves=12)


def looked_at(value: Any, depth: int = 3) -> Any:
    """All that a record can ask of a value. Nobody asks for the text of a time."""
    found: list[Any] = [is_true(value), iso_time(value)]
    if not hasattr(value, "utcoffset"):
        found += [text(value), texts(value)]
    if isinstance(value, list | tuple) or type(value).__name__ == "ClixmlList":
        found.append([looked_at(item, depth - 1) for item in value] if depth else None)
    if depth:
        found.append([(name, looked_at(getattr(value, name), depth - 1)) for name in NAMES if hasattr(value, name)])
    return found


@given(VALUES)
def test_whatever_psrpcore_writes_both_readers_say_the_same(value: Any) -> None:
    crypto = PSRemotingCrypto()
    data = ET.tostring(serialize(value, crypto), encoding="utf-8", method="xml")
    theirs = looked_at(deserialize(ET.fromstring(data), crypto))
    try:
        ours = looked_at(read_clixml(data, SPECIAL))
    except UnusualError:
        return
    assert ours == theirs


ENTRY = """<Obj RefId="0"><TN RefId="0"><T>Selected.Microsoft.Exchange.Management.Ace</T><T>System.Object</T></TN>
<ToString>ace</ToString><Props><S N="Identity">ugent.be/x</S><S N="Empty" /><Nil N="Nobody" /><B N="IsInherited">false</B>
<Obj N="AccessRights" RefId="1"><TN RefId="1"><T>Rights[]</T><T>System.Array</T></TN><LST><S>FullAccess, ReadPermission</S>
<Obj RefId="2"><TN RefId="2"><T>Rights</T><T>System.Enum</T></TN><ToString>SendAs</ToString><I32>4</I32></Obj></LST></Obj>
<Obj N="ExtendedRights" RefId="3"><TNRef RefId="1" /><LST /></Obj>
<Obj N="User" RefId="4"><TN RefId="3"><T>SecurityPrincipalId</T></TN><ToString>UGENT\\an</ToString>
<Props><S N="SecurityIdentifier">S-1-5-21-1</S></Props></Obj>
<Ref N="Again" RefId="1" /><G N="Guid">5B1D5F0C-9C1A-4AD0-A9E5-3A3A3A3A3A3A</G><I64 N="Size">-5</I64>
<S N="Odd">_x000A_a_x005F_x0041__xD83D__xDE00_</S><DT N="When">2026-11-27T10:00:00.1234567+01:00</DT></Props>
<MS><S N="Na_x006D_e">An</S><S N="Identity">ugent.be/y</S></MS></Obj>"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Identity", "ugent.be/y"),
        ("Empty", ""),
        ("Nobody", ""),
        ("IsInherited", "False"),
        ("User", "UGENT\\an"),
        ("Guid", "5b1d5f0c-9c1a-4ad0-a9e5-3a3a3a3a3a3a"),
        ("Size", "-5"),
        ("Name", "An"),
        ("Odd", "\na_x0041_\U0001f600"),
    ],
)
def test_a_property_has_a_text(name: str, found: str) -> None:
    assert text(getattr(read(ENTRY), name)) == found


def test_lists_references_and_objects_within_are_read() -> None:
    entry = read(ENTRY)
    assert texts(entry.AccessRights) == texts(entry.Again) == ("FullAccess, ReadPermission", "SendAs")
    assert texts(entry.ExtendedRights) == texts(entry.Nobody) == texts(entry.Empty) == ()
    assert text(entry.User.SecurityIdentifier) == "S-1-5-21-1"
    assert iso_time(entry.When) == "2026-11-27T09:00:00Z"
    assert text(entry) == "ace"
    assert not hasattr(entry, "Deny")


def test_the_whole_of_it_is_read_as_psrpcore_reads_it() -> None:
    names = ("Identity", "Empty", "Nobody", "IsInherited", "AccessRights", "ExtendedRights", "User", "Again", "Guid", "Size", "Odd")
    theirs = deserialize(ET.fromstring(ENTRY), PSRemotingCrypto())
    assert [texts(getattr(read(ENTRY), name)) for name in names] == [texts(getattr(theirs, name)) for name in names]


@pytest.mark.parametrize(
    "xml",
    [
        "<Db>1.5</Db>",
        "<I32>x</I32>",
        "<I32>\u0661</I32>",
        "<G>{5b1d5f0c}</G>",
        "<DT>2026-13-01T00:00:00Z</DT>",
        "<DT>27 November</DT>",
        "<SS>abc</SS>",
        '<Ref RefId="7" />',
        "<Obj",
        '<Obj RefId="0"><DCT /></Obj>',
        '<Obj RefId="0"><TNRef RefId="9" /><S>a</S></Obj>',
        '<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.ErrorRecord</T></TN></Obj>',
        '<Obj RefId="0"><S>a</S><MS><S N="a">b</S></MS></Obj>',
        '<Obj RefId="0"><LST /><S>a</S></Obj>',
    ],
)
def test_what_is_unusual_is_left_to_psrpcore(xml: str) -> None:
    with pytest.raises(UnusualError):
        read(xml)


def test_what_an_object_has_not_is_left_to_psrpcore_when_it_is_asked_for() -> None:
    bare = read('<Obj RefId="0"><Props><C N="Letter">65</C><S N="Name">An</S></Props></Obj>')
    assert isinstance(bare, ClixmlObject)
    assert text(bare.Name) == "An"
    for ask in (text, lambda value: value.PSObject, lambda value: getattr(value, "Letter", None)):
        with pytest.raises(UnusualError):
            ask(bare)


@pytest.mark.parametrize(("written", "found"), [("a", "a"), ("_x", "_x"), ("_x0041", "_x0041"), ("_xd83d_", "\ud83d"), ("_x00e9_", "é")])
def test_escaped_characters(written: str, found: str) -> None:
    assert unescaped(written) == found
