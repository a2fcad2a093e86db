"""What is installed is what was written down, to the byte."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
NAMES = ("requirements", "requirements-dev")


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.M)
    return {name.lower().replace("_", "-").replace(".", "-"): version for name, version in found}


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_has_a_version_and_hashes(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    requirements = [part for part in re.split(r"\n(?! )", text) if part and not part.startswith("#")]
    assert len(requirements) > 20
    assert [part for part in requirements if not re.match(r"\S+==\S+.*(\\\n    --hash=sha256:[0-9a-f]{64} ?)+$", part.strip(), re.S)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_people_wrote_is_what_was_resolved(name: str) -> None:
    """Else: make requirements."""
    written, resolved = (pins((ROOT / f"{name}.{kind}").read_text()) for kind in ("in", "txt"))
    assert written.items() <= resolved.items()


@pytest.mark.parametrize("file", [".ci/install", "lab/virtual_environment.sh"])
def test_pip_looks_at_the_hashes(file: str) -> None:
    installed = [line for line in (ROOT / file).read_text().splitlines() if "pip install" in line and "requirements" in line]
    assert installed
    assert all("--require-hashes" in line for line in installed)


@pytest.mark.parametrize("file", [".gitlab-ci.yml", ".gitlab/declarations.gitlab-ci.yml"])
def test_no_job_reads_what_another_could_have_planted(file: str) -> None:
    """No cache at all; one image, in a variable that a site pins by its digest; secrets for protected branches only."""
    text = (ROOT / file).read_text()
    document = yaml.safe_load(text)
    jobs = {name: job for name, job in document.items() if isinstance(job, dict) and "script" in job}
    assert not [name for name, job in {**jobs, "default": document["default"]}.items() if "cache" in job]
    assert [name for name, job in jobs.items() if "image" in job] == []
    assert document["default"]["image"] == "$POSTROOM_IMAGE"
    assert "@sha256:<digest>" in text
    for name in jobs.keys() - {"validate"}:
        run = [rule["if"] for rule in jobs[name]["rules"] if rule.get("when") != "never"]
        assert all(rule.startswith('$CI_COMMIT_REF_PROTECTED == "true" && ') for rule in run), name


def test_both_layouts_run_the_same_jobs() -> None:
    one, two = (yaml.safe_load((ROOT / file).read_text()) for file in (".gitlab-ci.yml", ".gitlab/declarations.gitlab-ci.yml"))
    shared = one.keys() - {"default", "variables"}
    assert {name: one[name] for name in shared} == {name: two[name] for name in shared}
