"""Everything is imported by one name, ``ansible.module_utils.postroom``: two names would make two copies of each class."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).parents[1]
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))
