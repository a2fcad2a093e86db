"""The practice Exchange refuses what Exchange refuses: by pypsrp, and by messages that no client would send."""

from __future__ import annotations

import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool

from lab.exchange.control import Control

from .conftest import ROOT, Lab
from .exchange import CONFIGURATION, Exchange, ExchangeError, connection

SHELL_NOT_FOUND = "2150858843"
RECEIVE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive"
DELETE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with lab.exchange() as session:
        yield session


@dataclass
class Raw:
    """Messages made by hand."""

    lab: Lab
    session: requests.Session = field(default_factory=requests.Session)

    def post(self, body: str | bytes, path: str = "/PowerShell/", **headers: str) -> requests.Response:
        url = f"https://127.0.0.1:{self.lab.ports['exchange']}{path}"
        secret = self.lab.secret("exchange-admin")
        given = {"Content-Type": "application/soap+xml;charset=UTF-8", **headers}
        ca = str(self.lab.directory / "tls" / "ca.pem")
        return self.session.post(url, data=body, headers=given, auth=("exchange-admin", secret), verify=ca, timeout=30)

    def message(self, action: str, shell_id: str, resource: str = RESOURCE, body: str = "", extra: str = "") -> requests.Response:
        return self.post(
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell">'
            f"<s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID>"
            f"<w:ResourceURI>{resource}</w:ResourceURI>"
            f'<w:OperationTimeout>PT1S</w:OperationTimeout><w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector>'
            f"</w:SelectorSet>{extra}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )


@pytest.fixture
def raw(lab: Lab) -> Raw:
    return Raw(lab)


def code(answer: requests.Response) -> str:
    assert answer.status_code == 500
    found = re.search(r'WSManFault [^>]*Code="(\d+)"', answer.text)
    assert found, answer.text
    return found[1]


def test_script_text_is_refused(exchange: Exchange) -> None:
    shell = PowerShell(exchange.pool)
    shell.add_script("Get-Mailbox -ResultSize 1")
    assert shell.invoke() == []
    assert "The syntax is not supported by this runspace" in str(shell.streams.error[0])


@pytest.mark.parametrize(
    ("cmdlet", "parameters", "reason"),
    [
        ("Get-Malbox", {}, "CommandNotFoundException"),
        ("Get-Mailbox", {"Nonsense": 1}, "ParameterBindingException"),
        ("Get-Mailbox", {"Identity": "nobody-has-this"}, "ManagementObjectNotFoundException"),
        ("New-Mailbox", {"Shared": True, "Name": "clash.x", "PrimarySmtpAddress": "ajanssens@ugent.be"}, "ProxyAddressExistsException"),
    ],
)
def test_errors_have_the_classes_of_exchange(exchange: Exchange, cmdlet: str, parameters: dict[str, object], reason: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        exchange.run(cmdlet, **parameters)
    assert caught.value.reason == reason


def test_a_pipeline_passes_objects_on(exchange: Exchange) -> None:
    assert {entry["User"] for entry in exchange.run("Get-Mailbox", "Get-MailboxPermission", Identity="ajanssens")} > {"NT AUTHORITY\\SELF"}


@pytest.mark.parametrize(("user", "password"), [("exchange", "wrong"), ("nobody", "lab-nobody")])
def test_who_is_not_known_is_not_let_in(lab: Lab, user: str, password: str) -> None:
    with pytest.raises(AuthenticationError), Exchange(connection(lab.directory, lab.ports["exchange"], user, password)):
        pass


def test_who_has_no_role_may_not_open_a_shell(lab: Lab) -> None:
    with pytest.raises(WSManFaultError, match="management roles"), lab_session(lab, "ajanssens", "lab-ajanssens"):
        pass


def lab_session(lab: Lab, user: str, password: str | None = None) -> Exchange:
    return Exchange(connection(lab.directory, lab.ports["exchange"], user, password))


def test_eighteen_shells_and_no_more(lab: Lab) -> None:
    others = sum(owner == "exchange-admin" for owner, *_ in Control(lab.directory).status()["shells"])
    pools = [RunspacePool(connection(lab.directory, lab.ports["exchange"]), configuration_name=CONFIGURATION) for _ in range(19 - others)]
    try:
        for pool in pools[:-1]:
            pool.open()
        with pytest.raises(WSManFaultError, match="AuthZ-AuthorizationException"):
            pools[-1].open()
    finally:
        for pool in pools[:-1]:
            pool.close()


def test_a_receive_that_finds_nothing_in_time_says_so(raw: Raw, exchange: Exchange) -> None:
    raw.session.cookies.update(exchange.pool.connection.transport.session.cookies)
    body = "<rsp:Receive><rsp:DesiredStream>stdout</rsp:DesiredStream></rsp:Receive>"
    assert code(raw.message(RECEIVE, exchange.pool.id.upper(), body=body)) == "2150858793"


def test_a_message_without_the_shells_cookie_finds_no_shell(raw: Raw, exchange: Exchange) -> None:
    assert code(raw.message(DELETE, exchange.pool.id.upper())) == SHELL_NOT_FOUND
    assert exchange.run("Get-MailboxDatabase")


def test_another_accounts_shell_is_not_found(lab: Lab, raw: Raw) -> None:
    with lab_session(lab, "exchange") as other:
        raw.session.cookies.update(other.pool.connection.transport.session.cookies)
        assert code(raw.message(DELETE, other.pool.id.upper())) == SHELL_NOT_FOUND


def test_a_shell_that_is_not_there_is_a_fault(raw: Raw) -> None:
    assert code(raw.message(DELETE, str(uuid.uuid4()))) == SHELL_NOT_FOUND


def test_winrms_own_resource_is_not_exchanges(raw: Raw) -> None:
    assert code(raw.message(DELETE, "X", resource="http://schemas.microsoft.com/powershell/Microsoft.PowerShell")) == "2150858811"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<not-xml",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body/></s:Envelope>',
        b"<a>" * 1000,
        b"x" * 200_000,
    ],
)
def test_what_is_no_message_is_a_fault_and_the_server_goes_on(raw: Raw, exchange: Exchange, body: bytes) -> None:
    assert int(code(raw.post(body))) > 2150858700
    assert exchange.run("Get-MailboxDatabase")


