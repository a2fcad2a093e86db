from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends import run
from ansible.module_utils.postroom.backends.run import machine, operator, process_began, run_name, this_run


def test_a_process_has_a_beginning_until_it_ends() -> None:
    process = subprocess.Popen(["sleep", "60"])
    assert process_began(process.pid) is not None
    process.kill()
    process.wait()
    assert process_began(process.pid) is None


def test_a_run_is_known_by_its_process_on_this_machine() -> None:
    holder = this_run()
    assert (holder.machine, holder.began) == (machine(), process_began(holder.process))
    assert holder.machine


def test_the_playbook_above_the_workers_counts(tmp_path: Path) -> None:
    """A tree of processes as Ansible makes it: the playbook, a worker of the same name, a shell, the module."""
    module = f"import sys; sys.path[:] = {sys.path!r}; import tests.conftest; from ansible.module_utils.postroom.backends.run import *"
    (tmp_path / "ansible-playbook").write_text(
        "import os, subprocess, sys\n"
        "worker = sys.argv[1:] == ['worker']\n"
        "worker or print(os.getpid(), flush=True)\n"
        "module = f'true; {sys.executable} -c \"$MODULE; print(playbook_process())\"'\n"
        "subprocess.run(module if worker else [sys.executable, __file__, 'worker'], shell=worker)\n"
    )
    environment = {**os.environ, "MODULE": module, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, str(tmp_path / "ansible-playbook")]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    playbook, found = told.stdout.split()
    assert found == playbook, told.stderr


@pytest.mark.parametrize(("variable", "function"), [("CI_JOB_URL", run_name), ("GITLAB_USER_LOGIN", operator)])
def test_ci_says_which_job_and_whose(variable: str, function: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "told")
    assert function() == "told"  # type: ignore[operator]


def test_where_there_is_no_proc_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "PROC", tmp_path)
    assert (machine(), process_began(1), this_run().process) == ("", None, os.getppid())
