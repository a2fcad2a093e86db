"""The practice Exchange as an administrator sees it, through pypsrp: a client that shares no code with Postroom's."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.exchange import Exchange as ExchangeSession
from ansible.module_utils.postroom.backends.exchange import ExchangeServer
from ansible.module_utils.postroom.core.exchange.plan import plan_exchange
from ansible.module_utils.postroom.core.model import Mailbox
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from lab.exchange.control import Control

if TYPE_CHECKING:
    from .conftest import Lab

CONFIGURATION = "Microsoft.Exchange"
Made = Callable[[], Mailbox]
Ours = Callable[..., tuple[int, str]]


def mailbox(name: str) -> Mailbox:
    return Mailbox(
        address=f"{name}@UGent.be", display_name="Proef", purpose="p", unit_type="lab", unit_name="V", requested_by="ajanssens",
        members=("ajanssens", "bpeeters"), backend="exchange", quota_gb=5, state="present", language="nl", file=f"{name}.yml",
    )  # fmt: skip


@pytest.fixture
def declared(lab: Lab) -> Iterator[Made]:
    """Makes declarations; the mailboxes are removed after the test."""
    names: list[str] = []

    def declare() -> Mailbox:
        names.append(f"t{secrets.token_hex(5)}")
        return mailbox(names[-1])

    yield declare
    with Control(lab.directory / "exchange") as control:
        control.clear()
    with lab.exchange() as session:
        for name in names:
            if session.exists(name):
                session.run("Set-Mailbox", Identity=name, LitigationHoldEnabled=False)
                session.run("Remove-Mailbox", Identity=name, Confirm=False)


@pytest.fixture
def ours(lab: Lab) -> Ours:
    """Converges; keywords are settings of the connection."""
    return lambda *mailboxes, **settings: converge(server(lab.directory, lab.ports["exchange"], **settings), *mailboxes)


class ExchangeError(Exception):
    """The first error of a pipeline: the class of its exception, and what it says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


def connection(lab: Path, port: int, user: str = "exchange-admin", password: str | None = None, path: str = "PowerShell/") -> WSMan:
    password = password if password is not None else (lab / "secrets" / f"{user.replace('-', '_')}_password").read_text().strip()
    return WSMan(
        "127.0.0.1", port=port, ssl=True, path=path, auth="basic", username=user, password=password,
        cert_validation=str(lab / "tls" / "ca.pem"), operation_timeout=5, read_timeout=20,
    )  # fmt: skip


@dataclass
class Answer:
    objects: list[dict[str, Any]]
    warnings: list[str]


class Exchange:
    """A session; ``run("Get-Mailbox", Identity=...)`` gives the objects' properties."""

    def __init__(self, wsman: WSMan) -> None:
        self.pool = RunspacePool(wsman, configuration_name=CONFIGURATION)

    def __enter__(self) -> Exchange:
        self.pool.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.pool.close()

    def run(self, *cmdlets: str, **parameters: object) -> list[dict[str, Any]]:
        """A pipeline, with the parameters for its first cmdlet. Raises ExchangeError."""
        return self.ask(*cmdlets, **parameters).objects

    def ask(self, *cmdlets: str, **parameters: object) -> Answer:
        shell = PowerShell(self.pool)
        for position, cmdlet in enumerate(cmdlets):
            shell.add_cmdlet(cmdlet)
            for name, value in parameters.items() if position == 0 else ():
                shell.add_parameter(name, value)
        objects = shell.invoke()
        if shell.streams.error:
            raise ExchangeError(str(shell.streams.error[0].reason), str(shell.streams.error[0]))
        return Answer([_properties(found) for found in objects], [warning.message for warning in shell.streams.warning])

    def mailbox(self, name: str) -> dict[str, Any]:
        (found,) = self.run("Get-Mailbox", Identity=name)
        return found

    def exists(self, name: str) -> bool:
        try:
            return len(self.run("Get-Mailbox", Identity=name)) == 1
        except ExchangeError as error:
            assert "ManagementObjectNotFoundException" in str(error)  # online that is in the text only
            return False

    def full_access(self, name: str) -> set[str]:
        """Who has a direct entry, but for the mailbox itself."""
        return _direct(self.run("Get-MailboxPermission", Identity=name))

    def send_as(self, name: str) -> set[str]:
        entries = self.run("Get-ADPermission", Identity=self.mailbox(name)["DistinguishedName"])
        return _direct([entry for entry in entries if "Send-As" in str(entry["ExtendedRights"])])


def _direct(entries: list[dict[str, Any]]) -> set[str]:
    return {str(entry["User"]) for entry in entries if not entry["IsInherited"] and not str(entry["User"]).startswith("NT AUTH")}


def _properties(found: Any) -> dict[str, Any]:
    return {**found.adapted_properties, **found.extended_properties}


def server(lab: Path, port: int, **settings: object) -> ExchangeServer:
    """The product's own connection, as the lab's inventory sets it."""
    ours = {
        "url": f"https://127.0.0.1:{port}/PowerShell/", "authentication": "basic", "user": "exchange",
        "password": (lab / "secrets" / "exchange_password").read_text().strip(), "ca_file": str(lab / "tls" / "ca.pem"),
        "domain_controller": "dc1.ugent.be", "organizational_unit": "ugent.be/SharedMailboxes",
    }  # fmt: skip
    return exchange_server({**defaults(EXCHANGE), **ours, **settings})


def converge(where: ExchangeServer, *mailboxes: Mailbox) -> tuple[int, str]:
    """What exchange_mailboxes does, in this process: how many changes, and what could not be done."""
    with ExchangeSession(where) as session:
        plan = plan_exchange(mailboxes, session.observe(mailboxes), where.policy)
        problems = [*map(str, session.apply(plan.changes)), *(refusal.message for refusal in plan.refusals)]
    return len(plan.changes), "\n".join(problems)
