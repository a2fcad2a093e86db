"""A module's documentation, as ansible-doc shows it with its fragments, is a contract: what it says is what main() takes."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.postroom.arguments.cyrus import CYRUS
from ansible.module_utils.postroom.arguments.directory import DIRECTORY
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "library").glob("*.py"))
SYSTEMS = {"cyrus": CYRUS, "directory": DIRECTORY, "exchange": EXCHANGE}


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


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """What ansible-doc says of each module, from the checkout."""
    command = [Path(sys.executable).with_name("ansible-doc"), "-t", "module", "--json", *(path.stem for path in LIBRARY)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_documentation_and_arguments_agree(path: Path, shown: dict[str, Any]) -> None:
    texts = {
        node.targets[0].id: node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }
    assert shown[path.stem]["doc"]["filename"] == str(path)
    assert documented(shown[path.stem]["doc"]["options"]) == taken(argument_spec(path))
    assert path.stem in str(yaml.safe_load(texts["EXAMPLES"]))
    assert all(value["description"] for value in yaml.safe_load(texts["RETURN"]).values())


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_how_a_server_is_reached_is_described_once(path: Path) -> None:
    """Whatever a module calls it: its keys are those of the system's one dictionary, and its documentation is the fragment's."""
    keys = {name: option["options"].keys() for name, option in argument_spec(path).items() if name in ("server", *SYSTEMS)}
    assert all(found in [system["options"].keys() for system in SYSTEMS.values()] for found in keys.values())
    (text,) = (
        node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION" and isinstance(node.value, ast.Constant)
    )
    assert isinstance(text, str)
    own = yaml.safe_load(text).get("options", {})
    assert not any("suboptions" in own[name] for name in keys if name in own)
    loose = {key for system in SYSTEMS.values() for key in system["options"]} - {"timeout", "url", "ca_file"}  # GitLab's too
    assert not loose & argument_spec(path).keys()


@pytest.mark.parametrize(("system", "argument"), SYSTEMS.items(), ids=SYSTEMS)
def test_a_fragment_documents_the_dictionary_under_both_names(system: str, argument: dict[str, Any]) -> None:
    specification = importlib.util.spec_from_file_location(f"doc_fragments_{system}", ROOT / "doc_fragments" / f"{system}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    fragment = module.ModuleDocFragment
    assert documented(yaml.safe_load(fragment.DOCUMENTATION)["options"]) == taken({"server": {**argument, "required": True}})
    assert documented(yaml.safe_load(fragment.NAMED)["options"]) == taken({system: argument})


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
