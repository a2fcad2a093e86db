"""core/ and wire/ do no I/O, know no clock and no Ansible; and no room imports one that stands above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "module_utils" / "postroom"
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.glob("**/*.py"))}
PURE = {name: path for name, path in MODULES.items() if name.startswith(("core.", "wire.")) or name == "text"}
ALLOWED = {
    "__future__", "base64", "collections", "csv", "dataclasses", "datetime", "difflib", "email", "functools", "hashlib", "hmac",
    "itertools", "json", "re", "types", "typing", "unicodedata", "xml", "zlib", "yaml", "jsonschema", "jinja2", "markdown_it", "markupsafe",
}  # fmt: skip
CLOCK = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}
CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
FLOORS = (
    {"text", "progress"},
    {"wire"},
    {"core"},
    {"core.declarations", "core.cyrus", "core.directory", "core.exchange", "core.run"},
    {"core.access"},
    {"core.audit", "core.adoption"},
    {"backends"},
    {"guard"},
    {"arguments"},
    {"converge", "letters", "review"},
    {"removal"},
)
"""The rooms, each floor standing on those before it: a room imports from lower floors only, never from its neighbours."""


def imports(source: str, module: str) -> Iterator[str]:
    """The first word of each absolute import; of a relative one, the module of ours that it leads to, after a dot."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            parent = module.split(".")[: -node.level]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (f".{'.'.join([*parent, *name.split('.')])}" for name in names)


def room(module: str) -> str:
    """``core.audit`` of ``core.audit.page``, ``core`` of ``core.plan``, ``text`` of ``text``."""
    first, *rest = module.split(".")
    return f"{first}.{rest[0]}" if first == "core" and rest and (PACKAGE / "core" / rest[0]).is_dir() else first


def floor(module: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(module) in rooms)


def calls(source: str) -> set[str]:
    return {node.func.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def attributes(source: str) -> set[str]:
    """Each with the last word before its dot."""
    found = (ast.unparse(node).split(".")[-2:] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    return {".".join(words) for words in found}


@pytest.mark.parametrize("module", PURE)
def test_the_middle_is_pure(module: str) -> None:
    source = PURE[module].read_text()
    assert {name for name in imports(source, module) if not name.startswith(".")} <= ALLOWED
    assert calls(source).isdisjoint(CALLS)
    assert attributes(source).isdisjoint(CLOCK)


@pytest.mark.parametrize("module", [name for name in MODULES if not name.endswith("__init__")])
def test_no_import_goes_up(module: str) -> None:
    ours = [name[1:] for name in imports(MODULES[module].read_text(), module) if name.startswith(".")]
    assert [name for name in ours if room(name) != room(module) and floor(name) >= floor(module)] == []


@pytest.mark.parametrize(
    ("source", "module", "found"),
    [
        ("import os.path", "core.plan", "os"),
        ("def f():\n    from time import time", "core.plan", "time"),
        ("from ansible.module_utils.postroom.backends import cyrus", "core.plan", "ansible"),
        ("from ..backends.cyrus import x", "core.plan", ".backends.cyrus"),
        ("from ...backends.cyrus import x", "core.audit.page", ".backends.cyrus"),
        ("from .. import backends", "core.plan", ".backends"),
        ("from .model import Mailbox", "core.plan", ".core.model"),
        ("from ..converge import converge", "wire.imap", ".converge"),
    ],
)
def test_each_way_to_import_is_seen(source: str, module: str, found: str) -> None:
    assert set(imports(source, module)) == {found}


def test_a_clock_is_seen() -> None:
    assert attributes("tell = datetime.datetime.now") & CLOCK


def test_there_is_something_to_check() -> None:
    assert {room(module) for module in MODULES if "." in module and "__init__" not in module} > {"core", "core.run", "wire", "backends"}
    assert len(PURE) > 50


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("**/__init__.py")), ids=lambda path: path.parent.name)
def test_packages_are_empty(path: Path) -> None:
    """Ansible ships with a module what it imports; a package that imports would bring all of it along."""
    assert path.read_text() == ""
