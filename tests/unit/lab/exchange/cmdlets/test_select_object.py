"""Select-Object after a command of Exchange's, and the journal of what a command was run on."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from psrpcore.types import serialize

from lab.exchange.behaviour import SETTING
from lab.exchange.cmdlets.clixml import clixml
from lab.exchange.pipeline import Failed, Output


def selected(shell: Any, *names: str) -> list[Any]:
    shell.shared("labo")
    return shell.pipe(shell.command("Get-Mailbox", "labo"), shell.command("Select-Object", Property=list(names)))


def test_only_what_is_asked_for_comes_and_what_there_is_not_is_null(shell: Any) -> None:
    (found,) = selected(shell, "alias", "EmailAddresses", "ProhibitSendQuota", "Nonsense")
    assert isinstance(found, Output)
    assert found.value.shape.names == ("Alias", "EmailAddresses", "ProhibitSendQuota", "Nonsense")
    assert found.value.values == ["labo", ["SMTP:labo@ugent.be"], "Unlimited", None]


def test_it_is_written_as_psrpcore_would(shell: Any) -> None:
    (found,) = selected(shell, "Alias", "EmailAddresses", "ProhibitSendQuota", "Nonsense")
    assert isinstance(found, Output)
    written = clixml(found.value)
    assert written == ET.tostring(serialize(found.value, None), encoding="utf-8")  # type: ignore[arg-type]  # no secrets in it
    assert b"<T>Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox</T>" in written


def test_where_it_flattens_a_list_is_one_text(shell: Any) -> None:
    shell.store.set_setting(SETTING, {"select_object": "flattens"})
    (found,) = selected(shell, "EmailAddresses")
    assert isinstance(found, Output)
    assert found.value.values == ["SMTP:labo@ugent.be"]


@pytest.mark.parametrize(
    ("settings", "parameters", "reason"),
    [
        ({"select_object": "unknown"}, {"Property": ["Alias"]}, "CommandNotFoundException"),
        ({}, {"First": 1}, "ParameterBindingException"),
        ({}, {}, "ParameterBindingException"),
    ],
)
def test_what_it_refuses(shell: Any, settings: dict[str, str], parameters: dict[str, Any], reason: str) -> None:
    shell.store.set_setting(SETTING, settings)
    (failed,) = shell.pipe(shell.command("Get-Mailbox"), shell.command("Select-Object", **parameters))
    assert isinstance(failed, Failed)
    assert failed.reason == reason
    assert failed.terminating


def test_the_journal_has_what_a_command_was_run_on(shell: Any) -> None:
    shell.shared("labo")
    shell.shared("other")
    shell.pipe(shell.command("Get-Mailbox", "labo"), shell.command("Get-MailboxPermission"))
    first, second = shell.store.audit_log()[-2:]
    assert first.inputs == ()
    assert second.cmdlet == "Get-MailboxPermission"
    assert second.inputs == ("ugent.be/SharedMailboxes/labo",)
