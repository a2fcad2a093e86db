from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.cyrus_host import CyrusHost
from ansible.module_utils.postroom.backends.git import git

SECRETS = ("POSTROOM_CYRUS_PASSWORD", "POSTROOM_PLAN_KEY", "CI_JOB_TOKEN", "SITE_TOKEN", "GIT_CONFIG_VALUE_0")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program under the names of git and of a tool of Cyrus, which notes its environment."""
    for name in SECRETS:
        monkeypatch.setenv(name, "hunter2")
    for name in ("git", "ctl_mboxlist"):
        (tmp_path / name).write_text(
            f"#!{sys.executable}\nimport os\nopen({str(tmp_path / 'told')!r}, 'w').write(repr(dict(os.environ)))\n"
        )
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_git_is_told_no_secret(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(told))
    git(told, "version")
    environment = (told / "told").read_text()
    assert "hunter2" not in environment
    assert f"'PATH': '{told}'" in environment


def test_cyrus_tools_are_told_no_secret(told: Path) -> None:
    account = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    CyrusHost(told, told / "imapd.conf", account, "cyrus").mailboxes()
    assert "'PATH'" in (told / "told").read_text()
    assert "hunter2" not in (told / "told").read_text()
