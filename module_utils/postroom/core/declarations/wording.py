"""What outsiders may stumble over in an address or a text that breaks no rule. Each yields words for a warning."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ...text import shown
from .layout import ODD_SPACE, WORD_QUOTES, odd_space, quoted

_TEMPORARY = re.compile(
    r"\b(congres(?:s(?:en|es)?)?|conferen(?:ce|tie)s?|symposi(?:um|a)|kongres|temporary|tijdelijke?|time-limited|"
    r"summer ?school|zomerschool|lustrum)\b",
    re.IGNORECASE,
)
_CONFUSABLE = re.compile(r"(?<=[A-Za-z])[01]|[01](?=[A-Za-z])|(?<=[0-9])[OolI]|[OolI](?=[0-9])")
_RUN = re.compile(r"(.)\1\1|(.)\2(.)\3", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_SHORT_WORDS = frozenset(
    {
        "aan", "and", "art", "bij", "bus", "cel", "de", "een", "en", "for", "gym", "het", "in", "job", "kot", "lab", "law", "map",
        "mee", "met", "new", "of", "old", "om", "one", "op", "our", "out", "raad", "te", "the", "to", "tot", "uit", "van", "vak", "voor",
        "we", "web", "wet", "wij", "you", "zee", "zon",
    }
)  # fmt: skip
"""Words of three letters or fewer, in Dutch and English, that are no abbreviations."""
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f"


def temporary(purpose: str) -> Iterator[str]:
    if found := _TEMPORARY.search(purpose):
        yield f"the purpose speaks of {found[0]!r}; for a congress or a temporary project a distribution list fits better"


def hard_to_type(local: str) -> Iterator[str]:
    for pattern, trouble in (
        (_CONFUSABLE, "0 and O, or 1 and l, are easily taken for each other"),
        (_RUN, "doubled characters are easily mistyped"),
        (_CONSONANTS, "many consonants in a row are easily mistyped"),
    ):
        if found := pattern.search(local):
            yield f"{shown(found[0])} in {shown(local)}: {trouble}; consider another name"


def likely_abbreviations(local: str, explained: Collection[str]) -> Iterator[str]:
    """Parts of an address that look like abbreviations, and that no key of ``abbreviations`` is part of: in capitals, without a vowel, or
    of two or three letters that are no word."""
    has_small_letters = any(char.islower() for char in local)
    for part in re.findall(r"[A-Za-z]{2,}", local):
        plain = part.lower()
        looks_like_one = (
            (part.isupper() and has_small_letters) or not _VOWEL.search(plain) or (len(plain) < 4 and plain not in _SHORT_WORDS)
        )
        if looks_like_one and not any(key and (key.lower() in plain or plain in key.lower()) for key in explained):
            words = f"{part} in {shown(local)} looks like an abbreviation; say what it stands for, as in abbreviations:"
            yield f"{words} {{{plain}: the words in full}}"


def as_pasted(key: str, text: str) -> Iterator[str]:
    """Characters that came from a word processor or a web page."""
    if odd := ODD_SPACE.search(text):
        yield f"{odd_space(odd[0])} stands in {key}, {_around(text, odd.start())}; type an ordinary space instead"
    is_enclosed = len(text.strip()) > 1 and text.strip()[0] in WORD_QUOTES and text.strip()[-1] in WORD_QUOTES
    found = re.search(f"[{_DOUBLE_QUOTES}]", text)
    if is_enclosed or found:
        quote = text.strip()[0] if is_enclosed or not found else found[0]
        plain = re.sub(f"[{_DOUBLE_QUOTES}]", '"', text.strip())
        plain = text.strip()[1:-1] if is_enclosed else plain
        yield f"{quote} in {key} is a word processor's quote, which people will see; write {key}: {shown(_typed(plain))}"


def cut_off(key: str, text: str, comment: str) -> Iterator[str]:
    """``comment`` is what follows the text on its line, from the blank before its #."""
    whole = quoted(text + comment.rstrip())
    yield (
        f"{shown(comment.strip())} is a comment and no part of {key}, because a # after a blank begins one; if it is part of it, write "
        + (f"{key}: {shown(whole)}; else put it on a line of its own")
    )


def _typed(text: str) -> str:
    return quoted(text) if re.search(r"\A[\"'#&*!|>%@`\[{,?-]|: | #|:\Z", text) else text


def _around(text: str, place: int) -> str:
    words = ODD_SPACE.sub(" ", text[max(0, place - 12) : place + 12]).split()
    return f"at {shown(' '.join(words))}"
