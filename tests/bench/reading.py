"""What reading Exchange costs the client: Postroom and pypsrp on the same recorded answers, each in a process of its own.

``python -m tests.bench.reading postroom|pypsrp URL COUNT`` is one of them. ``record FOLDER COUNT`` makes the recordings, apart too:
a process that is begun by a large one is counted as large.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from ansible.module_utils.postroom.arguments.exchange import EXCHANGE
from ansible.module_utils.postroom.arguments.exchange_server import exchange_server
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.exchange import Exchange, ExchangeServer
from ansible.module_utils.postroom.core.exchange.plan import ExchangeObservation, plan_exchange
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.wire.exchange import selected
from ansible.module_utils.postroom.wire.exchange_objects import (
    ACCOUNT_PROPERTIES,
    CAS_PROPERTIES,
    FULL_ACCESS_PROPERTIES,
    mailbox_properties,
    send_as_properties,
)
from ansible.module_utils.postroom.wire.powershell import Pipeline, pipeline
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.pipeline import Argument, Caller, Failed, Invocation
from lab.exchange.store import Person, Store

from . import ROOT
from .measuring import Comparison, Cost, cost_of_command, in_turn
from .practice import Practice
from .replay import PASSWORD, USER, record

MEMBERS = ("ajanssens", "bpeeters", "cdevos")
WANTED, WANTED_MIB = 0.25, 150


def mailbox(n: int) -> Mailbox:
    return Mailbox(
        address=f"Exch{n:05}@UGent.be", display_name=f"Practice mailbox {n}", purpose="Questions", unit_type="lab", unit_name="Vakgroep",
        requested_by="ajanssens", members=MEMBERS, backend="exchange", quota_gb=5, state="present", language="nl", file=f"exch{n:05}.yml",
    )  # fmt: skip


def server(url: str) -> ExchangeServer:
    ours = {"url": url, "authentication": "basic", "user": USER, "password": PASSWORD, "domain_controller": "dc1.ugent.be"}
    return exchange_server({**defaults(EXCHANGE), **ours})


def reads() -> list[tuple[Pipeline, tuple[str, ...]]]:
    """What Postroom reads to find that there is nothing to change, and the properties that it selects."""
    policy = server("http://127.0.0.1/").policy
    commands, ours = policy.commands, policy.commands.get_shared_mailboxes(policy.ours())
    return [
        (pipeline(ours), mailbox_properties(policy.mark_attribute)),
        (commands.get_full_access(ours), FULL_ACCESS_PROPERTIES),
        (commands.get_send_as(ours), send_as_properties(is_online=False)),
        (commands.get_cas_mailboxes(ours), CAS_PROPERTIES),
        (pipeline(commands.get_users(MEMBERS)), ACCOUNT_PROPERTIES),
    ]


def invocations(commands: Pipeline) -> list[Invocation]:
    return [Invocation(one.name, tuple(Argument(name, _given(value)) for name, value in one.parameters)) for one in commands.cmdlets]


def _given(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def record_both(to: str, count: int) -> None:
    """An organisation of this many mailboxes: as it answers, and as it answers where properties are selected."""
    folder = Path(to)
    people = [Person(login, login, login, login, f"{login}@ugent.be", "staff") for login in MEMBERS]
    cmdlets = ExchangeCmdlets(Store(folder / "store", lambda: people))
    policy = server("http://127.0.0.1/").policy
    observed = ExchangeObservation({}, {login: (f"{login}@ugent.be",) for login in MEMBERS}, {})
    for change in plan_exchange(map(mailbox, range(count)), observed, policy).changes:
        for command in (command for stage in change.stages for command in stage):
            if failed := [one for one in cmdlets.run(invocations(command), Caller("bench")) if isinstance(one, Failed)]:
                raise SystemExit(f"{command}: {failed[0].message}")
    asked = [invocations(pipeline(policy.commands.get_user(f"UGENT\\{login}"))) for login in MEMBERS]
    record(cmdlets, [*asked, *(invocations(commands) for commands, _ in reads())], folder / "whole")
    record(cmdlets, [*asked, *(invocations(selected(commands, properties)) for commands, properties in reads())], folder / "selected")


@contextmanager
def replayed(recording: Path) -> Iterator[str]:
    """The address of a server that answers from it."""
    port_file = recording.with_suffix(".port")
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.replay", recording, port_file], cwd=ROOT)
    try:
        while not (port_file.exists() and port_file.read_text()):
            if process.poll() is not None:
                raise SystemExit("the recording is not served")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port_file.read_text()}/PowerShell/"
    finally:
        process.terminate()
        process.wait()


def comparisons(practice: Practice, pairs: int) -> Iterator[Comparison]:
    """Of CPU time: the wall's contains the server, which makes its answers no faster for anybody."""
    count = practice.count

    def command(client: str, url: str) -> Sequence[str]:
        return [sys.executable, "-m", "tests.bench.reading", client, url, str(count)]

    with tempfile.TemporaryDirectory(prefix="postroom-reading-") as name:
        folder = Path(name)
        cost_of_command([sys.executable, "-m", "tests.bench.reading", "record", folder, str(count)], ROOT)
        with replayed(folder / "whole") as whole, replayed(folder / "selected") as narrow:

            def by_pypsrp() -> Cost:
                return cost_of_command(command("pypsrp", whole), ROOT)

            def by_postroom() -> Cost:
                return cost_of_command(command("postroom", whole), ROOT)

            def selecting() -> Cost:
                return cost_of_command(command("postroom", narrow), ROOT)

            for what, work in (("the same answers", by_postroom), ("properties selected", selecting)):
                row = f"{count} mailboxes on Exchange, nothing to change, {what}, client CPU"
                measured = as_cpu(in_turn(row, work, "pypsrp reads all properties", by_pypsrp, pairs=pairs, wanted=WANTED))
                if (peak := max(cost.peak_kib for cost in measured.ours) // 1024) > WANTED_MIB:
                    print(f"{row}: {peak} MiB, and {WANTED_MIB} are wanted at most", flush=True)
                yield measured


def as_cpu(comparison: Comparison) -> Comparison:
    """The same, with the ratio of CPU time."""
    ours, floor = ([replace(cost, wall=cost.cpu) for cost in costs] for costs in (comparison.ours, comparison.floor))
    return replace(comparison, ours=ours, floor=floor)


def read_by_postroom(url: str, count: int) -> None:
    mailboxes, where = [mailbox(n) for n in range(count)], server(url)
    with Exchange(where) as exchange:
        plan = plan_exchange(mailboxes, exchange.observe(mailboxes), where.policy)
    if plan.changes or plan.refusals:
        raise SystemExit(f"there is something to change: {[*plan.changes, *plan.refusals][0]}")


def read_by_pypsrp(url: str, count: int) -> None:
    port = urlsplit(url).port
    wsman = WSMan("127.0.0.1", port=port, ssl=False, path="PowerShell/", auth="basic", username=USER, password=PASSWORD, encryption="never")
    with RunspacePool(wsman, configuration_name="Microsoft.Exchange") as pool:
        for commands, _ in reads():
            shell = PowerShell(pool)
            for one in commands.cmdlets:
                shell.add_cmdlet(one.name)
                for name, value in one.parameters:
                    shell.add_parameter(name, _given(value))
            found = shell.invoke()
            if shell.streams.error or (len(found) < count and commands.cmdlets[0].name == "Get-Mailbox"):
                raise SystemExit(f"{commands}: {len(found)} objects, {shell.streams.error}")


PARTS = {"postroom": read_by_postroom, "pypsrp": read_by_pypsrp, "record": record_both}

if __name__ == "__main__":
    PARTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
