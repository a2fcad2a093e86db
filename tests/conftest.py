"""Everything is imported by one name, ``ansible.module_utils.postroom``: two names would make two copies of each class.

Tests that run side by side (pytest -n) have a lab each: the first the one of ``make lab``, the others one that ends with them."""

from __future__ import annotations

import os
from pathlib import Path

import ansible.module_utils
import coverage
import pytest

from lab import services

ROOT = Path(__file__).parents[1]
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))

PORTS_OF_A_LAB = 5000
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
OWN_LAB = ROOT / f".lab-{WORKER}"

if WORKER:
    os.environ["POSTROOM_LAB_DIR"] = str(OWN_LAB)
    os.environ["POSTROOM_LAB_PORT_BASE"] = str(int(os.environ.get("POSTROOM_LAB_PORT_BASE") or 10000) + WORKER * PORTS_OF_A_LAB)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Coverage measures this process, which it was started in, and not the playbooks and daemons that the tests start."""
    os.environ.pop("COVERAGE_PROCESS_START", None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    if measuring := coverage.Coverage.current():
        measuring.stop()
        measuring.save()
    if WORKER and OWN_LAB.exists():
        services.stop(OWN_LAB.resolve())
