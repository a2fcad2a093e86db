"""What ``sieved`` prints, read; as seen on 3.6.1 (Debian 12), and the actions that 3.10 and 3.12 have besides."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.wire.sieve import Include, Sending
from ansible.module_utils.postroom.wire.sieve_listing import parse_listing

HEAD = b"\nBytecode version: 31\nRequire: Variables\n\n"
TAIL = b"full len is: 52\n"


def redirect(place: int, address: str = "a@x.be", copy: int = 0) -> bytes:
    return (
        f"{place:04}: REDIRECT COPY({copy})LIST(0) BYTIME({{-1}}[nil]) BYMODE({{-1}}[nil]) BYTRACE(0)\n"
        f"\tDSN-NOTIFY({{-1}}[nil]) DSN-RET({{-1}}[nil]) ADDRESS({{{len(address.encode())}}}{address})\n"
    ).encode()


FALSE = b"0034: IF (ends at 37) FALSE\n\n0037: JUMP 52\n"
TRUE = b"0034: IF (ends at 37) NOT FALSE\n\n0037: JUMP 52\n"
ENOTIFY = b"0005: ENOTIFY  METHOD({13}mailto:a@x.be) IMPORTANCE(12) FROM({-1}[nil]) OPTIONS{1} [\n\t\t ({3}x=y)\n\t]\n\tMESSAGE({1}x)\n"
NOTIFY = b"0005: NOTIFY  METHOD({6}mailto) PRIORITY(13) ID({-1}[nil]) OPTIONS{2} [\n\t\t ({1}a) ({1}b)\n\t]\n\tMESSAGE({1}x)\n"
ELSE = b"0005: IF (ends at 8) FALSE\n\n0008: JUMP 20\n0010: KEEP FLAGS{0} [\n\t]\n0018: JUMP 40\n"


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (b"0005: KEEP FLAGS{0} [\n\t]\n", []),
        (redirect(5), [Sending("redirect", "a@x.be")]),
        (redirect(5, copy=1), [Sending("redirect :copy", "a@x.be")]),
        (redirect(5, "${to}"), [Sending("redirect", "${to}", is_known=False)]),
        (redirect(5, "\u00e9@x.be\r\n"), [Sending("redirect", "\u00e9@x.be")]),
        (redirect(5).replace(b"LIST(0)", b"LIST(1)"), [Sending("redirect", "a@x.be", is_known=False)]),
        (FALSE + redirect(39), [Sending("redirect", "a@x.be", is_conditional=True, is_off=True)]),
        (TRUE + redirect(39), [Sending("redirect", "a@x.be", is_conditional=True)]),
        (FALSE + redirect(39) + redirect(52), [Sending("redirect", "a@x.be")]),
        (ELSE + redirect(20), [Sending("redirect", "a@x.be", is_conditional=True)]),
        (ELSE + redirect(40), [Sending("redirect", "a@x.be")]),
        (ENOTIFY, [Sending("notify", "mailto:a@x.be")]),
        (NOTIFY, [Sending("notify", "a"), Sending("notify", "b")]),
        (b"0005: PROCESSCALENDAR ALLOWPUBLIC(0)\n0009: IMPLICIT_KEEP_TARGET FOLDER({1}x)\n", []),
        # What a string holds is no action, and hides none.
        (b"0005: REJECT ({30}x)\n0005: REDIRECT ADDRESS({1}x)\n" + redirect(9), [Sending("redirect", "a@x.be")]),
    ],
)  # fmt: skip
def test_actions(listing: bytes, expected: list[Sending]) -> None:
    script = parse_listing(HEAD + listing + TAIL)
    assert script is not None
    assert (list(script.sendings), script.doubt) == (expected, "")


@pytest.mark.parametrize(("location", "is_global"), [(b"Personal", False), (b"Global", True), (b"Elsewhere", True)])
def test_includes(location: bytes, is_global: bool) -> None:
    script = parse_listing(HEAD + b"0005: INCLUDE LOCATION(" + location + b") ONCE(0) OPTIONAL(0)\n\tSCRIPT({4}${n})\n" + TAIL)
    assert script is not None
    assert script.includes == (Include("${n}", is_global),)
    assert not script.includes[0].is_known


@pytest.mark.parametrize(
    "listing",
    [
        b"0005: FORWARD TO({6}a@x.be)\n",
        b"0005: 87 (NOT AN OP)\n",
        b"0005: LOG TEXT(x)\n" + redirect(9),
        b"0005: LOG TEXT(x ({9999} )\n" + redirect(9),
    ],
)
def test_what_is_not_known_is_doubted(listing: bytes) -> None:
    script = parse_listing(HEAD + listing + TAIL)
    assert script is not None
    assert script.doubt


def test_a_log_alone_is_not_doubted() -> None:
    script = parse_listing(HEAD + redirect(5) + b"0018: LOG TEXT(some ({2} words)\n" + TAIL)
    assert script is not None
    assert (script.sendings, script.doubt) == ((Sending("redirect", "a@x.be"),), "")


@pytest.mark.parametrize(
    "printed",
    [
        b"",
        b"\nnot a bytecode file [magic number test failed]\n",
        HEAD + redirect(5),
        HEAD + b"0016: ERROR ({-1}[nil])\n0017: KEEP\n" + TAIL,
    ],
)
def test_what_tells_nothing(printed: bytes) -> None:
    assert parse_listing(printed) is None
