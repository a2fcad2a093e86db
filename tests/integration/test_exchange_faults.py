"""The practice Exchange breaks as tests order it, and tells what it did."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
from pypsrp.exceptions import WSManFaultError

from lab.exchange.control import Control
from tests.integration.conftest import Lab
from tests.integration.exchange_clients import ROOT, Exchange, practice


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with practice(lab) as exchange:
        yield exchange


def test_a_connection_is_dropped_before_or_after_the_command_is_done(exchange: Exchange, control: Control) -> None:
    for processed in (False, True):
        with exchange.pool() as pool:
            name = exchange.mailbox(pool)
            control.drop_connection(action="Command", processed=processed)
            with pytest.raises(requests.exceptions.ConnectionError):
                pool.run("Set-Mailbox", Identity=name, CustomAttribute1="dropped")
            control.clear()
        with exchange.pool() as pool:
            [mailbox] = pool.run("Get-Mailbox", Identity=name)
        assert mailbox.adapted_properties["CustomAttribute1"] == ("dropped" if processed else "")


def test_faults_come_at_their_message(exchange: Exchange, control: Control) -> None:
    with exchange.pool() as pool:
        control.answer_fault(1234, after=1)
        with pytest.raises(WSManFaultError) as caught:
            pool.run("Get-MailboxDatabase")
        assert caught.value.code == 1234
        assert pool.run("Get-MailboxDatabase"), "once only"


def test_a_throttled_client_gets_no_shell(exchange: Exchange, control: Control) -> None:
    control.throttle()
    with pytest.raises(WSManFaultError, match="AuthZ-AuthorizationException"), exchange.pool():
        pass
    with exchange.pool() as pool:
        assert pool.run("Get-MailboxDatabase")


def test_messages_are_delayed_and_counted(exchange: Exchange, control: Control) -> None:
    with exchange.pool() as pool:
        before, begin = control.messages(), time.monotonic()
        control.delay(0.3, action="Command")
        pool.run("Get-MailboxDatabase")
    assert time.monotonic() - begin > 0.3
    assert control.messages() - before >= 2


def test_one_cmdlet_fails_for_one_mailbox(exchange: Exchange, control: Control) -> None:
    with exchange.pool() as pool:
        name, other = exchange.mailbox(pool), exchange.mailbox(pool)
        control.fail_cmdlet("Set-Mailbox", name)
        for identity, errors in ((other, []), (name, ["ADTransientException"]), (name, [])):
            pool.run("Set-Mailbox", Identity=identity, CustomAttribute2="x")
            assert [error.reason for error in pool.errors] == errors


def test_the_audit_log_says_who_did_what(exchange: Exchange, control: Control) -> None:
    with exchange.pool("exchange-admin") as pool:
        name = exchange.mailbox(pool)
    entry = control.audit_log()[-1]
    assert (entry.login, entry.cmdlet, entry.outcome) == ("exchange-admin", "New-Mailbox", "completed")
    assert name in entry.command and abs(entry.at - time.time()) < 60


def test_the_command_line_orders_and_looks(exchange: Exchange, control: Control) -> None:
    def order(*words: str) -> str:
        command = [sys.executable, "-m", "lab.exchange.control", str(control.directory), *words]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    order("fault", "77", "--action", "Create")
    with pytest.raises(WSManFaultError) as caught, exchange.pool():
        pass
    assert caught.value.code == 77
    assert int(order("messages")) == control.messages()
