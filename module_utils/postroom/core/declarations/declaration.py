"""A parsed file, as the rules look at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .parse import Document, Path

TODO = "TODO"
"""What a text begins with that somebody still has to write."""
_IS_TODO = re.compile(rf"{TODO}\b")
WANTED: Mapping[Path, str] = {
    ("display_name",): "the name that people see beside the address",
    ("purpose",): "what the mailbox is for, in a sentence",
    ("unit", "type"): "the kind of unit: department, lab, research_group, student_association or service",
    ("unit", "name"): "the unit's full name",
    ("requested_by",): "the login name of the staff member who answers for the mailbox",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """A parsed file and its name, with its values where they have the right type and nothing where they have not."""

    file: str
    document: Document

    def text(self, key: str) -> str:
        value = self._mapping.get(key)
        return value if isinstance(value, str) else ""

    @property
    def local(self) -> str:
        return self.text("address").partition("@")[0]

    @property
    def members(self) -> list[tuple[int, str]]:
        """Index and login name in lower case of each member that is text."""
        value = self._mapping.get("members")
        return [(index, login.lower()) for index, login in enumerate(value) if isinstance(login, str)] if isinstance(value, list) else []

    @property
    def abbreviations(self) -> Iterable[str]:
        value = self._mapping.get("abbreviations")
        return value.keys() if isinstance(value, dict) else ()

    @property
    def has_abbreviations(self) -> bool:
        return isinstance(self._mapping.get("abbreviations"), dict)

    @property
    def texts(self) -> Iterator[tuple[Path, str]]:
        """The texts that are anybody's own words, with their places."""
        paths: list[Path] = [("display_name",), ("purpose",), ("unit", "name")]
        paths += [("abbreviations", key) for key in self.abbreviations]
        for index, item in self.exceptions:
            if isinstance(reason := item.get("reason"), str):
                yield ("exceptions", index, "reason"), reason
        yield from ((path, value) for path in paths if isinstance(value := self._at(path), str))

    @property
    def exceptions(self) -> list[tuple[int, Mapping[str, Any]]]:
        """Index and content of each exception that is a mapping."""
        value = self._mapping.get("exceptions")
        return [(index, item) for index, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []

    @property
    def todos(self) -> list[Path]:
        """The places of texts that somebody still has to write."""
        return [path for path in WANTED if isinstance(value := self._at(path), str) and _IS_TODO.match(value)]

    def _at(self, path: Path) -> Any:
        value: Any = self._mapping
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    @property
    def is_retired(self) -> bool:
        return self._mapping.get("state") == "retired"

    @property
    def _mapping(self) -> Mapping[str, Any]:
        return self.document.value if isinstance(self.document.value, dict) else {}
