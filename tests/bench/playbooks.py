"""The playbooks on Cyrus and the directory, each beside what cannot be done with less."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.mailboxes import pack_mailboxes
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.declarations import read_schema, validate_folder
from ansible.module_utils.postroom.converge import run
from ansible.module_utils.postroom.core.cyrus.plan import plan_cyrus
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import created_by

from . import ROOT
from .floors import list_mailboxes, load, load_and_validate, search_directory, send_pipelined
from .measuring import Comparison, Cost, Work, cost_of, in_turn, sizes_of_processes
from .practice import Practice

AT_MOST_MIB = 200


def validating(practice: Practice, pairs: int) -> Iterator[Comparison]:
    empty = practice.empty_playbook()
    floor = _all_of(empty, lambda: load_and_validate(practice.declarations))
    against = "an empty playbook, libyaml and jsonschema"
    yield in_turn("`validate.yml`", practice.playbook("validate"), against, floor, pairs=pairs, wanted=1.3)


def filling(practice: Practice, pairs: int) -> Iterator[Comparison]:
    """Cyrus gets half of the mailboxes from the module, and half from a client that only sends the same commands, in turn: for one
    mailbox it takes the longer, the more it has."""
    shares = iter(_shares(mailboxes_of(practice), 2 * pairs))
    raw = lambda: _made_by(lambda share: send_pipelined(practice, commands(share)), next(shares))  # noqa: E731
    ours = lambda: _made_by(lambda share: fill(practice, share), next(shares))  # noqa: E731
    what = f"`cyrus_mailboxes`, {practice.count // (2 * pairs)} to make"
    yield in_turn(what, ours, "the same commands, pipelined over one connection", raw, pairs=pairs, wanted=1.3)


def unchanged(practice: Practice, pairs: int) -> Iterator[Comparison]:
    """Fills what is not there yet, then measures a run that finds all as it should be."""
    practice.playbook("apply", plan_report__touched_maximum=practice.count)()
    parts: list[Callable[[], object]] = [
        lambda: load(practice.declarations), lambda: search_directory(practice), lambda: list_mailboxes(practice)
    ]  # fmt: skip
    against = "an empty playbook, loading, one LDAP search, `ctl_mboxlist -d`"
    floor = _all_of(practice.empty_playbook(), *parts)
    yield in_turn("`apply.yml`, nothing to change", practice.playbook("apply"), against, floor, pairs=pairs, wanted=2)


def one_changed(practice: Practice, pairs: int) -> Iterator[Comparison]:
    """The practice Exchange is in the inventory. The mailbox has to live: after ``unchanged``."""
    path = practice.declarations[0]
    written, quotas = path.read_text(), itertools.count(6)
    apply = practice.playbook("apply", exchange=True, only=practice.names[0])

    def ours() -> Cost:
        path.write_text(f"{written}quota_gb: {next(quotas)}\n")
        return apply()

    try:
        floor = practice.empty_playbook(exchange=True)
        yield in_turn("`apply.yml -e only=`, one changed", ours, "an empty playbook", floor, pairs=pairs, wanted=4)
    finally:
        path.write_text(written)
        apply()


def memory(practice: Practice) -> Iterator[str]:
    """The largest processes of a run that changes nothing, and of a validation."""
    for name in ("validate", "apply"):
        sizes = sizes_of_processes(practice.command(name), ROOT)
        largest = sorted(((peak // 1024, process) for process, peak in sizes.items()), reverse=True)[:4]
        found = ", ".join(f"`{process}` {peak} MiB" for peak, process in largest)
        yield f"Largest processes of `{name}.yml`, nothing to change: {found} (wanted: at most {AT_MOST_MIB} MiB)."


def mailboxes_of(practice: Practice) -> list[Mailbox]:
    assert practice.declarations
    schema = read_schema(ROOT / "schemas" / "mailbox.schema.json")
    return validate_folder(practice.folder / "mailboxes", (), schema, None).mailboxes


def server(practice: Practice) -> dict[str, Any]:
    tools = {"directory": "/usr/lib/cyrus/bin", "imapd_conf": str(practice.lab / "cyrus" / "imapd.conf"), "account": "cyrus"}
    ours = {"host": "localhost", "port": practice.ports["cyrus"], "password": practice.secret("cyrus"), "host_tools": tools}
    return {**defaults(CYRUS), **ours, "ca_file": str(practice.lab / "tls" / "ca.pem"), "implicit_owner_rights": "lkxn"}


def commands(mailboxes: Sequence[Mailbox]) -> list[bytes]:
    """What makes these mailboxes on Cyrus, mailbox after mailbox, as bytes."""
    changes = plan_cyrus(mailboxes, {}, cyrus_policy(defaults(CYRUS))).changes
    return [operation.encode("p")[2:-2] for change in changes for stage in change.stages for operation in stage]


def fill(practice: Practice, mailboxes: Sequence[Mailbox]) -> None:
    """All that the module does: observe, plan, apply, and its result."""
    params = {"mailboxes": pack_mailboxes(mailboxes), "hold_back": [], "adopt": [], "server": server(practice)}
    result = run("cyrus", "lab", lambda: _module("cyrus_mailboxes").steps(params), reviewed=None, dry_run=False)
    made = created_by([result])
    if result.get("failed") or len(made) != len(mailboxes):
        raise SystemExit(f"{len(made)} of {len(mailboxes)} mailboxes were made. {result.get('msg', '')}")


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "library" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _made_by(make: Callable[[Sequence[Mailbox]], None], share: Sequence[Mailbox]) -> Cost:
    return cost_of(lambda: make(share))


def _shares(mailboxes: Sequence[Mailbox], number: int) -> list[Sequence[Mailbox]]:
    size = len(mailboxes) // number
    return [mailboxes[n * size : (n + 1) * size] for n in range(number)]


def _all_of(first: Work, *more: Callable[[], object]) -> Work:
    return lambda: sum((cost_of(work) for work in more), first())
