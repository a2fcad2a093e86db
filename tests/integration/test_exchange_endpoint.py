"""The practice Exchange, used with pypsrp: an independent client."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, PSInvocationState, RunspacePool

from lab.exchange.control import Control
from tests.integration.conftest import Lab
from tests.integration.exchange_clients import TRANSFER, Exchange, Pool, eventually, fault, is_up, practice, soap

TIMED_OUT, NO_SUCH_SHELL, THROTTLED = 2150858793, 2150858843, 2150859173
FAILED, COMPLETED = PSInvocationState.FAILED, PSInvocationState.COMPLETED


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with practice(lab) as exchange:
        yield exchange


# With pypsrp


def test_a_mailbox_is_made_read_and_changed(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        name = exchange.mailbox(pool)
        pool.run("Set-Mailbox", Identity=name, DisplayName="Ünïcode “name” 📬 & <tag>")
        [mailbox] = pool.run("Get-Mailbox", Identity=name)
    assert mailbox.adapted_properties["DisplayName"] == "Ünïcode “name” 📬 & <tag>"
    assert mailbox.adapted_properties["PrimarySmtpAddress"] == f"{name}@ugent.be"
    assert mailbox.types[0] == "Microsoft.Exchange.Data.Directory.Management.Mailbox"


def test_a_permission_is_given_to_a_person_of_the_directory(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        name = exchange.mailbox(pool)
        pool.run("Add-MailboxPermission", Identity=name, User="ajanssens", AccessRights="FullAccess")
        found = pool.run("Get-MailboxPermission", Identity=name)
    assert "UGENT\\ajanssens" in {entry.adapted_properties["User"] for entry in found}


def test_a_pipeline_of_two_cmdlets_passes_objects_on(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        name = exchange.mailbox(pool)
        found = pool.run("Get-Mailbox", "Get-MailboxPermission", Identity=name)
    assert found and all(entry.adapted_properties["Identity"].endswith(f"/{name}") for entry in found)


def test_an_error_of_one_object_completes_with_an_error_record(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        pool.run("Get-Mailbox", Identity="there-is-no-such")
        [error] = pool.errors
    assert (error.reason, error.activity, pool.state) == ("ManagementObjectNotFoundException", "Get-Mailbox", COMPLETED)
    assert "[FailureCategory=Cmdlet-ManagementObjectNotFoundException]" in error.fq_error
    assert error.exception.types[0].endswith("Configuration.Tasks.ManagementObjectNotFoundException")


@pytest.mark.parametrize(("cmdlet", "reason"), [("Get-Process", "CommandNotFoundException"), ("Get-Mailbox", "ParameterBindingException")])
def test_what_is_not_a_command_of_exchange_fails_the_pipeline(exchange: Exchange, cmdlet: str, reason: str) -> None:
    with exchange.pool() as pool:
        pool.run(cmdlet, Nonsense="x")
        assert ([error.reason for error in pool.errors], pool.state) == ([reason], FAILED)
        assert pool.run("Get-MailboxDatabase"), "the runspace is as good as before"


def test_script_text_is_refused(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        assert pool.script("Get-Mailbox") == []
        assert pool.state == FAILED
        assert "The syntax is not supported by this runspace" in str(pool.errors[0])


def test_output_of_many_envelopes_arrives_whole(exchange: Exchange, control: Control) -> None:
    with exchange.pool() as pool:
        for _ in range(80):
            exchange.mailbox(pool)
        before, sizes = control.messages(), []
        pool.pool.connection.transport.session.hooks["response"].append(lambda answer, **_: sizes.append(len(answer.content)))
        found = pool.run("Get-Mailbox", ResultSize="Unlimited")
        messages = control.messages() - before
    names = [mailbox.adapted_properties["Name"] for mailbox in found]
    assert set(exchange.names) <= set(names) and len(names) == len(set(names))
    assert 2 < messages < len(found)
    assert 153_600 < max(sizes) <= 512_000  # what pypsrp asks for, since version 2.2 of the protocol


def test_a_pipeline_is_stopped(exchange: Exchange, control: Control) -> None:
    with exchange.pool() as pool:
        name = exchange.mailbox(pool)
        shell = PowerShell(pool.pool).add_cmdlet("Get-Mailbox").add_parameter("Identity", name)
        shell.begin_invoke()
        shell.stop()
        assert pool.run("Get-Mailbox", Identity=name), "the runspace is free again"


def test_a_key_exchange_and_the_number_of_runspaces(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        pool.pool.exchange_keys()
        pool.pool.max_runspaces = 3
        assert pool.pool.get_available_runspaces() == 3


# Who may


def test_a_wrong_password_is_unauthorised(exchange: Exchange) -> None:
    with pytest.raises(AuthenticationError), exchange.pool("exchange", "wrong"):
        pass
    assert exchange.post("", auth=("exchange", "wrong")).headers["WWW-Authenticate"].startswith("Basic realm=")
    assert exchange.post("", auth=("exchange", "")).status_code == 401


def test_a_person_with_the_right_password_may_not_manage(exchange: Exchange) -> None:
    with pytest.raises(WinRMTransportError) as caught, exchange.pool("ajanssens", "lab-ajanssens"):
        pass
    assert caught.value.code == 403


def test_a_certificate_logs_in(exchange: Exchange) -> None:
    tls = exchange.lab.directory / "tls"
    pem = {"certificate_pem": str(tls / "exchange-client.pem"), "certificate_key_pem": str(tls / "exchange-client.key")}
    with exchange.pool(auth="certificate", **pem) as pool:
        assert pool.run("Get-MailboxDatabase")


def test_the_certificate_profile_without_a_certificate_is_unauthorised(exchange: Exchange) -> None:
    profile = {"Authorization": "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"}
    assert exchange.post("", auth=None, headers=profile).status_code == 401


def test_a_servers_certificate_is_no_clients(exchange: Exchange) -> None:
    tls = exchange.lab.directory / "tls"
    with pytest.raises(requests.exceptions.RequestException):
        exchange.post("", cert=(str(tls / "server.pem"), str(tls / "server.key"))).raise_for_status()


def test_plain_http_is_not_offered(exchange: Exchange) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        exchange.post("", url=f"http://localhost:{exchange.lab.ports['exchange']}/PowerShell/")


def test_nobody_uses_anybody_elses_shell(exchange: Exchange) -> None:
    with exchange.connection() as mine, exchange.connection("exchange-admin") as other:
        pool = RunspacePool(mine, configuration_name="Microsoft.Exchange")
        with pool:
            cookie = mine.transport.session.cookies.get("MS-WSMAN")
            answer = exchange.post(
                soap(f"{TRANSFER}/Delete", shell=pool.id),
                auth=(other.transport.username, other.transport.password),
                cookies={"MS-WSMAN": cookie},
            )
            assert fault(answer) == NO_SUCH_SHELL
            assert Pool(pool).run("Get-MailboxDatabase")


# Shells


def test_the_nineteenth_shell_is_refused(exchange: Exchange, control: Control) -> None:
    pools = []
    try:
        for _ in range(18):
            pools.append(RunspacePool(exchange.connection(), configuration_name="Microsoft.Exchange"))
            pools[-1].open()
        with pytest.raises(WSManFaultError, match="AuthZ-AuthorizationException") as caught, exchange.pool():
            pass
        assert caught.value.code == THROTTLED
        with exchange.pool("exchange-admin"):
            assert len(control.shells()) == 19
    finally:
        for pool in pools:
            pool.close()
    assert control.shells() == []


def test_an_idle_shell_is_reaped(exchange: Exchange, control: Control) -> None:
    with exchange.connection() as connection:
        pool = RunspacePool(connection, configuration_name="Microsoft.Exchange")
        pool.shell.idle_time_out = 1
        pool.open()
        assert [shell["id"] for shell in control.shells()] == [pool.id.upper()]
        assert eventually(lambda: control.shells() == [])
        with pytest.raises(WSManFaultError) as caught:
            Pool(pool).run("Get-MailboxDatabase")
    assert caught.value.code == NO_SUCH_SHELL


def test_a_receive_without_output_times_out(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        begin = time.monotonic()
        with pytest.raises(WSManFaultError) as caught:
            pool.pool.shell.receive(timeout=1)
    assert caught.value.code == TIMED_OUT
    assert 1 <= time.monotonic() - begin < 3


def test_a_delete_ends_a_receive_that_waits(exchange: Exchange) -> None:
    caught: list[WSManFaultError] = []

    def receive() -> None:
        try:
            pool.shell.receive(timeout=20)
        except WSManFaultError as error:
            caught.append(error)

    with exchange.connection() as connection:
        pool = RunspacePool(connection, configuration_name="Microsoft.Exchange")
        pool.open()
        waiting = threading.Thread(target=receive)
        waiting.start()
        time.sleep(0.5)
        pool.close()
        waiting.join(5)
    assert [error.code for error in caught] == [995]


def test_without_the_cookie_there_is_no_shell(exchange: Exchange) -> None:
    with exchange.pool() as pool:
        cookies = pool.pool.connection.transport.session.cookies
        kept = cookies.copy()
        cookies.clear()
        with pytest.raises(WSManFaultError) as caught:
            pool.run("Get-MailboxDatabase")
        cookies.update(kept)
    assert caught.value.code == NO_SUCH_SHELL


def test_mailboxes_survive_the_server(exchange: Exchange, control: Control) -> None:
    connection = exchange.connection()
    pool = RunspacePool(connection, configuration_name="Microsoft.Exchange")
    pool.open()
    name = exchange.mailbox(Pool(pool))
    supervisor = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(exchange.lab.directory / "supervisord.conf")]
    subprocess.run([*supervisor, "signal", "KILL", "exchange"], check=True, capture_output=True)
    assert eventually(lambda: is_up(exchange))
    with pytest.raises(WSManFaultError) as caught:
        Pool(pool).run("Get-Mailbox", Identity=name)
    assert caught.value.code == NO_SUCH_SHELL
    assert control.shells() == []
    with exchange.pool() as again:
        assert again.run("Get-Mailbox", Identity=name)
