"""Which hosts of the inventory a run may have: one for each system, and all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..systems import SYSTEMS

CONTROL = "control"
"""The group of the machine that runs Ansible."""


def refusals(groups: Mapping[str, Sequence[str]], asked: Collection[str]) -> Iterator[str]:
    """Why a run is refused, a sentence for each group. ``asked`` are the hosts that ``--limit`` leaves, or all."""
    for group in (CONTROL, *(system.inventory_group for system in SYSTEMS.values())):
        hosts = groups.get(group, ())
        if len(hosts) > 1:
            yield (
                f"the inventory has {len(hosts)} hosts in {group} ({', '.join(hosts)}), and Postroom takes one: another would be changed "
                "without being in the plan, the limits and the journal. Leave one of them in the group"
            )
        elif left_out := [host for host in hosts if host not in asked]:
            yield (
                f"--limit leaves out {left_out[0]} of {group}, and a run asks all systems, so that no mailbox is made on one while it "
                "lives on another. Run without --limit; to choose mailboxes, give -e only=labo.info,vragen"
            )
    if not groups.get(CONTROL):
        yield f"the inventory has no host in {CONTROL}: the machine that runs Ansible, which reads the declarations and writes the reports"
