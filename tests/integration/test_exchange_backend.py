"""What the Exchange backend does when something goes wrong, in this process; the server is looked at with pypsrp."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.psrp import RunspacePool
from ansible.module_utils.postroom.wire.powershell import cmdlet, pipeline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.exchange.control import Control

from .conftest import ROOT, Lab
from .exchange import Exchange, ExchangeError, Made, Ours, converge, mailbox, server
from .exchange_clients import Exchange as PracticeExchange
from .exchange_clients import eventually, is_up

AN, BART = "UGENT\\ajanssens", "UGENT\\bpeeters"


def shells_of_postroom(control: Control) -> list[dict[str, Any]]:
    return [shell for shell in control.shells() if shell["owner"] == "exchange"]


def restart(lab: Lab) -> None:
    supervisor = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(lab.directory / "supervisord.conf")]
    subprocess.run([*supervisor, "signal", "KILL", "exchange"], check=True, capture_output=True)
    assert eventually(lambda: is_up(PracticeExchange(lab)))


def test_on_litigation_hold_nothing_is_taken_away(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box = declared()
    ours(box)
    exchange.run("Set-Mailbox", Identity=box.name, LitigationHoldEnabled=True)
    changes, problems = ours(replace(box, state="retired"))
    assert changes == 0
    assert "litigation hold" in problems
    assert exchange.full_access(box.name) == exchange.send_as(box.name) == {AN, BART}
    assert exchange.mailbox(box.name)["RequireSenderAuthenticationEnabled"] is False


def test_an_unmanaged_mailbox_is_named_and_left_alone(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box, other = declared(), declared()
    address = f"{box.name}@ugent.be"
    exchange.run("New-Mailbox", Shared=True, Name=box.name, Alias=box.name, PrimarySmtpAddress=address, UserPrincipalName=address)
    before = exchange.mailbox(box.name)
    changes, problems = ours(box, other)
    assert changes == 1
    assert f"collides with the shared mailbox CN={box.name}," in problems
    assert exchange.mailbox(box.name)["WhenChanged"] == before["WhenChanged"]
    assert exchange.exists(other.name)


def test_the_address_of_a_person_is_taken(ours: Ours, declared: Made) -> None:
    _, problems = ours(replace(declared(), address="ajanssens@UGent.be"))
    assert "collides with the UserMailbox" in problems


def test_members_are_accounts_not_display_names(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box = replace(declared(), members=("ajanssens", "nobody1"))
    _, problems = ours(box)
    assert "without an account that Exchange knows: nobody1" in problems
    assert not exchange.exists(box.name)


@pytest.mark.parametrize("failure", [(kind, after) for kind in ("drop", "drop-answer", "fault") for after in range(1, 28, 3)])
def test_a_failure_of_the_wire_at_any_moment(ours: Ours, declared: Made, lab: Lab, control: Control, failure: tuple[str, int]) -> None:
    """While Exchange is read, while mailboxes are made, while members get their rights: it is said, no shell stays, and the next run
    completes what is missing."""
    box, other = declared(), declared()
    kind, after = failure
    if kind == "fault":
        control.answer_fault(2150858752, after)
    else:
        control.drop_connection(after, processed=kind == "drop-answer")
    try:
        _, problems = ours(box, other)
    except BackendUnavailableError as error:
        problems = str(error)
    assert "https://127.0.0.1" in problems
    assert shells_of_postroom(control) == []
    control.clear()
    assert ours(box, other)[1] == ""
    assert ours(box, other) == (0, "")
    with lab.exchange() as exchange:
        for name in (box.name, other.name):
            assert exchange.full_access(name) == exchange.send_as(name) == {AN, BART}


def test_when_the_connection_is_lost_mailbox_and_command_are_named_and_the_others_done(
    ours: Ours, declared: Made, control: Control, exchange: Exchange
) -> None:
    box, other = declared(), declared()
    control.drop_connection(4, action="Command", processed=True)  # our mailboxes, accounts, others and recipients are read first
    _, problems = ours(box, other)
    assert problems.startswith(f"{box.name} on exchange (https://127.0.0.1")
    assert "in answer to New-Mailbox -Name" in problems
    assert exchange.send_as(other.name) == {AN, BART}


def test_a_shell_whose_opening_was_never_answered_ends_by_itself(ours: Ours, declared: Made, lab: Lab, control: Control) -> None:
    """Nobody knows its cookie; the idle time-out that was asked for is what ends it."""
    control.drop_connection(action="Create", processed=True)
    with pytest.raises(BackendUnavailableError, match="no PowerShell session"):
        ours(declared())
    (shell,) = shells_of_postroom(control)
    assert shell["idle_timeout"] == 180
    control.clear()
    restart(lab)  # so that no other test finds it


def test_throttled_is_said_and_nothing_is_done(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    box = declared()
    control.throttle()
    with pytest.raises(BackendUnavailableError, match=r"AuthZ-AuthorizationException.*try again later"):
        ours(box)
    assert not exchange.exists(box.name)


def test_a_slow_server_is_waited_for(ours: Ours, declared: Made, exchange: Exchange, control: Control) -> None:
    box = declared()
    control.delay(0.2)
    assert ours(box, operation_timeout=1, read_timeout=2) == (1, "")
    assert exchange.exists(box.name)


def test_a_creation_that_stopped_in_the_middle_is_completed(ours: Ours, declared: Made, exchange: Exchange) -> None:
    """As if the server had stopped between New-Mailbox and Set-Mailbox."""
    box = declared()
    exchange.run("New-Mailbox", Shared=True, Name=f"postroom is making {box.name}", Alias=box.name, PrimarySmtpAddress=box.address,
                 UserPrincipalName=box.address, SamAccountName=box.name)  # fmt: skip
    assert ours(box) == (1, "")
    assert (exchange.mailbox(box.name)["Name"], exchange.mailbox(box.name)["CustomAttribute1"]) == (box.name, f"postroom:{box.name}")
    assert exchange.send_as(box.name) == {AN, BART}
    assert ours(box) == (0, "")


def test_a_mailbox_is_known_by_its_mark_whatever_else_somebody_changed(ours: Ours, declared: Made, exchange: Exchange) -> None:
    box = declared()
    ours(box)
    exchange.run("Set-Mailbox", Identity=box.name, EmailAddresses=["SMTP:moved@ugent.be"], Alias="moved", DisplayName="Moved")
    assert ours(box) == (1, "")
    assert (str(exchange.mailbox("moved@ugent.be")["PrimarySmtpAddress"]), exchange.mailbox(box.name)["Alias"]) == (box.address, box.name)


def test_writes_are_read_from_the_domain_controller_that_took_them(
    ours: Ours, declared: Made, exchange: Exchange, control: Control
) -> None:
    box = declared()
    control.replication_delay(600)
    assert ours(box) == (1, "")
    assert ours(box) == (0, "")
    with pytest.raises(ExchangeError):
        exchange.run("Get-Mailbox", Identity=box.name, DomainController="dc2.ugent.be")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"url": "https://127.0.0.1:1/PowerShell/"}, "Connection refused"),
        ({"ca_file": "/etc/ssl/certs/ca-certificates.crt"}, "certificate verify failed"),
        ({"password": "wrong"}, "the login of exchange was refused"),
        ({"user": "ajanssens", "password": "lab-ajanssens"}, "may not use it"),
        ({"domain_controller": "dc9.ugent.be"}, "dc9.ugent.be"),
        ({"configuration_name": "Microsoft.PowerShell"}, "resource URI was not found"),
        ({"connect_commands": [{"name": "Connect-ExchangeOnline", "parameters": {"AppId": "x"}}]}, "Connect-ExchangeOnline -AppId 'x'"),
    ],
)
def test_a_server_that_cannot_be_used_is_named(ours: Ours, declared: Made, changed: dict[str, object], message: str) -> None:
    with pytest.raises(BackendUnavailableError, match=message):
        ours(declared(), **changed)


def test_connect_commands_run_first(ours: Ours, declared: Made, control: Control) -> None:
    command = {"name": "Set-ADServerSettings", "parameters": {"ViewEntireForest": True}}
    assert ours(declared(), connect_commands=[command]) == (1, "")
    log = [entry.cmdlet for entry in control.audit_log() if entry.login == "exchange"]
    assert log.index("Get-Mailbox", len(log) - 1 - log[::-1].index("Set-ADServerSettings"))


def test_a_certificate_logs_in_too(ours: Ours, lab: Lab, declared: Made, exchange: Exchange) -> None:
    tls, box = lab.directory / "tls", declared()
    files = {"certificate_file": str(tls / "exchange-client.pem"), "certificate_key_file": str(tls / "exchange-client.key")}
    assert ours(box, authentication="certificate", user="", password="", **files) == (1, "")
    assert exchange.exists(box.name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60).map(str.strip).filter(bool))
def test_names_arrive_as_they_were_written(lab: Lab, exchange: Exchange, name: str) -> None:
    """Through psrpcore to the server, and through pypsrp back."""
    where = server(lab.directory, lab.ports["exchange"])
    box = mailbox("hypothesis")
    if not exchange.exists(box.name):
        converge(where, box)
    assert converge(where, replace(box, display_name=name))[1] == ""
    assert exchange.mailbox(box.name)["DisplayName"] == name
    assert converge(where, replace(box, display_name=name)) == (0, "")


def test_a_command_larger_than_an_envelope_is_sent_in_pieces(lab: Lab) -> None:
    long = "x" * 400_000
    with RunspacePool(server(lab.directory, lab.ports["exchange"]).wsman) as pool:
        result = pool.run(pipeline(cmdlet("Get-Mailbox", Identity=long)), str)
    assert [error.reason for error in result.errors] == ["ManagementObjectNotFoundException"]
    assert long in result.errors[0].message


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_leaves_no_shell(lab: Lab, declared: Made, control: Control, sign: signal.Signals) -> None:
    control.delay(0.5)
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which a background job ignores
        "import sys, ansible.module_utils; ansible.module_utils.__path__.append('module_utils')\n"
        "from pathlib import Path; from tests.integration.exchange import server\n"
        "from ansible.module_utils.postroom.backends.exchange import Exchange\n"
        f"with Exchange(server(Path({str(lab.directory)!r}), {lab.ports['exchange']})) as exchange:\n"
        "    print('open', flush=True)\n"
        "    while True: exchange.observe([])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "open\n"
            assert shells_of_postroom(control)
            process.send_signal(sign)
            process.wait(timeout=30)
        finally:
            process.kill()
    assert not shells_of_postroom(control)
