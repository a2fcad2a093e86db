"""Whether a value satisfies a JSON Schema, without finding out why not.

jsonschema makes a new validator for each subschema of each value, which is most of the work on ten thousand good declarations. Here the
subschemas are gone through once; the keywords themselves are jsonschema's. What is not valid is given to jsonschema for its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

Check = Callable[[Any], bool]


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
    function = validator.VALIDATORS.get(keyword)
    if function is None:
        return None
    return lambda instance: next(iter(function(validator, limit, instance, schema) or ()), None) is None


def _properties(checks: Mapping[str, Check]) -> Check:
    return lambda instance: (
        not isinstance(instance, dict) or all(check(instance[name]) for name, check in checks.items() if name in instance)
    )
