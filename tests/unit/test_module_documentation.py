"""A module's documentation is a contract: what it says is what main() takes."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml

LIBRARY = sorted((Path(__file__).parents[2] / "library").glob("*.py"))


class CapturedError(Exception):
    """Carries the argument_spec out of main()."""


def argument_spec(path: Path) -> dict[str, Any]:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)

    def capture(argument_spec: dict[str, Any], supports_check_mode: bool) -> None:
        assert supports_check_mode
        raise CapturedError(argument_spec)

    module.AnsibleModule = capture  # type: ignore[attr-defined]
    with pytest.raises(CapturedError) as caught:
        module.main()
    return caught.value.args[0]  # type: ignore[no-any-return]


def documented(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (option["type"], option.get("default"), option.get("required", False), option.get("choices"), option.get("elements"),
               documented(option["suboptions"]) if "suboptions" in option else None)
        for name, option in options.items()
    }  # fmt: skip


def taken(spec: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (option["type"], option.get("default"), option.get("required", False), option.get("choices"), option.get("elements"),
               taken(option["options"]) if "options" in option else None)
        for name, option in spec.items()
    }  # fmt: skip


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_documentation_and_arguments_agree(path: Path) -> None:
    texts = {
        node.targets[0].id: node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }
    assert documented(yaml.safe_load(texts["DOCUMENTATION"])["options"]) == taken(argument_spec(path))
    assert path.stem in str(yaml.safe_load(texts["EXAMPLES"]))
    assert all(value["description"] for value in yaml.safe_load(texts["RETURN"]).values())


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_secrets_are_not_logged(path: Path) -> None:
    def secrets(spec: dict[str, Any]) -> dict[str, bool]:
        inner = {name: hidden for option in spec.values() for name, hidden in secrets(option.get("options", {})).items()}
        return inner | {name: option.get("no_log", False) for name, option in spec.items() if "password" in name}

    assert all(secrets(argument_spec(path)).values())


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_main_is_short(path: Path) -> None:
    main = next(node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef) and node.name == "main")
    assert main.end_lineno and main.end_lineno - main.lineno < 40
