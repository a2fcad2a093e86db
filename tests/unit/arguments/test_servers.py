"""Every key of a server's dictionary gets to where it has its effect."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.cyrus_server import cyrus_server
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_policy, directory_server
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE, exchange_policy
from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
from ansible.module_utils.postroom.arguments.managesieve import sieve_server
from ansible.module_utils.postroom.arguments.spec import defaults, required
from ansible.module_utils.postroom.core.cyrus.plan import CyrusPolicy
from ansible.module_utils.postroom.core.exchange.policy import ExchangePolicy

TOOLS = {"directory": "/tools", "imapd_conf": "/conf", "account": "imap"}
VALUES: dict[str, Any] = {
    "tls": "implicit", "authentication": "basic", "deployment": "online", "start_tls": False, "folders": {"Weg": "\\Trash"},
    "administrators": ["somebody"], "host_tools": TOOLS, "connect_commands": [{"name": "Connect-Something", "parameters": {}}],
}  # fmt: skip


def other(argument: dict[str, Any], name: str) -> Any:
    """A value that is not the default."""
    return VALUES.get(name, 7 if argument["options"][name]["type"] == "int" else f"another {name}")


@pytest.mark.parametrize(
    ("argument", "made"),
    [
        (
            CYRUS,
            lambda server: repr((cyrus_server(server), sieve_server(server), cyrus_policy(server), cyrus_server(server).imap.password)),
        ),
        (DIRECTORY, lambda server: repr((directory_server(server), directory_policy(server), directory_server(server).bind_password))),
        (EXCHANGE, lambda server: repr((exchange_server(server), exchange_server(server).wsman.password))),
    ],
    ids=["cyrus", "directory", "exchange"],
)
def test_each_key_has_an_effect(argument: dict[str, Any], made: Any) -> None:
    plain = {name: value if value is not None else "" for name, value in defaults(argument).items()}
    assert [name for name in plain if made({**plain, name: other(argument, name)}) == made(plain)] == []


def test_what_nothing_is_said_of_has_the_defaults() -> None:
    assert (cyrus_policy(None), exchange_policy(None)) == (CyrusPolicy(), ExchangePolicy())


def test_required_leaves_the_argument_as_it_is_for_others() -> None:
    assert required(CYRUS)["required"]
    assert "required" not in CYRUS
