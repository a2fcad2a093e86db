"""The playbooks on Cyrus and the directory, each beside what cannot be done with less."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.spec import defaults
from ansible.module_utils.postroom.backends.declarations import read_schema, validate_folder
from ansible.module_utils.postroom.core.cyrus.plan import plan_cyrus
from ansible.module_utils.postroom.core.model import Mailbox

from . import ROOT
from .floors import list_mailboxes, load, load_and_validate, search_directory, send_pipelined
from .measuring import Comparison, Cost, Work, cost_of, in_turn, sizes_of_processes
from .practice import EXCHANGE, Practice

AT_MOST_MIB = 200
MOST_TO_FILL = 3000
ALL_BUT_CYRUS = (*EXCHANGE, "directory_servers")
RAW = "r"
"""The beginning of the names of the mailboxes that are not made by Postroom."""


def validating(practice: Practice, pairs: int) -> Iterator[Comparison]:
    empty = practice.empty_playbook()
    floor = _all_of(empty, lambda: load_and_validate(practice.declarations))
    against = "an empty playbook, libyaml and jsonschema"
    yield in_turn("`validate.yml`", practice.playbook("validate"), against, floor, pairs=pairs, wanted=1.3)


def filling(practice: Practice, pairs: int) -> Iterator[Comparison]:
    """In two shares at most, so that what each run of the playbook takes for itself counts as it does for who fills a server. The other
    client makes as many more, of names of their own. Each mailbox takes Cyrus the longer, the more it has: hence the turns."""
    turns = min(pairs, 2)
    size = min(practice.count, MOST_TO_FILL) // turns
    mailboxes = mailboxes_of(practice)
    shares = [mailboxes[turn * size : (turn + 1) * size] for turn in range(turns)]
    by_playbook, by_pipeline = iter(shares), iter(shares)

    def ours() -> Cost:
        only = [mailbox.name for mailbox in next(by_playbook)]
        apply = practice.playbook("apply", without=ALL_BUT_CYRUS, only=only, plan_report__touched_maximum=size)
        return apply()

    def raw() -> Cost:
        others = [replace(mailbox, address=f"{RAW}{mailbox.address}") for mailbox in next(by_pipeline)]
        return cost_of(lambda: send_pipelined(practice, commands(others)))

    against = "the same commands, pipelined over one connection"
    yield in_turn(f"`apply.yml`, {size} to make on Cyrus", ours, against, raw, pairs=turns, wanted=1.3)


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
    apply = practice.playbook("apply", without=(), only=practice.names[0])

    def ours() -> Cost:
        path.write_text(f"{written}quota_gb: {next(quotas)}\n")
        return apply()

    try:
        floor = practice.empty_playbook(without=())
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


def commands(mailboxes: Sequence[Mailbox]) -> list[bytes]:
    """What makes these mailboxes on Cyrus, mailbox after mailbox, as bytes."""
    changes = plan_cyrus(mailboxes, {}, cyrus_policy(defaults(CYRUS))).changes
    return [operation.encode("p")[2:-2] for change in changes for stage in change.stages for operation in stage]


def _all_of(first: Work, *more: Callable[[], object]) -> Work:
    return lambda: sum((cost_of(work) for work in more), first())
