"""Which mailboxes have scripts, by what is on the Cyrus host's disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.cyrus_forwarding import script_directories
from ansible.module_utils.postroom.backends.cyrus_host import CyrusHost
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError

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
    made = Host(folder, folder, "cyrus", "cyrus")
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
