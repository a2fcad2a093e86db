"""Exchange, beside the same work by pypsrp over the same endpoint.

The mailboxes are made beforehand by the practice organisation's own cmdlets, without the wire, and taken away at the end.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.exchange import Exchange, ExchangeServer
from ansible.module_utils.postroom.core.exchange.plan import ExchangeObservation, plan_exchange
from ansible.module_utils.postroom.core.model import Mailbox
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.control import STORE
from lab.exchange.pipeline import Argument, Caller, Failed, Invocation
from lab.exchange.store import Store

from .measuring import Comparison, Cost, cost_of, in_turn
from .practice import Practice, lab_directory

Commands = list[tuple[str, dict[str, object]]]

LAB = lab_directory()
MEMBERS = ("ajanssens", "bpeeters", "cdevos")
ACCOUNTS = {login: (f"{login}@ugent.be",) for login in MEMBERS}
MAXIMUM = 500
"""Mailboxes to read, and to create by each of the two: ten thousand take three minutes to read, whoever reads them."""
CA = str(LAB / "tls" / "ca.pem")


def port() -> int:
    ports: dict[str, int] = json.loads((LAB / "ports.json").read_text())
    return ports["exchange"]


def password() -> str:
    return (LAB / "secrets" / "exchange_password").read_text().strip()


def mailbox(n: int) -> Mailbox:
    return Mailbox(
        address=f"Exch{n:05}@UGent.be", display_name=f"Practice mailbox {n}", purpose="Questions", unit_type="lab", unit_name="Vakgroep",
        requested_by="ajanssens", members=MEMBERS, backend="exchange", quota_gb=5, state="present", language="nl", file=f"exch{n:05}.yml",
    )  # fmt: skip


def server() -> ExchangeServer:
    ours = {
        "url": f"https://127.0.0.1:{port()}/PowerShell/", "authentication": "basic", "user": "exchange", "password": password(),
        "ca_file": CA,
        "domain_controller": "dc1.ugent.be", "organizational_unit": "ugent.be/SharedMailboxes", "database": "DB01",
    }  # fmt: skip
    return exchange_server({**defaults(EXCHANGE), **ours})


def without_wire() -> Callable[[Commands], None]:
    """A function that runs a pipeline within this process, on the store that the endpoint serves."""
    cmdlets = ExchangeCmdlets(Store(LAB / "exchange" / STORE))
    cmdlets._people.synchronise = lambda: None  # type: ignore[method-assign]  # that is the endpoint's, which can ask the directory

    def run(commands: Commands) -> None:
        invocations = [Invocation(name, tuple(Argument(*one) for one in parameters.items())) for name, parameters in commands]
        for record in cmdlets.run(invocations, Caller("bench")):
            if isinstance(record, Failed):
                raise SystemExit(f"{invocations[0].name}: {record.message}")

    return run


def as_pypsrp() -> RunspacePool:
    wsman = WSMan(
        "127.0.0.1", port=port(), ssl=True, path="PowerShell/", auth="basic", username="exchange", password=password(), cert_validation=CA
    )
    return RunspacePool(wsman, configuration_name="Microsoft.Exchange")


def send(pool: RunspacePool, commands: Commands) -> int:
    shell = PowerShell(pool)
    for name, parameters in commands:
        shell.add_cmdlet(name)
        for parameter, value in parameters.items():
            shell.add_parameter(parameter, value)
    found = len(shell.invoke())
    if shell.streams.error:
        raise SystemExit(str(shell.streams.error[0]))
    return found


def read_by_pypsrp() -> None:
    all_of_them: dict[str, object] = {"ResultSize": "Unlimited"}
    shared = ("Get-Mailbox", {"RecipientTypeDetails": "SharedMailbox", **all_of_them})
    with as_pypsrp() as pool:
        for next_one in ([], ["Get-MailboxPermission"], ["Get-ADPermission"], ["Get-CASMailbox"]):
            send(pool, [shared, *((name, {}) for name in next_one)])
        send(pool, [("Get-User", all_of_them)])


def create(n: int) -> list[Commands]:
    """The same pipelines that Postroom plans for a new mailbox, as pypsrp takes them."""
    observed = ExchangeObservation({}, ACCOUNTS, {})
    (change,) = plan_exchange([mailbox(n)], observed, server().policy).changes
    return [[(one.name, dict(one.parameters)) for one in pipeline.cmdlets] for stage in change.stages for pipeline in stage]


def create_by_pypsrp(numbers: range) -> None:
    with as_pypsrp() as pool:
        for n in numbers:
            for commands in create(n):
                send(pool, commands)


def converge(mailboxes: list[Mailbox]) -> None:
    """Observe and plan, which is all there is to do when nothing has changed."""
    with Exchange(server()) as exchange:
        plan = plan_exchange(mailboxes, exchange.observe(mailboxes), server().policy)
        if plan.changes or plan.refusals:
            raise SystemExit(f"there is something to change: {[*plan.changes, *plan.refusals][0]}")


def create_by_postroom(numbers: range) -> None:
    observed = ExchangeObservation({}, ACCOUNTS, {})
    with Exchange(server()) as exchange:
        failures = exchange.apply(plan_exchange(map(mailbox, numbers), observed, server().policy).changes)
    if failures:
        raise SystemExit(str(failures[0]))


def comparisons(practice: Practice, pairs: int) -> Iterator[Comparison]:
    count, made = min(practice.count, MAXIMUM), min(practice.count, MAXIMUM) // pairs
    run = without_wire()
    existing = [mailbox(n) for n in range(count)]
    batches = itertools.count(count, made)

    def batch(create_them: Callable[[range], None]) -> Cost:
        start = next(batches)
        return cost_of(lambda: create_them(range(start, start + made)))

    def reading() -> Cost:
        return cost_of(lambda: converge(existing))

    def creating() -> Cost:
        return batch(create_by_postroom)

    try:
        for n in range(count):
            for commands in create(n):
                run(commands)
        what = f"{count} mailboxes on Exchange, nothing to change"
        yield in_turn(what, reading, "pypsrp reads the same", lambda: cost_of(read_by_pypsrp), pairs=pairs, wanted=1.5)
        yield in_turn(f"{made} to create on Exchange", creating, "by pypsrp", lambda: batch(create_by_pypsrp), pairs=pairs, wanted=1.2)
    finally:
        for n in range(next(batches)):
            try:
                run([("Remove-Mailbox", {"Identity": f"exch{n:05}@ugent.be", "Confirm": False})])
            except SystemExit:
                continue
