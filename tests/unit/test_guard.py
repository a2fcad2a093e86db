"""A module that dies says so, in a result with system and server: each of them, whatever it dies of."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.guard import guarded
from ansible.module_utils.testing import patch_module_args

LIBRARY = Path(__file__).parents[2] / "library"
PASSWORD = "geheim-is-geheim"
SESSIONS = {
    "cyrus_mailboxes": ("Cyrus", "cyrus"),
    "cyrus_mailboxes_info": ("Cyrus", "cyrus"),
    "cyrus_forwarding": ("SieveScripts", "cyrus"),
    "exchange_mailboxes": ("Exchange", "exchange"),
    "exchange_mailboxes_info": ("Exchange", "exchange"),
    "exchange_forwarding": ("Exchange", "exchange"),
    "directory_entries": ("Directory", "directory"),
    "directory_entries_info": ("Directory", "directory"),
}


def raising(error: Exception) -> dict[str, Any]:
    def work(*args: object, **kwargs: object) -> dict[str, Any]:
        raise error

    return guarded("exchange", "mail.ugent.be", work)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BackendUnavailableError("mail.ugent.be", "no answer in time"), "Exchange: mail.ugent.be: no answer in time"),
        (ValueError("mailboxes is not what it is"), "Exchange: mailboxes is not what it is"),
    ],
)
def test_what_is_foreseen_is_said_as_it_is(error: Exception, message: str) -> None:
    assert raising(error) == {"system": "exchange", "server": "mail.ugent.be", "failed": True, "msg": message}


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError(), OSError("disk"), AssertionError("a\nb\nc\nd\ne"), RecursionError("deep")])
def test_what_is_not_foreseen_names_the_server_the_error_and_where_it_arose(error: Exception) -> None:
    result = raising(error)
    assert result.keys() == {"system", "server", "failed", "msg"}
    assert result["msg"].startswith("Exchange (mail.ugent.be): Postroom stopped at an error of its own: ")
    assert type(error).__name__ in result["msg"]
    assert "(in test_guard.py, line" in result["msg"]
    assert "\n" not in result["msg"]
    assert "Traceback" not in result["msg"]


def test_only_the_last_lines_are_said() -> None:
    message = raising(RuntimeError("first\n" + "x" * 5000 + "\nlast"))["msg"]
    assert "last" in message
    assert len(message) < 1000


def test_ending_the_module_is_no_failure() -> None:
    def work() -> dict[str, Any]:
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        guarded("cyrus", "x", work)


def filled(spec: dict[str, Any]) -> dict[str, Any]:
    """Something for each option that has to be given; the password for those that are secret."""
    values: dict[str, Any] = {}
    for name, option in spec.items():
        if option.get("no_log"):
            values[name] = PASSWORD
        elif option.get("required"):
            values[name] = {"dict": filled(option.get("options", {})), "json": "[]"}.get(option["type"], "x")
    return values


def spec_of(module: Any) -> dict[str, Any]:
    class CapturedError(Exception):
        pass

    def capture(argument_spec: dict[str, Any], supports_check_mode: bool) -> None:
        raise CapturedError(argument_spec)

    original, module.AnsibleModule = module.AnsibleModule, capture
    with pytest.raises(CapturedError) as caught:
        module.main()
    module.AnsibleModule = original
    return caught.value.args[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", SESSIONS)
def test_each_module_of_a_system_dies_with_a_result(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    specification = importlib.util.spec_from_file_location(name, LIBRARY / f"{name}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    session, system = SESSIONS[name]

    def die(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"logged in with {PASSWORD}")

    monkeypatch.setattr(module, session, die)
    with patch_module_args(filled(spec_of(module))), pytest.raises(SystemExit):
        module.main()
    output = capsys.readouterr().out
    result = json.loads(output)
    assert (result["system"], result["failed"], "changes" in result, bool(result["server"])) == (system, True, False, True)
    assert "RuntimeError: logged in with ***" in result["msg"]
    assert PASSWORD not in output
    assert "Traceback" not in output
