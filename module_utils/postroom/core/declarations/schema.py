"""The JSON Schema of a declaration: what it says, and its violations in the reader's words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from ...text import flow, shown
from ..finding import UnfiledFinding
from .parse import Document, Path
from .validity import Check, compile_validity

_END = r"(?![\s\S])"
_KINDS = {
    "string": "text", "integer": "a whole number", "array": "a list, such as [ajanssens, bpeeters]",
    "object": "a mapping of key: value", "boolean": "true or false", "number": "a number",
}  # fmt: skip


class MailboxSchema:
    """``schemas/mailbox.schema.json``, compiled.

    Beside the standard keywords it carries ``x-rule``, the rule id that a violation is reported under, and ``x-message``, the
    words for it. Raises ValueError when the schema itself is not usable.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"the schema is not a valid JSON Schema: {error.message}") from error
        self._schema = _inlined(schema, schema.get("$defs", {}))
        self._validator = Draft202012Validator(self._schema)
        self.is_valid = compile_validity(self._schema)
        self.rules, self.waivable = _rules(self._schema)

    @cached_property
    def domain(self) -> str:
        """The mail domain as people write it, read back from the pattern of address-domain (``[Uu][Gg][eE]`` is ``UGe``)."""
        for constraint in self._schema["properties"]["address"]["allOf"]:
            if constraint.get("x-rule") == "address-domain":
                domain: str = constraint["pattern"].rpartition("@")[2].removesuffix(_END)
                return re.sub(r"\[(.).\]", r"\1", domain).replace("\\.", ".")
        raise ValueError("the schema states no domain: its address has no rule address-domain")

    @cached_property
    def maximum_members(self) -> int:
        """How many members a mailbox may have where no exception is made."""
        for constraint in self._schema["properties"]["members"]["allOf"]:
            if constraint.get("x-rule") == "members-maximum":
                return int(constraint["maxItems"])
        raise ValueError("the schema states no number of members: its members have no rule members-maximum")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The values of keys that may be left out."""
        return {key: rule["default"] for key, rule in self._schema["properties"].items() if "default" in rule}

    @cached_property
    def _is_login(self) -> Check:
        return compile_validity(self._schema["properties"]["requested_by"])

    def is_login(self, value: str) -> bool:
        """Whether a declaration can name somebody who logs in with this."""
        return self._is_login(value)

    @cached_property
    def is_address(self) -> Check:
        """Whether a text keeps all rules for an address that the schema has."""
        return compile_validity(self._schema["properties"]["address"])

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._schema["properties"])

    def choices(self, *path: str) -> list[str]:
        """The values that the key at ``path`` can have."""
        part = self._schema
        for key in path:
            part = part["properties"][key]
        found: list[str] = part["enum"]
        return found

    def findings(self, document: Document) -> Iterator[UnfiledFinding]:
        """What in the document does not satisfy the schema, one finding for each key and rule.

        Values of another form are among the document's uncertain ones afterwards: no rule can say anything sensible of them.
        """
        seen: set[tuple[Path, str]] = set()
        for error in self._validator.iter_errors(document.value):
            for found in self._explain(_Violation.of(error)):
                if found.path in document.uncertain or (found.path, found.rule) in seen:
                    continue
                seen.add((found.path, found.rule))
                yield document.finding(found.path, found.rule, found.message, key=found.at_key, waivable=found.waivable)
        document.uncertain |= {path for path, rule in seen if rule == "schema"}

    def _explain(self, violation: _Violation) -> Iterator[_Complaint]:
        if violation.keyword == "required":
            yield from _missing(violation)
        elif violation.keyword == "additionalProperties":
            known = list(violation.schema["properties"])
            for key in violation.value:
                if key not in known:
                    yield _Complaint((*violation.path, key), "schema", _unknown_key(key, known), at_key=True)
        else:
            say = None if "x-exception" in violation.schema else _IN_WORDS.get(violation.keyword)
            message = say(violation) if say else self._own_words(violation)
            yield _Complaint(violation.path, violation.rule, message, waivable=violation.is_waivable)

    def _own_words(self, violation: _Violation) -> str:
        """The schema's x-message for a pattern or a number of items."""
        value = violation.value
        local = value.partition("@")[0] if isinstance(value, str) else ""
        template: str = violation.schema.get("x-message", "{key}: {value} is not right")
        return template.format(
            key=shown(violation.key), value=shown(value), limit=violation.limit, domain=self.domain, local=shown(local),
            length=len(local), count=len(value) if isinstance(value, list) else 0, strange=_strange(local),
        )  # fmt: skip


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with each ``$ref`` to ``$defs`` written out: jsonschema resolves a reference again for every value."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    own = {key: _inlined(value, definitions) for key, value in schema.items() if key not in ("$ref", "$defs")}
    reference = schema.get("$ref", "")
    return {**definitions[reference.removeprefix("#/$defs/")], **own} if isinstance(reference, str) and reference else own


