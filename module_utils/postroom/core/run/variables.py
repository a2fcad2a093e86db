"""Which variables a run may not have: those that nothing reads any more would be passed over in silence."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

FORWARDING = ("report", "remove")
IN_SERVER = {
    "cyrus_mailboxes": (
        "host", "port", "tls", "ca_file", "user", "password", "sieve_port", "host_tools", "member_rights", "implicit_owner_rights",
        "administrators",
    ),
    "exchange_mailboxes": (
        "url", "configuration_name", "authentication", "user", "password", "ca_file", "certificate_file", "certificate_key_file",
        "operation_timeout", "read_timeout", "deployment", "domain_controller", "organizational_unit", "database", "mark_attribute",
        "connect_commands",
    ),
    "directory_entries": ("uri", "bind_dn", "bind_password", "ca_file", "people_base", "mailboxes_base"),
}  # fmt: skip
"""What was a variable for each thing, by role, and is a key of the role's one dictionary now."""

ELSEWHERE = {"letters__maximum_members": "schemas/mailbox.schema.json says how many members a mailbox may have (members-maximum)"}
"""What was a variable, and where it is said now."""


def refusals(names: Collection[str], forwarding: str) -> Iterator[str]:
    """Why a run is refused, a sentence for each variable. ``names`` are those that any host has; ``forwarding`` is empty when not set."""
    for role, keys in IN_SERVER.items():
        for key in keys:
            if f"{role}__{key}" in names:
                here = f"set the key {key} of {role}__server (docs/operator.md, Your own servers)"
                yield f"the variable {role}__{key} is not read any more: {here}"
    yield from (f"the variable {name} is not read any more: {where}" for name, where in ELSEWHERE.items() if name in names)
    if forwarding and forwarding not in FORWARDING:
        yield f"forwarding={forwarding} is neither report, the default, nor remove"


def unknown(given: Collection[str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each variable that is not ``known``. Those of roles have two underscores, those of Ansible begin with its name."""
    for name in given:
        if name not in known and "__" not in name and not name.startswith("ansible_"):
            meant = difflib.get_close_matches(name, known, 1)
            yield f"there is no variable {name}" + (f"; did you mean {meant[0]}?" if meant else f"; there are {', '.join(known)}")