def test_other_paths_and_content_types_are_refused(raw: Raw) -> None:
    assert raw.post("<a/>", path="/wsman").status_code == 404
    assert raw.post("<a/>", **{"Content-Type": "text/plain"}).status_code == 415


def test_more_than_an_envelope_comes_whole(exchange: Exchange) -> None:
    entries = exchange.run("Get-User", "Get-ADPermission", ResultSize="Unlimited")
    users = exchange.run("Get-User", ResultSize="Unlimited")
    assert len(entries) > 5 * len(users)
    assert len({str(entry["Identity"]) for entry in entries}) == len(users)


def test_the_client_of_the_product_is_refused_nothing_that_pypsrp_is_not(exchange: Exchange) -> None:
    long = "é$`'\"" * 40
    exchange.run("New-Mailbox", Shared=True, Name="lange.naam", PrimarySmtpAddress="lange.naam@ugent.be", DisplayName=long)
    assert exchange.mailbox("lange.naam")["DisplayName"] == long
    exchange.run("Remove-Mailbox", Identity="lange.naam", Confirm=False)


def test_state_survives_kill_9_and_every_command_is_in_the_audit_log(lab: Lab) -> None:
    with lab.exchange() as exchange:
        exchange.run("New-Mailbox", Shared=True, Name="blijft.er", PrimarySmtpAddress="blijft.er@ugent.be")
    subprocess.run(["pkill", "-9", "-f", f"lab.exchange.server {lab.directory}/"], check=True)
    deadline = time.monotonic() + 30
    while True:
        try:
            with lab.exchange() as exchange:
                assert exchange.exists("blijft.er")
                exchange.run("Remove-Mailbox", Identity="blijft.er", Confirm=False)
            break
        except (requests.ConnectionError, OSError):
            assert time.monotonic() < deadline
            time.sleep(0.3)
    last = Control(lab.directory).audit_log()[-1]
    assert (last.login, last.outcome, last.cmdlet) == ("exchange-admin", "completed", "Remove-Mailbox")
    assert "-Identity 'blijft.er'" in last.command


def test_the_command_line_shows_shells_and_the_log(lab: Lab, exchange: Exchange) -> None:
    command = [str(ROOT / ".venv/bin/python"), "-m", "lab.exchange.control", str(lab.directory)]
    shells = subprocess.run([*command, "shells"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"exchange-admin {exchange.pool.id.upper()}" in shells
    exchange.run("Get-MailboxDatabase")
    log = subprocess.run([*command, "audit-log"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "Get-MailboxDatabase" in log.splitlines()[-1]