def _rules(schema: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of all x-rules, and of those that can be waived."""
    parts = list(schema.values()) if isinstance(schema, Mapping) else schema if isinstance(schema, list) else []
    found = [_rules(part) for part in parts]
    own = {schema["x-rule"]} if isinstance(schema, Mapping) and isinstance(schema.get("x-rule"), str) else set()
    waivable = own if own and "x-exception" in schema else set()
    return frozenset(own).union(*(rules for rules, _ in found)), frozenset(waivable).union(*(one for _, one in found))


@dataclass(frozen=True, slots=True)
class _Complaint:
    path: Path
    rule: str
    message: str
    at_key: bool = False
    waivable: bool = False


@dataclass(frozen=True, slots=True)
class _Violation:
    """A jsonschema error, typed: ``keyword: limit`` of ``schema`` does not hold for ``value`` at ``path``."""

    path: Path
    keyword: str
    limit: Any
    value: Any
    schema: Mapping[str, Any]

    @classmethod
    def of(cls, error: ValidationError) -> _Violation:
        schema = error.schema if isinstance(error.schema, Mapping) else {}
        return cls(tuple(error.absolute_path), str(error.validator), error.validator_value, error.instance, schema)

    @property
    def rule(self) -> str:
        """What is too long is there, so it breaks no rule about what must be said."""
        return "schema" if self.keyword == "maxLength" else str(self.schema.get("x-rule", "schema"))

    @property
    def is_waivable(self) -> bool:
        """Whether an exception may allow the value: it keeps to what x-exception says."""
        limit = self.schema.get("x-exception")
        return limit is not None and Draft202012Validator(limit).is_valid(self.value)

    @property
    def key(self) -> str:
        """The innermost key on the path: ``members`` for its third item."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "the file")


def _missing(violation: _Violation) -> Iterator[_Complaint]:
    properties = violation.schema["properties"]
    others = {_meant(key, list(properties)) for key in violation.value if key not in properties}
    for key in violation.limit:
        if key not in violation.value and key not in others:
            line = f"{key}: {flow(properties[key]['examples'][0])}"
            rule = properties[key].get("x-rule", "schema")
            # A path that leads nowhere is placed at its parent, the mapping that lacks the key.
            yield _Complaint((*violation.path, f"<{key}>"), rule, f"the key {key} is missing; add a line such as {line}")


def _wrong_type(violation: _Violation) -> str:
    wanted = _KINDS.get(violation.limit, violation.limit)
    is_number = isinstance(violation.value, int | float)
    hint = f'; write "{flow(violation.value)}" in quotes' if violation.limit == "string" and is_number else ""
    return f"{shown(violation.key)} must be {wanted}, not {_kind_of(violation.value)}{hint}"


def _not_one_of(violation: _Violation) -> str:
    return f"{shown(violation.key)} must be one of {', '.join(map(flow, violation.limit))}, not {shown(violation.value)}"


def _too_long(violation: _Violation) -> str:
    return f"{shown(violation.key)} has {len(violation.value)} characters, at most {violation.limit} are allowed; shorten it"


def _out_of_range(violation: _Violation) -> str:
    least = violation.schema["minimum"]
    most = min(part["maximum"] for part in (violation.schema, *violation.schema.get("allOf", ())))
    return f"{shown(violation.key)} must be a whole number from {least} to {most}, not {shown(violation.value)}"


_IN_WORDS: Mapping[str, Callable[[_Violation], str]] = {
    "type": _wrong_type,
    "enum": _not_one_of,
    "maxLength": _too_long,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
}


def _unknown_key(key: str, known: list[str]) -> str:
    meant = _meant(key, known)
    advice = f"did you mean {meant}?" if meant else f"the keys are {', '.join(known)}"
    return f"there is no key {shown(key)}; {advice}"


def _meant(key: str, known: list[str]) -> str:
    """The known key that a strange one was to be; empty when it is like none."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", key.strip()).strip("_").lower()
    return next(iter(difflib.get_close_matches(plain, known, n=1)), "")


def _strange(local: str) -> str:
    """The characters that do not belong in an address, each with its code point where it only looks ordinary."""
    found = dict.fromkeys(char for char in local if not re.match(r"[A-Za-z0-9.]", char))
    return ", ".join(f"{shown(char)} (U+{ord(char):04X})" if char.isalpha() else shown(char) for char in found)


def _kind_of(value: Any) -> str:
    for kind, name in ((bool, "true or false"), (str, "text"), (int | float, "a number"), (list, "a list"), (dict, "a mapping")):
        if isinstance(value, kind):
            return name
    return "nothing"
