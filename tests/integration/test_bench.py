"""``make bench`` with a few mailboxes: it fills a server whose limits allow no run so much."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT, Lab

COUNT = 4


@pytest.fixture
def prefix(lab: Lab) -> Iterator[str]:
    """The beginning of the names of mailboxes; those that there are afterwards are removed."""
    prefix = f"t{secrets.token_hex(3)}".replace("0", "x").replace("1", "y")
    yield prefix
    for name in living(lab, f"{prefix}.%") + living(lab, f"r{prefix}.%"):
        lab.forget(name)


def living(lab: Lab, pattern: str) -> list[str]:
    """The names of mailboxes on Cyrus."""
    lines = lab.admin().list('""', f'"user/{pattern}"')[1]
    return [line.decode().rpartition("user/")[2].strip('"') for line in lines if line]


def bench(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "tests.bench.bench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_fills_cyrus_and_measures_and_its_table_goes_into_the_document(lab: Lab, prefix: str, tmp_path: Path) -> None:
    table, document = tmp_path / "bench.md", tmp_path / "benchmarks.md"
    options = ("--mailboxes", str(COUNT), "--pairs", "1", "--prefix", prefix, "--save", str(table))
    bench(*options, "--rows", "filling,validate")
    names = living(lab, f"{prefix}.%")
    assert len(names) == len(living(lab, f"r{prefix}.%")) == COUNT
    assert [lab.exists(f"user/{name}/Sent") for name in names] == [True] * COUNT
    written = table.read_text()
    assert re.search(rf"^\| `apply.yml`, {COUNT} to make on Cyrus \|.* \| 1\.3 \|$", written, re.M)
    assert re.search(r"^\| `validate.yml` \|.* \| 1\.3 \|$", written, re.M)
    document.write_text((ROOT / "docs" / "benchmarks.md").read_text())
    bench("--save", str(table), "--write", str(document))
    assert written.strip() in document.read_text()
    assert "Filling was not measured" not in written
