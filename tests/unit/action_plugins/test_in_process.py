"""Modules of library/ in Ansible's own process: the same options, results and secrets as in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SECRET = "s3cret-of-the-test"
PLUGINS = ROOT / "action_plugins"
MODULE = """
from ansible.module_utils.basic import AnsibleModule


def main():
    server = {"type": "dict", "options": {"port": {"type": "int", "default": 143}, "password": {"type": "str", "no_log": True}}}
    module = AnsibleModule(argument_spec={"server": server, "do": {"type": "str"}}, supports_check_mode=True)
    if module.params["do"] == "raise":
        raise RuntimeError("the wheels came off")
    if module.params["do"] == "fail":
        module.fail_json(msg=f"no login with {module.params['server']['password']}")
    module.warn("it is late")
    module.exit_json(name=__name__, port=module.params["server"]["port"], check=module.check_mode, pair=(1, 2))


if __name__ == "__main__":
    main()
"""
PLAY = """
- hosts: here
  gather_facts: false
  tasks:
    - probe: {server: "{{ server }}", do: "{{ do | default('') }}"}
      register: result
      ignore_errors: true
      environment: "{{ environment_of_task | default({}) }}"
    - ansible.builtin.copy: {content: "{{ result | to_json }}", dest: "{{ playbook_dir }}/result.json"}
      check_mode: false
"""


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs the module by ansible-playbook, and returns its result and all that was printed."""
    for folder in ("library", "action_plugins"):
        (tmp_path / folder).mkdir()
    (tmp_path / "library" / "probe.py").write_text(MODULE)
    (tmp_path / "in_process.py").write_text((PLUGINS / "in_process.py").read_text())
    (tmp_path / "action_plugins" / "probe.py").symlink_to("../in_process.py")
    (tmp_path / "play.yml").write_text(PLAY)

    def in_ansible(*arguments: str, python: str = sys.executable, **variables: Any) -> tuple[dict[str, Any], str]:
        given = {
            "server": {"password": "s3cret-of-the-test"},
            "ansible_python_interpreter": python,
            "ansible_connection": "local",
        } | variables
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "here,", "-e", json.dumps(given), *arguments, "play.yml"]
        said = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "ANSIBLE_CONFIG": "none"}, check=True
        )
        return json.loads((tmp_path / "result.json").read_text()), said.stdout + said.stderr

    return in_ansible


def test_every_module_of_the_library_has_its_link() -> None:
    links = {path.name: str(path.readlink()) for path in PLUGINS.glob("*.py") if path.is_symlink()}
    assert links == {path.name: "in_process.py" for path in (ROOT / "library").glob("*.py")}


def test_the_result_is_the_same_here_and_in_a_process_of_its_own(run: Any, tmp_path: Path) -> None:
    other = tmp_path / "python3"
    other.symlink_to(sys.executable)
    here, _ = run()
    there, _ = run(python=str(other))
    assert (here.pop("name"), there.pop("name")) == ("postroom_library.probe", "__main__")
    for result in (here, there):
        result.pop("ansible_facts", None)
    assert here == there
    assert (here["port"], here["check"], here["pair"]) == (143, False, [1, 2])


def test_check_mode_is_told(run: Any) -> None:
    assert run("--check")[0]["check"] is True


@pytest.mark.parametrize("arguments", [(), ("-vvv",)])
@pytest.mark.parametrize("do", ["", "fail", "raise"])
def test_a_secret_is_in_no_output(run: Any, arguments: tuple[str, ...], do: str) -> None:
    result, said = run(*arguments, do=do)
    assert SECRET not in json.dumps(result)
    assert SECRET not in said
    assert bool(result.get("failed")) == bool(do)


def test_a_module_that_dies_says_what_of_and_where(run: Any) -> None:
    result, said = run(do="raise")
    assert "RuntimeError: the wheels came off (in probe.py, line" in result["msg"]
    assert "Traceback" not in said


def test_a_module_that_cannot_be_loaded_ends_its_task_and_nothing_else(run: Any, tmp_path: Path) -> None:
    (tmp_path / "library" / "probe.py").write_text("import a_library_that_is_not_there")
    result, said = run()
    assert "No module named 'a_library_that_is_not_there'" in result["msg"]
    assert "Traceback" not in said


def test_a_wrong_argument_is_named(run: Any) -> None:
    assert "'x' is of type" in (message := run(server={"port": "x"})[0]["msg"]) or "port" in message
    assert "hots" in run(server={"hots": "mail"})[0]["msg"]


@pytest.mark.parametrize("elsewhere", [{"environment_of_task": {"LANG": "C"}}, {"ansible_become": True, "ansible_become_method": "sudo"}])
def test_whatever_asks_for_another_user_or_environment_gets_a_process_of_its_own(run: Any, elsewhere: dict[str, Any]) -> None:
    assert run(**elsewhere)[0]["name"] == "__main__"
