"""Whether a value satisfies a JSON Schema, without finding out why not.

jsonschema makes a new validator for each subschema of each value, which is most of the work on ten thousand good declarations. Here the
subschemas are gone through once. The keywords that nearly every value meets are judged here, as JSON Schema 2020-12 says (Validation,
section 6); the others are jsonschema's own. What is not valid is given to jsonschema for its errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Check = Callable[[Any], bool]
_TYPES: Mapping[str, type] = {"string": str, "object": dict, "array": list, "boolean": bool}
"""Those that are exactly one type of Python's; a number may be an integer and is never a boolean, which is left to jsonschema."""


def compile_validity(schema: Mapping[str, Any]) -> Check:
    """A function that says whether its argument satisfies the schema, which must be without ``$ref``."""
    validator = Draft202012Validator(schema)
    checks = [check for keyword, limit in schema.items() if (check := _check(validator, keyword, limit, schema))]
    return lambda instance: all(check(instance) for check in checks)


def _check(validator: Draft202012Validator, keyword: str, limit: Any, schema: Mapping[str, Any]) -> Check | None:
    match keyword:
        case "properties":
            return _properties({name: compile_validity(sub) for name, sub in limit.items()})
        case "allOf":
            checks = [compile_validity(sub) for sub in limit]
            return lambda instance: all(check(instance) for check in checks)
        case "items":
            item = compile_validity(limit)
            return lambda instance: not isinstance(instance, list) or all(map(item, instance))
    if (judge := _JUDGED_HERE.get(keyword)) and (check := judge(limit, schema)):
        return check
    function = validator.VALIDATORS.get(keyword)
    if function is None:
        return None
    return lambda instance: next(iter(function(validator, limit, instance, schema) or ()), None) is None


def _type(limit: Any, _: object) -> Check | None:
    wanted = _TYPES.get(limit) if isinstance(limit, str) else None
    return (lambda instance: isinstance(instance, wanted)) if wanted else None


def _pattern(limit: str, _: object) -> Check:
    found = re.compile(limit).search
    return lambda instance: not isinstance(instance, str) or found(instance) is not None


def _maximum_length(limit: int, _: object) -> Check:
    return lambda instance: not isinstance(instance, str) or len(instance) <= limit


def _required(limit: list[str], _: object) -> Check:
    return lambda instance: not isinstance(instance, dict) or all(map(instance.__contains__, limit))


def _no_others(limit: Any, schema: Mapping[str, Any]) -> Check | None:
    known = schema.get("properties", {}).keys()
    is_simple = limit is False and "patternProperties" not in schema
    return (lambda instance: not isinstance(instance, dict) or instance.keys() <= known) if is_simple else None


_JUDGED_HERE: Mapping[str, Callable[[Any, Mapping[str, Any]], Check | None]] = {
    "type": _type,
    "pattern": _pattern,
    "maxLength": _maximum_length,
    "required": _required,
    "additionalProperties": _no_others,
}


def _properties(checks: Mapping[str, Check]) -> Check:
    return lambda instance: (
        not isinstance(instance, dict) or all(check(instance[name]) for name, check in checks.items() if name in instance)
    )
