"""What a pipeline puts out (CLIXML, MS-PSRP section 2.2.5), read property by property when it is asked for.

Exchange shows some 230 properties of a mailbox, and a dozen are wanted: converting all, as psrpcore does, takes ten times as long as
parsing the XML. What occurs seldom is left to psrpcore, which reads everything: this reader never guesses.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import datetime
from typing import Any, NoReturn

HARMLESS = frozenset({"System.Management.Automation.PSCustomObject", "System.Collections.ArrayList"})
"""Of the types of which psrpcore makes classes of its own: those that look no different for it."""
_ESCAPED = re.compile("_x([0-9a-fA-F]{4})_")
_GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_NUMBER = re.compile("-?[0-9]{1,20}")
_TEXTS = frozenset({"S", "URI", "XD", "SBK"})
_WHOLE_NUMBERS = frozenset({"I32", "I64", "I16", "U32", "U64", "U16", "By", "SB"})
_LISTS = frozenset({"LST", "IE", "STK"})


class UnusualError(Exception):
    """A shape that is left to psrpcore. Not an AttributeError, which ``getattr`` with a default would swallow."""


def read_clixml(data: bytes, special: Container[str]) -> Any:
    """The value of one PIPELINE_OUTPUT message: None, a bool, str, int or datetime, or a ClixmlObject. ``special`` are the names of the
    types that psrpcore has classes for.

    Raises UnusualError, also when a property of the object is asked for later.
    """
    try:
        root = ET.fromstring(data)  # noqa: S314 - from a server that TLS or Kerberos has vouched for; expat limits expansion
    except ET.ParseError as error:
        raise UnusualError(str(error)) from error
    return _Message(root, special).value(root)


def unescaped(text: str) -> str:
    """Control characters and halves of surrogate pairs are written ``_xHHHH_`` (MS-PSRP section 2.2.5.3.2)."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


class ClixmlObject:
    """An object of a message. Properties are attributes, those that PowerShell added to the object's own included."""

    __slots__ = ("_clixml_elements", "_clixml_groups", "_clixml_message", "_clixml_shown")

    def __init__(self, message: _Message, groups: tuple[ET.Element, ...], shown: str | None) -> None:
        self._clixml_message = message
        self._clixml_groups = groups
        self._clixml_shown = shown
        self._clixml_elements: dict[str, ET.Element] | None = None

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError where there is no such property, and UnusualError."""
        if name == "PSObject":
            raise UnusualError("a description of all properties")
        elements = self._clixml_elements
        if elements is None:
            pairs = ((element.get("N", ""), element) for group in self._clixml_groups for element in group)
            elements = self._clixml_elements = {unescaped(key): element for key, element in pairs}
        try:
            element = elements[name]
        except KeyError:
            raise AttributeError(name) from None
        return self._clixml_message.value(element)

    @property
    def shown(self) -> str:
        """What PowerShell shows for the object. Raises UnusualError when the message does not say."""
        if self._clixml_shown is None:
            raise UnusualError("an object without a text")
        return self._clixml_shown


class ClixmlList(ClixmlObject):
    """A list, array or stack."""

    __slots__ = ("_clixml_items",)

    def __init__(self, message: _Message, groups: tuple[ET.Element, ...], shown: str | None, items: ET.Element) -> None:
        super().__init__(message, groups, shown)
        self._clixml_items = items

    def __iter__(self) -> Iterator[Any]:
        return map(self._clixml_message.value, self._clixml_items)


class _Message:
    """The elements of one message refer to each other by number."""

    def __init__(self, root: ET.Element, special: Container[str]) -> None:
        self._root = root
        self._special = special

    def value(self, element: ET.Element) -> Any:
        tag = element.tag
        if tag in _TEXTS:
            return unescaped(element.text or "")
        if tag == "Obj":
            return self._object(element)
        read = _SIMPLE.get(tag)
        if read is not None:
            return read(element.text or "")
        if tag == "Ref":
            return self._object(self._only("Obj", element))
        raise UnusualError(f"an element {tag}")

    def _only(self, tag: str, reference: ET.Element) -> ET.Element:
        """What a reference refers to; numbers that are used twice are left to psrpcore."""
        number = reference.get("RefId")
        found = [element for element in self._root.iter(tag) if element.get("RefId") == number]
        if len(found) != 1:
            raise UnusualError(f"{len(found)} elements {tag} with the number {number}")
        return found[0]

    def _object(self, element: ET.Element) -> Any:
        groups: dict[str, ET.Element] = {}
        shown: str | None = None
        items: ET.Element | None = None
        inner: ET.Element | None = None
        for child in element:
            tag = child.tag
            if tag in ("Props", "MS"):
                groups[tag] = child
            elif tag == "ToString":
                shown = unescaped(child.text or "")
            elif tag in ("TN", "TNRef"):
                self._refuse_special(child)
            elif items is not None or inner is not None:
                raise UnusualError("an object with several values")
            elif tag in _LISTS:
                items = child
            else:
                inner = child
        there = tuple(groups[tag] for tag in ("Props", "MS") if tag in groups)
        if items is not None:
            return ClixmlList(self, there, shown, items)
        return ClixmlObject(self, there, shown) if inner is None else self._wrapped(inner, there, shown)

    def _refuse_special(self, types: ET.Element) -> None:
        first = (self._only("TN", types) if types.tag == "TNRef" else types).findtext("T", "")
        if first in self._special and first not in HARMLESS:
            raise UnusualError(f"an object of the type {first}")

    def _wrapped(self, inner: ET.Element, groups: tuple[ET.Element, ...], shown: str | None) -> Any:
        """An enumeration with its number; or a text that has nothing but itself."""
        if inner.tag in _WHOLE_NUMBERS:
            number = _whole_number(inner.text or "")
            return ClixmlObject(self, groups, str(number) if shown is None else shown)
        if inner.tag in _TEXTS and not groups:
            return unescaped(inner.text or "")
        raise UnusualError(f"an object around an element {inner.tag}")


def _refuse(what: str) -> NoReturn:
    raise UnusualError(what)


def _whole_number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else _refuse("a number of another form")


def _guid(text: str) -> str:
    return text.lower() if _GUID.fullmatch(text) else _refuse("a GUID of another form")


def _time(text: str) -> datetime:
    """To the microsecond; Windows counts in tenths of it."""
    found = _TIME.fullmatch(text)
    try:
        return datetime.fromisoformat(found[1] + (found[2] or "")) if found else _refuse("a time of another form")
    except ValueError:
        return _refuse("a time that there is not")


_SIMPLE: Mapping[str, Callable[[str], Any]] = {
    "Nil": lambda text: None,
    "B": lambda text: text.lower() == "true",
    "G": _guid,
    "DT": _time,
    **dict.fromkeys(_WHOLE_NUMBERS, _whole_number),
}
