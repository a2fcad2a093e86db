"""Runs a module of library/ in Ansible's own process, where the module's host is the machine that runs Ansible.

Each other name in this folder is a link to this file, and stands for the module of that name: documentation, options and code stay in
library/. Starting a Python for each module is most of what a short run costs. On any other host, as another user or with another Python
the module is sent there as ever, so a playbook cannot tell the difference.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import ansible.module_utils
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader

MODULE_UTILS = str(Path(__file__).parents[1] / "module_utils")
if MODULE_UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(MODULE_UTILS)

Values = dict[str, Any]


def _code(name: str) -> ModuleType:
    """The module, from where Ansible itself would take it."""
    path = module_loader.find_plugin(name, mod_type=".py")
    spec = importlib.util.spec_from_file_location(f"postroom_library.{name}", path) if path else None
    if spec is None or spec.loader is None:
        raise AnsibleError(f"there is no module {name} in {module_loader.print_paths()}")
    code = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(code)
    except Exception as error:  # noqa: BLE001 - that ends the task, not Ansible
        code.main = partial(_die, error)  # type: ignore[attr-defined]
    return code


def _die(error: Exception) -> NoReturn:
    raise error


# Ansible loads a plugin once, before it starts a process for each task: what the module imports is there in all of them.
MODULE = _code(Path(__file__).stem) if Path(__file__).is_symlink() else None


class _Left(BaseException):
    """The module has come to its end. No Exception, so that no module catches it."""

    def __init__(self, result: Values) -> None:
        super().__init__()
        self.result = result


class InProcessModule:
    """What a module takes for AnsibleModule: the part of it that the modules of library/ use."""

    def __init__(self, arguments: Values, check_mode: bool, action: ActionModule, argument_spec: Values, supports_check_mode: bool) -> None:
        validated = ArgumentSpecValidator(argument_spec).validate(arguments)
        self.params: Values = validated.validated_parameters
        self.check_mode = check_mode
        self._action = action
        self._secrets = validated._no_log_values
        if validated.error_messages:
            self.fail_json(msg=", ".join(validated.error_messages))
        if check_mode and not supports_check_mode:
            self.exit_json(skipped=True, msg="the module does not support check mode")

    def exit_json(self, **result: Any) -> NoReturn:
        whole = {**result, "invocation": {"module_args": self.params}}
        # By JSON, as if it came from another process.
        raise _Left(json.loads(json.dumps(remove_values(whole, self._secrets))))

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        self.exit_json(failed=True, msg=msg, **result)

    def warn(self, message: str) -> None:
        self._action.warn(remove_values(message, self._secrets))


class ActionModule(ActionBase):  # type: ignore[misc]
    """What Ansible looks for."""

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: Values | None = None) -> Values:
        result: Values = super().run(tmp, task_vars)
        if MODULE is None:
            raise AnsibleActionFail("in_process is no task: it is what the other names in action_plugins/ are links to")
        if not self._is_here(task_vars or {}):
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        else:
            result.update(self._run_here(MODULE))
        return result

    def warn(self, message: str) -> None:
        self._display.warning(message)

    def _is_here(self, task_vars: Values) -> bool:
        """Whether the module would run on this machine, as this user, with this Python and in this environment."""
        own = task_vars
        if self._task.delegate_to:
            own = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        python = self._templar.template(own.get("ansible_python_interpreter", ""))
        is_asked_otherwise = self._connection.become or self._task.async_val or any(self._task.environment or ())
        return self._connection.transport == "local" and python == sys.executable and not is_asked_otherwise

    def _run_here(self, module: ModuleType) -> Values:
        encoder = get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)
        arguments = json.loads(json.dumps(self._task.args, cls=encoder))

        def ansible_module(argument_spec: Values, supports_check_mode: bool = False) -> InProcessModule:
            return InProcessModule(arguments, self._task.check_mode, self, argument_spec, supports_check_mode)

        module.AnsibleModule = ansible_module  # type: ignore[attr-defined]
        try:
            module.main()
        except _Left as left:
            return left.result
        except Exception as error:  # noqa: BLE001 - a module that dies fails its task, and nobody reads a traceback
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{self._task.action} stopped at an error of its own: {type(error).__name__}: {error}"
            return {"failed": True, "msg": f"{message} (in {Path(where.filename).name}, line {where.lineno}, {where.name})"}
        return {"failed": True, "msg": f"{self._task.action} ended without a result"}
