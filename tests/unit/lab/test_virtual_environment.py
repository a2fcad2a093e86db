"""Which Python the virtual environment is made of, with Pythons that only write down what they are asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = """#!/bin/sh
case "$1 $2" in
    -c*) {identity} ;;
    "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "venv of {name}" ;;
    "-m pip") echo "pip of {name}" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "lab").mkdir(parents=True)
    for name in ("lab/virtual_environment.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).touch()
    packages = folder / "lab/packages.sh"
    packages.write_text("#!/bin/sh\necho packages\n")
    packages.chmod(0o755)
    return folder


def python(checkout: Path, name: str, identity: str = "") -> str:
    path = checkout.parent / name
    path.write_text(PYTHON.format(name=name, identity=identity or f"echo {name}"))
    path.chmod(0o755)
    return str(path)


def made(checkout: Path, *given: str) -> tuple[int, list[str], str]:
    command = ["lab/virtual_environment.sh", ".venv", *given]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    return done.returncode, [line for line in done.stdout.splitlines() if not line.startswith("setup: installing")], done.stderr


def test_it_is_made_once_and_anew_for_another_python(checkout: Path) -> None:
    old, new = python(checkout, "old"), python(checkout, "new")
    assert made(checkout, new)[1] == ["packages", "venv of new", "pip of new"]
    assert made(checkout, new)[1] == []
    said = f"setup: .venv is of another Python than {old}; making it anew"
    assert made(checkout, old)[1] == ["packages", said, "venv of old", "pip of old"]
    assert made(checkout, old)[1] == []


def test_new_requirements_are_installed_into_the_one_there_is(checkout: Path) -> None:
    made(checkout, python(checkout, "old"))
    (checkout / "requirements.txt").write_text("more\n")
    assert made(checkout, python(checkout, "old"))[1] == ["packages", "pip of old"]


def test_a_link_to_another_checkouts_environment_is_replaced_and_that_one_kept(checkout: Path) -> None:
    other = checkout.parent / "other"
    made(checkout, python(checkout, "new"))
    (checkout / ".venv").rename(other)
    (checkout / ".venv").symlink_to(other)
    made(checkout, python(checkout, "old"))
    assert (other / "bin/python").exists()
    assert not (checkout / ".venv").is_symlink()


def test_what_a_python_lacks_can_come_with_the_packages(checkout: Path) -> None:
    lacking = python(checkout, "old", "test -e complete && echo old")
    (checkout / "lab/packages.sh").write_text("#!/bin/sh\ntouch complete\n")
    assert made(checkout, lacking)[1] == ["venv of old", "pip of old"]


def test_a_python_that_cannot_do_it_is_said(checkout: Path) -> None:
    code, said, error = made(checkout, python(checkout, "bare", "exit 1"))
    assert (code, said, (checkout / ".venv").exists()) == (1, ["packages"], False)
    assert "python3-venv" in error and "python3-dev" in error


def test_the_oldest_that_can_do_it_is_chosen_and_never_the_environments_own(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('requires-python = ">=3.26"\n')
    for name, identity in (("python3.25", ""), ("python3.26", "exit 1"), ("python3.28", ""), ("python3.27", "")):
        python(checkout, name, identity)
    made(checkout, python(checkout, "python3"))
    shutil.copy(checkout / ".venv/bin/python", checkout / ".venv/bin/python3.26")
    command = ["env", f"PATH={checkout}/.venv/bin:{checkout.parent}:/usr/bin:/bin", "lab/virtual_environment.sh", ".venv"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    assert "venv of python3.27\n" in done.stdout
