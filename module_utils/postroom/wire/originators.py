"""Whom a message says it is from: the addresses in its originator fields (RFC 5322, sections 3.6.2 and 3.6.6).

Mail programs read odd fields each in their own way, and some show the display name only. So an address counts wherever it stands in a
field: as the address, in a display name (encoded words included, RFC 2047), in a comment, in a group. The mail relay's milter is this file
and one more (``roles/mail_relay``): it imports nothing but Python's own library.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from email.errors import HeaderParseError
from email.header import decode_header

FIELDS = frozenset({"from", "sender", "resent-from", "resent-sender"})
"""In lower case. ``Reply-To`` is an originator field too, but says nothing about who wrote."""
MAXIMUM_LENGTH = 16384
MAXIMUM_ADDRESSES = 50
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_BETWEEN_ENCODED_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_AROUND_SEPARATORS = re.compile(r"\s*([.@])\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ADDRESS = re.compile(r'([^\s<>()\[\],;:"\\@]+)@(?=([^\s<>()\[\],;:"\\@]+))')
_EDGE = ".'`"
_PARTS = re.compile(r'\\.|["()]|[^\\"()]+|\\', re.DOTALL)


class UnreadableError(ValueError):
    """A field that different programs would read in different ways."""


def named_addresses(values: Iterable[str]) -> set[str]:
    """All addresses that the originator fields of one message name, in lower case. Raises UnreadableError for a field with a control
    character, with a quote or a parenthesis that is not closed, or with more in it than anybody writes."""
    found: set[str] = set()
    for value in values:
        if len(value) > MAXIMUM_LENGTH or _CONTROL.search(value):
            raise UnreadableError("it is very long, or has a control character")
        plain = re.sub(r"\r?\n", "", value)
        bare = _bare(plain)
        for text in (plain, bare, _decoded(plain), _AROUND_SEPARATORS.sub(r"\1", _decoded(bare))):
            found |= {f"{local.strip(_EDGE)}@{domain.strip(_EDGE)}".lower() for local, domain in _ADDRESS.findall(text)}
    if len(found) > MAXIMUM_ADDRESSES:
        raise UnreadableError("it names very many addresses")
    return found


def _bare(value: str) -> str:
    """Without comments, quotes and blanks that stand within an address: ``"labo" (x) . info @ugent.be`` is one, too."""
    kept: list[str] = []
    depth, is_quoted = 0, False
    for part in _PARTS.findall(value):
        if part == '"' and not depth:
            is_quoted = not is_quoted
        elif part in ("(", ")") and not is_quoted:
            depth += 1 if part == "(" else -1
            if depth < 0:
                raise UnreadableError("a parenthesis is not opened")
        elif not depth:
            kept.append(part.removeprefix("\\"))
    if depth or is_quoted:
        raise UnreadableError("a quote or a parenthesis is not closed")
    return _AROUND_SEPARATORS.sub(r"\1", "".join(kept))


def _decoded(value: str) -> str:
    return _ENCODED_WORD.sub(lambda found: _decoded_word(found[0]), _BETWEEN_ENCODED_WORDS.sub("", value))


def _decoded_word(word: str) -> str:
    try:
        ((text, charset),) = decode_header(word)
        return text if isinstance(text, str) else text.decode((charset or "ascii").partition("*")[0], "replace")
    except (HeaderParseError, LookupError, ValueError):
        return word


def not_sent_for(login: str, shared: Collection[str], senders: Mapping[str, str]) -> list[str]:
    """The shared addresses that ``login`` does not send for. ``senders`` has logins by address, separated by commas, as Postfix' maps
    give them; logins are compared without case, as Postfix does."""
    return sorted(address for address in shared if login.lower() not in _logins(senders.get(address, "")))


def _logins(listed: str) -> set[str]:
    return {login.strip().lower() for login in listed.split(",")} - {""}
