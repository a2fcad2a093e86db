"""PowerShell's parameter binder: which parameter each argument is for, which parameter set is meant, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.exchange.cmdlet_table import Cmdlet, Parameter
from lab.exchange.cmdlets.conversion import convert, text
from lab.exchange.cmdlets.errors import BindingError
from lab.exchange.cmdlets.shapes import Shaped
from lab.exchange.pipeline import Argument

INSTANCES = {"MailboxAcePresentationObject", "ADAcePresentationObject"}


@dataclass(frozen=True, slots=True)
class Binding:
    """Converted values by the parameter's name as documented; ``sets`` are the parameter sets that are still possible, the default first.

    ``waiting`` are the mandatory parameters that only pipeline input can give."""

    cmdlet: Cmdlet
    values: dict[str, Any]
    sets: tuple[str, ...]
    waiting: tuple[str, ...] = field(default=())


def bind(cmdlet: Cmdlet, arguments: Sequence[Argument], *, piped: bool) -> Binding:
    """Bind the arguments of one command; ``piped`` when it gets input from the command before it. Raises BindingError."""
    given = _named(cmdlet, arguments)
    _positional(cmdlet, given, [argument.value for argument in arguments if argument.name is None])
    sets = _possible_sets(cmdlet, given)
    values = {name: convert(cmdlet.parameters[name], value) for name, value in given.items()}
    ordered = _ordered(cmdlet, sets)
    if piped:
        return Binding(cmdlet, values, ordered, _missing(cmdlet, given, ordered[0]))
    chosen = _chosen(cmdlet, given, ordered)
    return Binding(cmdlet, values, (chosen,))


def bind_input(binding: Binding, item: Shaped) -> dict[str, Any]:
    """The values for one object from the pipeline. Raises BindingError where no parameter takes it."""
    cmdlet = binding.cmdlet
    kind = item.shape.type_names[0].rpartition(".")[2]
    free = [parameter for parameter in cmdlet.parameters.values() if parameter.pipeline and parameter.name not in binding.values]
    for chosen in binding.sets:
        target = _takes(free, chosen, kind)
        if target is None:
            continue
        bound = text(item) if target.type == "DatabaseIdParameter" else item
        values = {**binding.values, target.name: bound, **_by_property(free, chosen, item)}
        if not _missing(cmdlet, values, chosen):
            return values
    raise BindingError(
        "InputObjectNotBound",
        "The input object cannot be bound to any parameters for the command either because the command does not take pipeline input or the "
        "input and its properties do not match any of the parameters that take pipeline input.",
    )


def _takes(free: Iterable[Parameter], chosen: str, kind: str) -> Parameter | None:
    """The parameter that takes an object of this class: entries of a list of permissions as such, everything else by its identity."""
    candidates = {parameter.type: parameter for parameter in free if chosen in parameter.sets}
    if kind in candidates or kind in INSTANCES:
        return candidates.get(kind)
    if kind == "MailboxDatabase":
        return candidates.get("DatabaseIdParameter")
    named = {parameter.name: parameter for parameter in candidates.values()}
    return named.get("Identity") or named.get("Name")


def _by_property(free: Iterable[Parameter], chosen: str, item: Shaped) -> dict[str, Any]:
    """A database that must be named too comes from the object's property."""
    return {
        parameter.name: item[parameter.name]
        for parameter in free
        if parameter.name == "Database" and chosen in parameter.required and "database" in item.shape.places
    }


def _named(cmdlet: Cmdlet, arguments: Iterable[Argument]) -> dict[str, object]:
    given: dict[str, object] = {}
    for argument in arguments:
        if argument.name is None:
            continue
        parameter = _parameter(cmdlet, argument.name)
        if parameter.name in given:
            raise BindingError(
                "ParameterAlreadyBound",
                f"Cannot bind parameter because parameter '{parameter.name}' is specified more than once. To provide multiple values to "
                'parameters that can accept multiple values, use the array syntax. For example, "-parameter value1,value2,value3".',
            )
        given[parameter.name] = argument.value
    return given


def _parameter(cmdlet: Cmdlet, name: str) -> Parameter:
    wanted = name.removeprefix("-").removesuffix(":").lower()
    names = {key.lower(): parameter for parameter in cmdlet.parameters.values() for key in (parameter.name, *parameter.aliases)}
    if wanted in names:
        return names[wanted]
    matching = {parameter.name: parameter for key, parameter in names.items() if wanted and key.startswith(wanted)}
    if not matching:
        raise BindingError("NamedParameterNotFound", f"A parameter cannot be found that matches parameter name '{name}'.")
    if len(matching) > 1:
        possible = " ".join(f"-{key}" for key in matching)
        raise BindingError(
            "AmbiguousParameter",
            f"Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include: {possible}.",
        )
    return next(iter(matching.values()))


def _positional(cmdlet: Cmdlet, given: dict[str, object], values: Iterable[object]) -> None:
    for value in values:
        sets = _possible_sets(cmdlet, given)
        free = [
            parameter
            for parameter in cmdlet.parameters.values()
            if parameter.position is not None and parameter.name not in given and parameter.sets & sets
        ]
        preferred = [parameter for parameter in free if cmdlet.default_set in parameter.sets] or free
        if not preferred:
            raise BindingError(
                "PositionalParameterNotFound", f"A positional parameter cannot be found that accepts argument '{text(value)}'."
            )
        given[min(preferred, key=lambda parameter: parameter.position or 0).name] = value


def _possible_sets(cmdlet: Cmdlet, given: Iterable[str]) -> frozenset[str]:
    sets = cmdlet.sets
    for name in given:
        sets &= cmdlet.parameters[name].sets
    if not sets:
        raise BindingError("AmbiguousParameterSet", "Parameter set cannot be resolved using the specified named parameters.")
    return sets


def _ordered(cmdlet: Cmdlet, sets: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(sets, key=lambda name: (name != cmdlet.default_set, name)))


def _missing(cmdlet: Cmdlet, given: Iterable[str], chosen: str) -> tuple[str, ...]:
    there = set(given)
    return tuple(name for name, parameter in cmdlet.parameters.items() if chosen in parameter.required and name not in there)


def _chosen(cmdlet: Cmdlet, given: dict[str, object], sets: tuple[str, ...]) -> str:
    complete = [name for name in sets if not _missing(cmdlet, given, name)]
    if sets[0] == cmdlet.default_set or len(sets) == 1:
        missing = _missing(cmdlet, given, sets[0])
        if not missing:
            return sets[0]
        # A remote session has nobody to ask.
        raise BindingError(
            "MissingMandatoryParameter",
            f"Cannot process command because of one or more missing mandatory parameters: {' '.join(missing)}.",
        )
    if len(complete) == 1:
        return complete[0]
    if not complete:
        missing = _missing(cmdlet, given, sets[0])
        raise BindingError(
            "MissingMandatoryParameter",
            f"Cannot process command because of one or more missing mandatory parameters: {' '.join(missing)}.",
        )
    raise BindingError("AmbiguousParameterSet", "Parameter set cannot be resolved using the specified named parameters.")
