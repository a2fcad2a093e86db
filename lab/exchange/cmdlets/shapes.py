"""Objects for the success stream, light enough to make by the ten thousand.

psrpcore's serialiser asks of an object only its attribute ``PSObject`` with type names, properties and text. Its own PSObject classes copy
the description of every property into each object, which costs more than reading the mailbox does; here the properties belong to the shape.
A client sees type names with ``Deserialized.`` before them: the prefix is the deserialiser's, so the bare name is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class _Property:
    """One adapted property, at a fixed place among an object's values."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index

    def get_value(self, owner: Shaped) -> Any:
        return owner.values[self.index]


class _Description:
    """What psrpcore asks for as ``value.PSObject``."""

    __slots__ = ("adapted_properties", "extended_properties", "to_string", "type_names")

    def __init__(
        self, type_names: list[str], properties: list[_Property], to_string: str | None, extended: Sequence[_Property] = ()
    ) -> None:
        self.type_names = type_names
        self.adapted_properties = properties
        self.extended_properties = list(extended)
        self.to_string = to_string


class Shape:
    """A .NET class as the client sees it: its type names and the names of its properties. Those of an object that PowerShell made itself
    are ``extended`` ones."""

    def __init__(self, type_names: Sequence[str], properties: Sequence[str], *, extended: bool = False) -> None:
        self.type_names = [*type_names, "System.Object"]
        self.names = tuple(properties)
        self.places = {name.lower(): index for index, name in enumerate(properties)}
        self.attributes = [f' N="{name}"' for name in properties]
        described = [_Property(name, index) for index, name in enumerate(properties)]
        self.group = "MS" if extended else "Props"
        self.properties, self.extended = ([], described) if extended else (described, [])

    def make(self, values: Sequence[Any], text: str | None = None, source: Any = None) -> Shaped:
        """An object. ``source`` stays on the server: what the next command of the pipeline gets."""
        return Shaped(self, values, text, source)


class Shaped:
    __slots__ = ("PSObject", "__weakref__", "shape", "source", "values")

    def __init__(self, shape: Shape, values: Sequence[Any], text: str | None, source: Any) -> None:
        self.shape = shape
        self.values = values
        self.source = source
        self.PSObject = _Description(shape.type_names, shape.properties, text, shape.extended)

    def __getitem__(self, name: str) -> Any:
        """A property by its name, in any case."""
        return self.values[self.shape.places[name.lower()]]


_TASKS = "Microsoft.Exchange.Management.RecipientTasks"


class Collection(list[Any]):
    """A list under its .NET class name."""

    PSObject = _Description(["Microsoft.Exchange.Data.MultiValuedProperty`1[[System.String, mscorlib]]", "System.Object"], [], None)


class MailboxRights(list[Any]):
    PSObject = _Description([f"{_TASKS}.MailboxRights[]", "System.Array", "System.Object"], [], None)


class DirectoryRights(list[Any]):
    PSObject = _Description(["System.DirectoryServices.ActiveDirectoryRights[]", "System.Array", "System.Object"], [], None)


class ExtendedRights(list[Any]):
    PSObject = _Description([f"{_TASKS}.ExtendedRightIdParameter[]", "System.Array", "System.Object"], [], None)


class Addresses(list[Any]):
    PSObject = _Description(["Microsoft.Exchange.Data.ProxyAddressCollection", "System.Object"], [], None)


_ASSEMBLY = "Microsoft.Exchange.Data, Version=15.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
_UNLIMITED_SIZE = Shape(
    [f"Microsoft.Exchange.Data.Unlimited`1[[Microsoft.Exchange.Data.ByteQuantifiedSize, {_ASSEMBLY}]]", "System.ValueType"],
    ["IsUnlimited", "Value"],
)
_UNLIMITED_NUMBER = Shape([f"Microsoft.Exchange.Data.Unlimited`1[[System.Int32, mscorlib]], {_ASSEMBLY}", "System.ValueType"],
                          ["IsUnlimited", "Value"])  # fmt: skip
_SWITCH = Shape(["System.Management.Automation.SwitchParameter", "System.ValueType"], ["IsPresent"])
UNLIMITED = "Unlimited"


def size_text(size: int) -> str:
    """``5 GB (5,368,709,120 bytes)``: at most four digits in the largest unit that is not below one."""
    value, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.4g} {unit} ({size:,} bytes)"


def unlimited_size(size: int | str) -> Shaped:
    """A quota: a number of bytes, or ``Unlimited``."""
    if isinstance(size, str):
        return _UNLIMITED_SIZE.make((True, None), UNLIMITED)
    text = size_text(size)
    return _UNLIMITED_SIZE.make((False, text), text)


def unlimited_number(number: int | str) -> Shaped:
    if isinstance(number, str):
        return _UNLIMITED_NUMBER.make((True, None), UNLIMITED)
    return _UNLIMITED_NUMBER.make((False, number), str(number))


def switch(present: bool) -> Shaped:
    return _SWITCH.make((present,), str(present))
