"""core/ and wire/ do no I/O, know no clock and no Ansible."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "module_utils" / "postroom"
PURE = [*PACKAGE.glob("core/*.py"), *PACKAGE.glob("wire/*.py")]
ALLOWED = {
    "__future__", "base64", "collections", "dataclasses", "difflib", "functools", "hashlib", "itertools", "json", "re", "typing", "xml",
    "yaml", "jsonschema",
}  # fmt: skip
CALLS = {"open", "print", "input", "exec", "eval", "__import__"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module.partition(".")[0]] if node.level == 0 and node.module else []
            yield from ["backends"] if node.level > 0 and "backends" in (node.module or "") else []


@pytest.mark.parametrize("path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_middle_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert set(imports(tree)) <= ALLOWED
    assert {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}.isdisjoint(CALLS)
