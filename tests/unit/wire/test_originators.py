from __future__ import annotations

import ast
import re
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path

import pytest
from ansible.module_utils.postroom.wire import originators
from ansible.module_utils.postroom.wire.originators import MAXIMUM_ADDRESSES, UnreadableError, named_addresses, not_sent_for
from hypothesis import given
from hypothesis import strategies as st

SHARED = "labo.info@ugent.be"


@pytest.mark.parametrize(
    "value",
    [
        SHARED,
        "Labo.Info@UGent.be",
        f"Labo Informatica <{SHARED}>",
        f'"Janssens, An (labo)" <{SHARED}>',
        f'"{SHARED}" <emaes@ugent.be>',
        f"'{SHARED}' <emaes@ugent.be>",
        f"Els Maes ({SHARED}) <emaes@ugent.be>",
        f"emaes@ugent.be, {SHARED}",
        f"the team: emaes@ugent.be, {SHARED};",
        f"<@relay.example:{SHARED}>",
        "Labo\r\n <labo.info@\r\n\tugent.be>",
        "labo(a (nested) comment).info@(x)ugent.be",
        '"(" <labo(x).info@ugent.be>',
        'labo . "info" @ ugent . be',
        '"labo\\.info"@ugent.be',
        "=?utf-8?q?Labo_=C3=A9?= <labo.info@ugent.be>",
        "=?utf-8?q?labo=2Einfo=40ugent=2Ebe?= <emaes@ugent.be>",
        "=?utf-8?q?labo=2Einfo?=\r\n =?utf-8?q?=40ugent=2Ebe?= <emaes@ugent.be>",
        '"=?utf-8?B?bGFiby5pbmZvQHVnZW50LmJl?=" <emaes@ugent.be>',
        "=?utf-8*nl?Q?labo.info?=@ugent.be",
        "x@labo.info@ugent.be",
        "labo.info@ugent.be.",
        "Zo\udceb <labo.info@ugent.be>",
    ],
)
def test_an_address_is_found_wherever_it_stands(value: str) -> None:
    assert SHARED in named_addresses([value])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], set()),
        ([""], set()),
        (["Labo Info"], set()),
        (["Els Maes <emaes@ugent.be>"], {"emaes@ugent.be"}),
        (["=?utf-8?q?Ren=C3=A9e_=3A=28?= <emaes@ugent.be>"], {"emaes@ugent.be"}),
        (["=?nonsense?q?x?= <emaes@ugent.be>"], {"emaes@ugent.be"}),
        (["=?utf-8?b?a?= <emaes@ugent.be>"], {"emaes@ugent.be"}),
        (['"Maes (Els" <emaes@ugent.be>'], {"emaes@ugent.be"}),
        (["O'Brien <o'brien@ugent.be>"], {"o'brien@ugent.be"}),
        (["emaes+labo.info@ugent.be"], {"emaes+labo.info@ugent.be"}),
        (["a@example.org", "b@example.org"], {"a@example.org", "b@example.org"}),
    ],
)
def test_nothing_is_found_that_is_not_there(values: list[str], named: set[str]) -> None:
    assert named_addresses(values) == named


@pytest.mark.parametrize(
    "value",
    [
        'Els "Maes <emaes@ugent.be>',
        "Els ( <emaes@ugent.be>",
        "Els ) <emaes@ugent.be>",
        "Els\0 <emaes@ugent.be>",
        "x" * 20000,
        ", ".join(f"x{number}@example.org" for number in range(MAXIMUM_ADDRESSES + 1)),
    ],
)
def test_what_programs_would_read_differently_is_unreadable(value: str) -> None:
    with pytest.raises(UnreadableError):
        named_addresses([value])


ATOMS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=8)
ADDRESSES = st.builds(lambda words, domain: f"{'.'.join(words)}@{domain}.be", st.lists(ATOMS, min_size=1, max_size=3), ATOMS)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)


@given(st.lists(st.tuples(NAMES, ADDRESSES), min_size=1, max_size=4))
def test_what_mail_programs_write_is_read(people: list[tuple[str, str]]) -> None:
    encoded = ", ".join(f"{Header(name, 'utf-8').encode()} <{address}>" for name, address in people)
    quoted = ", ".join(str(Address(name, addr_spec=address)) for name, address in people)
    for value in (encoded, quoted):
        assert {address for _, address in people} <= named_addresses([value])


# Without blanks: Python's parser joins words to one domain, as no mail program does.
@given(st.text('ab.@<>()",;:\\=?', max_size=40))
def test_whatever_pythons_own_parsers_find_is_found(value: str) -> None:
    try:
        named = named_addresses([value])
    except UnreadableError:
        return
    # No address of ours has any of the characters that separate addresses from each other.
    ours = {address for _, address in getaddresses([value]) if re.fullmatch(r"[^\s<>()\[\],;:\"\\@]+@[^\s<>()\[\],;:\"\\@]+", address)}
    assert {address for address in ours if all(part.strip(".'`") == part != "" for part in address.split("@"))} <= named


def test_the_parser_of_whole_messages_agrees() -> None:
    raw = b'From: "An, Labo" <labo.info@ugent.be>,\r\n =?utf-8?q?=C3=A9?= <emaes@ugent.be>\r\n\r\n'
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert {one.addr_spec for one in message["From"].addresses} == named_addresses([raw.decode().partition(": ")[2].strip()])


@pytest.mark.parametrize(
    ("login", "senders", "refused"),
    [
        ("bpeeters", {SHARED: "ajanssens,bpeeters"}, []),
        ("BPeeters", {SHARED: "ajanssens, bpeeters"}, []),
        ("emaes", {SHARED: "ajanssens,bpeeters"}, [SHARED]),
        ("peeters", {SHARED: "bpeeters"}, [SHARED]),
        ("emaes", {}, [SHARED]),
        ("", {SHARED: ""}, [SHARED]),
    ],
)
def test_only_those_whom_the_directory_lets_send(login: str, senders: dict[str, str], refused: list[str]) -> None:
    assert not_sent_for(login, {SHARED}, senders) == refused


def test_it_runs_on_a_relay_that_has_nothing_else_of_postroom() -> None:
    tree = ast.parse(Path(originators.__file__).read_text())
    assert [
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.level or "ansible" in str(node.module))
    ] == []
