"""Which mailboxes have scripts, by what is on the Cyrus host's disk."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.cyrus_forwarding import script_directories, with_listings
from ansible.module_utils.postroom.backends.cyrus_host import CyrusHost
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.core.cyrus.forwarding import StoredScript

NAMES = {"labo.info", "vragen", "gone"}


class Host(CyrusHost):
    """Its tools answer as they do on a server with these mailboxes and settings."""

    settings_: dict[str, str]
    mailboxes_: tuple[str, ...]

    def settings(self) -> dict[str, str]:
        return self.settings_

    def mailboxes(self) -> bytes:
        records = {name: {"mbtype": "e", "acl": {}, "uniqueid": f"id-{name}"} for name in self.mailboxes_}
        return json.dumps(records).encode()


def host(folder: Path, *mailboxes: str, **settings: str) -> Host:
    made = Host(folder, folder, getpass.getuser(), "cyrus")
    object.__setattr__(made, "settings_", {"sievedir": str(folder), **settings})
    object.__setattr__(made, "mailboxes_", ("user.labo^info", "user.vragen", "user.person", *mailboxes))
    return made


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("global/spam.script", set()),
        ("uuid/i/d/id-user.vragen/defaultbc", {"vragen"}),
        ("l/labo^info/x.script", {"labo.info"}),
        ("domain/u/ugent.be/v/vragen/x.bc", {"vragen"}),
        ("p/person/x.script", set()),
        ("g/gone/x.script", set()),
        ("vragen-2/x.script", set()),
    ],
)
def test_directories_of_any_layout(tmp_path: Path, file: str, found: set[str]) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    (tmp_path / "v" / "empty" / "labo^info").mkdir(parents=True)
    assert set(script_directories(host(tmp_path), NAMES)) == found


@pytest.mark.parametrize(("settings", "found"), [({}, {"vragen"}), ({"sieve_folder": "#scripts"}, {"labo.info"})])
def test_the_folder_of_scripts(tmp_path: Path, settings: dict[str, str], found: set[str]) -> None:
    assert (
        set(script_directories(host(tmp_path, "user.vragen.#sieve", "user.labo^info.#scripts", "user.person.#sieve", **settings), NAMES))
        == found
    )


def test_where_nobody_has_stored_a_script_there_is_no_directory(tmp_path: Path) -> None:
    assert set(script_directories(host(tmp_path / "none"), NAMES)) == set()


def test_scripts_that_are_out_of_sight_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailableError, match="sieveusehomedir"):
        script_directories(host(tmp_path, sieveusehomedir="yes"), NAMES)


@pytest.mark.parametrize(
    ("files", "directory"),
    [
        (["uuid/i/d/id-user.vragen/x.bc"], "uuid/i/d/id-user.vragen"),
        (["v/vragen/x.bc"], "v/vragen"),
        (["uuid/i/d/id-user.vragen/x.bc", "v/vragen/x.bc"], "uuid/i/d/id-user.vragen"),
        (["v/vragen/x.bc", "domain/u/ugent.be/v/vragen/x.bc"], None),
    ],
)
def test_where_compiled_scripts_are(tmp_path: Path, files: list[str], directory: str | None) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    assert script_directories(host(tmp_path), NAMES) == {"vragen": directory and tmp_path / directory}


def test_sieved_runs_once_for_scripts_that_were_compiled_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "sieved").write_text(f'#!/bin/sh\necho run >> {tmp_path}/runs\nwc -c < "$1"\ncase $1 in *breaks*) kill -9 $$;; esac\n')
    (tmp_path / "sieved").chmod(0o755)
    for box, name, text in [("a", "x", "same"), ("b", "naar huis", "same"), ("b", "breaks", "other")]:
        (tmp_path / box).mkdir(exist_ok=True)
        (tmp_path / box / f"{name}.bc").write_text(text)
    tmp_path.chmod(0o777)
    scripts = {
        "a": [StoredScript("x", b"", True), StoredScript("../b/breaks", b"", False)],
        "b": [StoredScript(name, b"", False) for name in ("naar huis", "breaks", "missing")],
        "c": [StoredScript("x", b"", True)],
    }
    found = with_listings(host(tmp_path), scripts, {"a": tmp_path / "a", "b": tmp_path / "b", "c": None})
    assert {box: [one.listing for one in ours] for box, ours in found.items()} == {
        "a": [b"4\n", None], "b": [b"4\n", None, None], "c": [None],
    }  # fmt: skip
    assert (tmp_path / "runs").read_text().count("run") == 2


def test_where_sieved_is_missing_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.bc").touch()
    with pytest.raises(BackendUnavailableError, match="sieved could not be run"):
        with_listings(host(tmp_path), {"a": [StoredScript("x", b"", True)]}, {"a": tmp_path})
