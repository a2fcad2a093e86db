"""What the documentation promises about the code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CMDLET = re.compile(r"\b(?:Add|Disable|Enable|Get|New|Remove|Set)-[A-Z]\w+")


def test_the_role_group_has_the_cmdlets_that_are_sent_and_no_others() -> None:
    sent = set(CMDLET.findall((ROOT / "module_utils/postroom/wire/exchange.py").read_text()))
    (listed,) = re.findall(r"\$cmdlets = ((?:.|\n)*?)\nforeach", (ROOT / "docs/operator.md").read_text())
    online = {"Add-RecipientPermission", "Get-RecipientPermission", "Remove-RecipientPermission"}
    assert set(CMDLET.findall(listed)) == sent - online
