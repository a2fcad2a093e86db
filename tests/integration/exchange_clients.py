"""Clients of the practice Exchange that are not Postroom's: pypsrp, and requests written out by hand."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from tests.integration.conftest import Lab

ROOT = Path(__file__).parents[2]

RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"


class Exchange:
    """The endpoint, for clients that are not Postroom's."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.ca = str(lab.directory / "tls" / "ca.pem")
        self.names: list[str] = []

    def connection(self, account: str = "exchange", password: str = "", **settings: Any) -> WSMan:
        password = password or self.lab.secret(account.replace("-", "_"))
        settings = {"auth": "basic", "path": "PowerShell/", "username": account, "password": password, **settings}
        return WSMan("localhost", port=self.lab.ports["exchange"], cert_validation=self.ca, **settings)

    @contextmanager
    def pool(self, *account: str, **settings: Any) -> Iterator[Pool]:
        with self.connection(*account, **settings) as connection, RunspacePool(connection, configuration_name="Microsoft.Exchange") as pool:
            yield Pool(pool)

    def mailbox(self, pool: Pool) -> str:
        """A new shared mailbox with a name of its own."""
        name = f"x{secrets.token_hex(5)}"
        self.names.append(name)
        pool.run("New-Mailbox", Shared=True, Name=name, Alias=name, PrimarySmtpAddress=f"{name}@ugent.be")
        return name

    def post(self, body: str | bytes, account: str = "exchange", **settings: Any) -> requests.Response:
        url = settings.pop("url", f"https://localhost:{self.lab.ports['exchange']}/PowerShell/")
        password = "" if "auth" in settings or "cert" in settings else self.lab.secret(account)
        settings = {"auth": (account, password), "headers": {"Content-Type": "application/soap+xml;charset=UTF-8"}, **settings}
        return requests.post(url, body, verify=self.ca, timeout=60, **settings)


class Pool:
    """An open runspace pool in which commands are run; what the last one said is kept."""

    def __init__(self, pool: RunspacePool) -> None:
        self.pool = pool
        self.errors: list[Any] = []
        self.state = ""

    def run(self, *names: str, **parameters: Any) -> list[Any]:
        """Run a pipeline of these cmdlets; the parameters are the first one's."""
        shell = PowerShell(self.pool)
        for name in names:
            shell.add_cmdlet(name)
            if name == names[0]:
                shell.add_parameters(parameters)
        return self.done(shell)

    def script(self, text: str) -> list[Any]:
        return self.done(PowerShell(self.pool).add_script(text))

    def done(self, shell: PowerShell) -> list[Any]:
        found = shell.invoke()
        self.errors, self.state = shell.streams.error, shell.state
        return found


@contextmanager
def practice(lab: Lab) -> Iterator[Exchange]:
    """The endpoint; the mailboxes that were made through it are removed at the end."""
    exchange = Exchange(lab)
    yield exchange
    if exchange.names:
        with exchange.pool("exchange-admin") as pool:
            for name in exchange.names:
                pool.run("Remove-Mailbox", Identity=name, Confirm=False)


def eventually(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not (done := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return done


def is_up(exchange: Exchange) -> bool:
    try:
        return exchange.post("").status_code == 500
    except requests.exceptions.ConnectionError:
        return False


def soap(action: str, body: str = "", *, shell: str = "", resource: str = RESOURCE, without: str = "", extra: str = "") -> str:
    selectors = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>' if shell else ""
    header = (
        f"<a:Action>{action}</a:Action><a:To>https://localhost/PowerShell/</a:To><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID>"
        "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
        f"<w:ResourceURI>{resource}</w:ResourceURI>{selectors}{extra}"
    )
    if without:
        header = re.sub(f"<{without}>.*?</{without}>", "", header)
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        f'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="{SHELL}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def fault(answer: requests.Response) -> int:
    """The fault's code; the answer must be one, about the request."""
    assert answer.status_code == 500, answer.text
    assert answer.headers["Content-Type"] == "application/soap+xml;charset=UTF-8"
    found = re.search(r'<f:WSManFault [^>]*Code="(\d+)"', answer.text)
    assert found and "/fault</a:Action>" in answer.text
    return int(found[1])
