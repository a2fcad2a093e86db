"""core/ and wire/ do no I/O, know no clock and no Ansible; core/ may import wire/, and never the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "module_utils" / "postroom"
PURE = sorted([*PACKAGE.glob("core/**/*.py"), *PACKAGE.glob("wire/**/*.py"), PACKAGE / "text.py"])
ALLOWED = {
    "__future__", "base64", "collections", "csv", "dataclasses", "datetime", "difflib", "email", "functools", "hashlib", "hmac",
    "itertools", "json", "re", "types", "typing", "unicodedata", "xml", "yaml", "jsonschema", "jinja2", "markdown_it",
    "markupsafe", "postroom.text",
}  # fmt: skip
OURS = {"core": {"postroom.core", "postroom.wire"}, "wire": {"postroom.wire"}, "postroom": set[str]()}
"""What the files of each folder may import of ours, beside texts."""
CLOCK = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}
CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}


def imports(source: str, package: str) -> Iterator[str]:
    """The first word of each absolute import; of a relative one, the package of ours that it leads to."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            parent = parts[: len(parts) + 1 - node.level]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (".".join([*parent, *name.split(".")][:2]) for name in names)


def calls(source: str) -> set[str]:
    return {node.func.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def attributes(source: str) -> set[str]:
    """Each with the last word before its dot."""
    found = (ast.unparse(node).split(".")[-2:] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return {".".join(words) for words in found}


@pytest.mark.parametrize("path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_middle_is_pure(path: Path) -> None:
    source = path.read_text()
    package = path.relative_to(PACKAGE.parent).parts[:-1]
    assert set(imports(source, ".".join(package))) <= ALLOWED | OURS[package[:2][-1]]
    assert calls(source).isdisjoint(CALLS)
    assert attributes(source).isdisjoint(CLOCK)


@pytest.mark.parametrize(
    ("source", "package", "found"),
    [
        ("import os.path", "postroom.core", "os"),
        ("def f():\n    from time import time", "postroom.core", "time"),
        ("from ansible.module_utils.postroom.backends import cyrus", "postroom.core", "ansible"),
        ("from ..backends.cyrus import x", "postroom.core", "postroom.backends"),
        ("from .. import backends", "postroom.core", "postroom.backends"),
        ("from .model import Mailbox", "postroom.core", "postroom.core"),
        ("from ..core.model import Mailbox", "postroom.wire", "postroom.core"),
        ("from ..model import Mailbox", "postroom.core.audit", "postroom.core"),
        ("from ..converge import converge", "postroom.wire", "postroom.converge"),
    ],
)
def test_each_way_to_import_is_seen(source: str, package: str, found: str) -> None:
    assert set(imports(source, package)) == {found}


def test_a_clock_is_seen() -> None:
    assert attributes("tell = datetime.datetime.now") & CLOCK


def test_there_is_something_to_check() -> None:
    assert {"core", "wire", "postroom"} == {path.parent.name for path in PURE}
    assert len(PURE) > 10
