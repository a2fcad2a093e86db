"""Select-Object -Property, the one command that is not Exchange's own which its endpoint was seen to take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from lab.exchange.cmdlets.conversion import text
from lab.exchange.cmdlets.errors import BindingError
from lab.exchange.cmdlets.shapes import Shape, Shaped
from lab.exchange.pipeline import Argument, Output, Record

NAME = "Select-Object"


def property_names(arguments: Sequence[Argument]) -> tuple[str, ...]:
    """The argument of -Property. Raises BindingError for anything else that is given, or for nothing."""
    for argument in arguments:
        if (argument.name or "").lower() not in ("", "property"):
            raise BindingError("NamedParameterNotFound", f"A parameter cannot be found that matches parameter name '{argument.name}'.")
    values = [argument.value for argument in arguments]
    names = tuple(text(one) for value in values for one in (value if isinstance(value, list | tuple) else [value]))
    if not names:
        raise BindingError("MissingMandatoryParameter", "Select-Object is played here with -Property only.")
    return names


def selected(source: Iterator[Record], names: tuple[str, ...], *, flattens: bool) -> Iterator[Record]:
    """Each object with these properties only, those that it has not as $null; what is not an object is passed on."""
    for record in source:
        if isinstance(record, Output) and isinstance(record.value, Shaped):
            item = record.value
            shape, places = _selected_shape(item.shape, names)
            values = [None if place is None else _as_text(item.values[place], flattens=flattens) for place in places]
            yield Output(shape.make(values, source=item.source))
        else:
            yield record


@cache
def _selected_shape(shape: Shape, names: tuple[str, ...]) -> tuple[Shape, tuple[int | None, ...]]:
    places = tuple(shape.places.get(name.lower()) for name in names)
    called = [name if place is None else shape.names[place] for name, place in zip(names, places, strict=True)]
    types = [f"Selected.{shape.type_names[0]}", "System.Management.Automation.PSCustomObject"]
    return Shape(types, called, extended=True), places


def _as_text(value: Any, *, flattens: bool) -> Any:
    """One level deep less than the object itself."""
    if isinstance(value, Shaped):
        return value.PSObject.to_string or ""
    if isinstance(value, list) and flattens:
        return ", ".join(map(text, value))
    if isinstance(value, list):
        return type(value)(_as_text(item, flattens=False) for item in value)
    return value
