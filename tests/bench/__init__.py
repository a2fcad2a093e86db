"""Figures of Postroom, each beside the same work done otherwise in the same run: ``python -m tests.bench.bench``."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).parents[2]
if str(ROOT / "module_utils") not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(str(ROOT / "module_utils"))
