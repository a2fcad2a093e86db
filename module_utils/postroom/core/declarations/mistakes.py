"""Values that are recognisably meant as something else: one message that says what to write, and nothing further about them.

What is told here is put among the document's uncertain values, so that the schema and the rules, which would each complain of the same
mistake in their own way, pass it over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...text import flow, shown
from ..finding import UnfiledFinding
from ..model import DirectoryView
from .layout import ODD_SPACE, ODD_SPACES, WORD_QUOTES, odd_space, quoted
from .parse import Document, Path
from .schema import MailboxSchema
from .who_is_meant import MANY, logins_of, not_a_login, people_in

_AROUND = f" \t<>,;\"'{ODD_SPACES}{WORD_QUOTES}"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SIZE = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,6}))?[ ]?(GB|GiB|G|MB|MiB|M|TB|TiB|T)?", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})|([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})")
_PAIR = re.compile(r"([A-Za-z0-9]+)\s*(?:=|:|-|\u2013|\u2192|->|is)\s*(\S.*)")
_NOTHING = {"none", "geen", "no", "nee", "n.v.t.", "nvt", "n/a", "-", "/", "{}"}
_CLEARLY_A_LOGIN = 5
"""Characters; shorter words beside each other may be a name."""
_LANGUAGES = {"nederlands": "nl", "dutch": "nl", "engels": "en", "english": "en"}


@dataclass(frozen=True, slots=True)
class _Mistake:
    path: Path
    message: str
    rule: str = "schema"
    at_key: bool = False
    covers: tuple[Path, ...] = ()
    """What else is wrong because of it."""


def mistakes(document: Document, schema: MailboxSchema, view: DirectoryView | None = None) -> Iterator[UnfiledFinding]:
    """A finding for each mistake that is recognised; with ``view``, login names are looked up. Adds to ``document.uncertain``."""
    value = document.value
    if not isinstance(value, dict):
        return
    for find in (_keys, _outdented, _unit, _abbreviations, _lists, _people, _address, _quota, _choices, _days):
        for mistake in find(value, schema, view):
            if mistake.path in document.uncertain:
                continue
            document.uncertain |= {mistake.path, *mistake.covers}
            yield document.finding(mistake.path, mistake.rule, mistake.message, key=mistake.at_key)


def cleaned(text: str) -> str:
    """Without what a word processor or an address book puts around a text, and with ordinary spaces in it."""
    return ODD_SPACE.sub(" ", text).strip(_AROUND).removeprefix("mailto:")


def _strange(text: str) -> str:
    """What was put in, for a message; empty when it is nothing of the kind."""
    if odd := ODD_SPACE.search(text):
        return odd_space(odd[0])
    if quote := re.search(f"[{WORD_QUOTES}]", text):
        return f"a word processor's quote, {quote[0]},"
    return "a blank" if " " in text else ""


def _keys(value: dict[str, object], schema: MailboxSchema, _: object) -> Iterator[_Mistake]:
    for key in value:
        if key not in schema.keys and _strange(key) and cleaned(key) in schema.keys:
            yield _Mistake((key,), f"{_strange(key)} stands at the key {shown(key)}; write {cleaned(key)}", at_key=True)


def _outdented(value: dict[str, object], schema: MailboxSchema, _: object) -> Iterator[_Mistake]:
    """``unit:`` or ``abbreviations:`` with nothing, and below it the lines that were to be part of it."""
    keys = list(value)
    for owner, keeps in (("unit", {"type", "name"}), ("abbreviations", None)):
        if owner not in value or value[owner] is not None:
            continue
        below = []
        for key in keys[keys.index(owner) + 1 :]:
            if key in schema.keys or not (key in keeps if keeps else key.lower() in str(value.get("address")).lower()):
                break
            below.append(key)
        if below:
            paths = tuple((key,) for key in below)
            message = f"{' and '.join(below)} {'belong' if len(below) > 1 else 'belongs'} to {owner}; put two spaces in front of "
            message += "each of these lines" if len(below) > 1 else "this line"
            yield _Mistake(paths[0], message, at_key=True, covers=((owner,), *paths))


def _unit(value: dict[str, object], schema: MailboxSchema, _: object) -> Iterator[_Mistake]:
    unit, kinds = value.get("unit"), schema.choices("unit", "type")
    if isinstance(unit, dict):
        for key in unit:
            name, colon, rest = key.partition(":")
            if colon and unit[key] is None and rest and name in ("type", "name"):
                message = f"a space is missing after the colon; write {name}: {shown(cleaned(rest))}"
                yield _Mistake(("unit", key), message, at_key=True, covers=(("unit", f"<{name}>"),))
    elif isinstance(unit, str) and unit.strip():
        text = cleaned(unit)
        what = "unit must be a mapping of key: value, not text"
        if ":" in text:
            yield _Mistake(("unit",), f"{what}; write a space after each colon, as in unit: {{type: lab, name: Vakgroep Informatica}}")
            return
        kind, name = (text.lower(), "the unit's full name") if text.lower() in kinds else (kinds[0], text)
        message = f"{what}; write unit: {{type: {kind}, name: {shown(name)}}}, where type is one of {', '.join(kinds)}"
        yield _Mistake(("unit",), message)


def _abbreviations(value: dict[str, object], _: object, __: object) -> Iterator[_Mistake]:
    found = value.get("abbreviations", {})
    if isinstance(found, dict):
        for key, words in found.items():
            if words is None and key.strip():
                message = f"say what the abbreviation {shown(key)} stands for: write {shown(key)}: the words in full"
                yield _Mistake(("abbreviations", key), message, "abbreviation-unexplained")
        return
    rule, what = "abbreviation-unexplained", "abbreviations must be a mapping of key: value"
    none = "write abbreviations: {} when the address has no abbreviation"
    if found is None or found == "":
        message = f"abbreviations is empty; {none}, or say what each stands for, such as abbreviations: {{info: informatica}}"
    elif not found or str(found).strip().lower() in _NOTHING:
        message = f"{what}; {none}"
    elif isinstance(found, str) and (pair := _PAIR.fullmatch(found.strip())):
        message = f"{what}, not text; write abbreviations: {{{pair[1]}: {shown(pair[2])}}}"
    else:
        message = f"{what}, not {'text' if isinstance(found, str) else 'a list or a number'}; {none}, or say what each stands for, "
        message += "such as abbreviations: {info: informatica}"
    yield _Mistake(("abbreviations",), message, rule)


def _lists(value: dict[str, object], schema: MailboxSchema, view: DirectoryView | None) -> Iterator[_Mistake]:
    members, exceptions = value.get("members", []), value.get("exceptions", [])
    what = "members must be a list, such as [ajanssens, bpeeters], not"
    if members is None:
        yield _Mistake(("members",), "members is empty; list the login names, such as members: [ajanssens, bpeeters]")
    elif isinstance(members, str):
        logins = _logins_in(members, schema, view)
        example = (
            f"; write members: [{', '.join(logins)}]" if logins else "; write each login name after a hyphen and a space, on its own line"
        )
        yield _Mistake(("members",), f"{what} text{example}")
    if isinstance(members, list):
        for index, item in enumerate(members):
            if item is None:
                yield _Mistake(
                    ("members", index), "this item of the list is empty; write a login name after the hyphen, or take the line out"
                )
    if isinstance(exceptions, dict):
        yield _Mistake(("exceptions",), f"exceptions must be a list, not a mapping; write exceptions: [{shown(flow(exceptions))}]")


def _logins_in(text: str, schema: MailboxSchema, view: DirectoryView | None) -> list[str]:
    """The login names in a text that was to be a list; none unless each part is one, or stands for somebody."""
    whole = logins_of(text, view)
    if len(whole) == 1:
        return whole
    parts = [part for part in people_in(re.sub(r"(?:\A|\s)[-\u2010-\u2015\u2022*]+\s*", " , ", cleaned(text))) if part]
    found = []
    is_guess = not view and not re.search(r"[,;&/\n]", text) and any(len(part) < _CLEARLY_A_LOGIN for part in parts[1:])
    for part in parts[:MANY]:
        name = cleaned(part)
        logins = logins_of(name, view) if view and name.lower() not in view.people else []
        found.append(logins[0] if len(logins) == 1 else name if schema.is_login(name) and (view or name == name.lower()) else "")
    return found if parts and all(found) and not is_guess else []


def _people(value: dict[str, object], schema: MailboxSchema, view: DirectoryView | None) -> Iterator[_Mistake]:
    members = value.get("members")
    named: list[tuple[Path, object]] = [(("requested_by",), value.get("requested_by"))]
    named += [(("members", index), item) for index, item in enumerate(members[:MANY])] if isinstance(members, list) else []
    for path, login in named:
        if not isinstance(login, str) or not login.strip() or _CONTROL.search(login) or len(login) > 100 or schema.is_login(login):
            continue
        name = cleaned(login)
        several = _logins_in(login, schema, view) if path[0] == "members" and re.search(r"[,;&/]|\S\s+-|^-", login) else []
        if name != login and schema.is_login(name):
            yield _Mistake(path, f"{_strange(login) or 'something else'} stands at {shown(login)}; write {name}")
        elif len(several) > 1 and not logins_of(login, view):
            yield _Mistake(
                path, f"{shown(login)} is more than one person; write each login name as an item of its own: {', '.join(several)}"
            )
        elif message := not_a_login(name, view):
            yield _Mistake(path, message)


def _address(value: dict[str, object], schema: MailboxSchema, _: object) -> Iterator[_Mistake]:
    address = value.get("address")
    if not isinstance(address, str) or _CONTROL.search(address) or len(address) > 200:
        return
    text = cleaned(address)
    local, at, domain = text.partition("@")
    local, domain = local.strip(), "".join(domain.split())
    local = re.sub(r"\s+", "" if "." in local else ".", local, count=1)
    written = "".join(f"{local}{at}{domain}".split())
    if written == address:
        return
    what = _strange(address) or "something that is no part of it"
    proposal = written if schema.is_address(written) else f"name@{schema.domain}, with no blanks or quotes"
    yield _Mistake(("address",), f"{what} stands in the address {shown(address)}; write {proposal}", "address-characters")


def _quota(value: dict[str, object], _: object, __: object) -> Iterator[_Mistake]:
    quota = value.get("quota_gb", 5)
    if isinstance(quota, bool) or not isinstance(quota, str | float) or (isinstance(quota, float) and quota.is_integer()):
        return
    found = _SIZE.fullmatch(cleaned(str(quota)))
    if not found:
        return
    unit = (found[3] or "G").upper()[0]
    size = float(f"{found[1]}.{found[2] or 0}") * {"M": 1 / 1024, "G": 1, "T": 1024}[unit]
    low, high = max(1, int(size)), max(1, -int(-size // 1))
    proposal = f"{low}" if low == high else f"{low} or {high}"
    given, as_text = (quoted(quota), ", without quotes and unit") if isinstance(quota, str) else (quota, "")
    yield _Mistake(("quota_gb",), f"quota_gb must be a whole number, not {given}; write {proposal}{as_text}")


def _choices(value: dict[str, object], schema: MailboxSchema, _: object) -> Iterator[_Mistake]:
    unit = value.get("unit")
    chosen: list[tuple[Path, object]] = [((key,), value.get(key)) for key in ("backend", "state", "language")]
    chosen += [(("unit", "type"), unit.get("type"))] if isinstance(unit, dict) else []
    for path, text in chosen:
        choices = schema.choices(*map(str, path))
        if not isinstance(text, str) or text in choices:
            continue
        plain = re.sub(r"[\s-]+", "_", cleaned(text).lower())
        meant = plain if plain in choices else _LANGUAGES.get(plain, "") if path == ("language",) else ""
        if meant:
            message = f"{path[-1]} must be one of {', '.join(choices)}, not {shown(text)}; write {path[-1]}: {meant}"
            yield _Mistake(path, message)


def _days(value: dict[str, object], _: object, __: object) -> Iterator[_Mistake]:
    exceptions = value.get("exceptions")
    for index, item in enumerate(exceptions if isinstance(exceptions, list) else ()):
        until = item.get("until") if isinstance(item, dict) else None
        if isinstance(until, str) and (found := _DAY.fullmatch(cleaned(until))):
            year, month, day = (found[4], found[5], found[6]) if found[4] else (found[3], found[2], found[1])
            written = f"{year}-{int(month):02}-{int(day):02}"
            if written != until and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
                message = f"{shown(until)} is not a date as it is written here; write year-month-day: {written}"
                yield _Mistake(("exceptions", index, "until"), message)
