"""The same CLIXML that psrpcore writes for this package's objects, several times as fast.

psrpcore tries some twenty types for every property; here the few that occur are looked up. The wire may use it instead of
``pipeline.write_output(value)``: ``pool.prepare_message(None, pipeline_id=...)`` queues a PIPELINE_OUTPUT message without data, and
``pool._send_buffer[-1]._data.extend(clixml(value))`` gives it some (private names of psrpcore 0.3.1; tried).
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from psrpcore.types import serialize

from lab.exchange.cmdlets.shapes import Shaped

# What CLIXML writes as _xHHHH_, and an underscore that would look like the start of that [MS-PSRP 2.2.5.3.2].
_UNUSUAL = re.compile("_(?=[xX])|[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]")
_LARGEST_INT = 2**31 - 1


def clixml(value: object) -> bytes:
    """The object as the data of a PIPELINE_OUTPUT message."""
    return _Writer().written(value, "").encode("utf-8", "xmlcharrefreplace")


def _text(value: str) -> str:
    return escape(_UNUSUAL.sub(_code, value) if _UNUSUAL.search(value) else value)


def _code(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"_x{units[place : place + 2].hex().upper()}_" for place in range(0, len(units), 2))


class _Writer:
    """One message: objects and type names are numbered in it."""

    def __init__(self) -> None:
        self._objects = 0
        self._types: dict[str, int] = {}

    def written(self, value: Any, name: str) -> str:
        """An element; ``name`` is its attribute N with the space before it, or empty."""
        simple = _SIMPLE.get(type(value))
        if simple is not None:
            return simple(value, name)
        if isinstance(value, Shaped):
            return self._object(value, name)
        if isinstance(value, list):
            return self._list(value, name)
        raise TypeError(type(value))

    def _start(self, type_names: list[str], name: str) -> str:
        number, self._objects = self._objects, self._objects + 1
        known = self._types.get(type_names[0])
        if known is not None:
            return f'<Obj RefId="{number}"{name}><TNRef RefId="{known}" />'
        reference = self._types[type_names[0]] = len(self._types)
        names = "".join(f"<T>{_text(type_name)}</T>" for type_name in type_names)
        return f'<Obj RefId="{number}"{name}><TN RefId="{reference}">{names}</TN>'

    def _object(self, value: Shaped, name: str) -> str:
        group = value.shape.group
        parts = [self._start(value.shape.type_names, name), f"<{group}>"]
        written = self.written
        parts += [written(item, attribute) for item, attribute in zip(value.values, value.shape.attributes, strict=True)]
        text = value.PSObject.to_string
        parts.append(f"</{group}><ToString>{escape(text)}</ToString></Obj>" if text else f"</{group}></Obj>")
        return "".join(parts)

    def _list(self, value: list[Any], name: str) -> str:
        start = self._start(value.PSObject.type_names, name)  # type: ignore[attr-defined]
        items = "".join(self.written(item, "") for item in value)
        return f"{start}<LST>{items}</LST></Obj>" if items else f"{start}<LST /></Obj>"


def _string(value: str, name: str) -> str:
    return f"<S{name}>{_text(value)}</S>" if value else f"<S{name} />"


def _number(value: int, name: str) -> str:
    return f"<I64{name}>{value}</I64>" if value > _LARGEST_INT else f"<I32{name}>{value}</I32>"


def _as_psrpcore(value: Any, name: str) -> str:
    element = serialize(value, None)  # type: ignore[arg-type]
    return f"<{element.tag}{name}>{element.text}</{element.tag}>"


_SIMPLE: dict[type, Callable[[Any, str], str]] = {
    str: _string,
    bool: lambda value, name: f"<B{name}>{'true' if value else 'false'}</B>",
    type(None): lambda value, name: f"<Nil{name} />",
    int: _number,
    uuid.UUID: lambda value, name: f"<G{name}>{value}</G>",
    datetime.datetime: lambda value, name: f"<DT{name}>{value:%Y-%m-%dT%H:%M:%S}Z</DT>",
    datetime.timedelta: _as_psrpcore,
}
