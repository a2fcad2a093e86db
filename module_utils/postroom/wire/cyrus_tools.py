"""What Cyrus' own tools print, run on the server: every mailbox, quota and annotation in one go.

Formats as of Cyrus IMAP 3.6 (cyrusimap.org, "Man Pages": ctl_mboxlist(8), quota(8), cyr_dbtool(8)).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_QUOTA = re.compile(r"^\s*(?:(\d+)\s+\d+\s+)?(\d+)\s+STORAGE (user/.+)$", re.MULTILINE)
_ANNOTATION = re.compile(rb"([a-z0-9-]*)\0(/[^\0\n\t]+)\0([^\0\n\t]*)\0\t(.{4})\0\0\0\0", re.DOTALL)
OWNER = "[.OwNeR.]"
"""How the annotations database spells the user who owns the mailbox."""


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """A line of ``ctl_mboxlist -d``. ``name`` is as IMAP spells it with ``unixhierarchysep``: ``user/labo.info/Sent``."""

    name: str
    unique_id: str
    acl: dict[str, str]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A record of ``annotations.db``. ``unique_id`` is empty for the server's own; ``user`` is empty for shared values."""

    unique_id: str
    entry: str
    user: str
    value: str


def parse_mailboxes(output: bytes) -> Iterator[MailboxRecord]:
    """The users' mailboxes of the default domain; those with the same ACL share one dictionary. Raises ValueError when the output is not
    ``ctl_mboxlist -d``'s JSON."""
    text = output.decode("utf-8", "surrogatepass")
    del output  # a large server prints hundreds of megabytes
    try:
        for internal, record in json.loads(text, object_hook=_Shrinking()).items():
            unique_id, mailbox_type, acl = record if isinstance(record, tuple) else (record["uniqueid"], record["mbtype"], {})
            is_tombstone = "d" in mailbox_type
            if internal.startswith("user.") and not is_tombstone:
                yield MailboxRecord(_external(internal), unique_id, acl)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"ctl_mboxlist printed something else than its list of mailboxes: {error!r}") from error


class _Shrinking:
    """Keeps of each record with an ACL, while the next are still read, what is wanted of it: id, type and ACL."""

    def __init__(self) -> None:
        self._acls: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def __call__(self, found: dict[str, Any]) -> object:
        acl = found.get("acl")
        if not isinstance(acl, dict):  # an ACL itself: people choose its keys, but each of its values is text
            return found
        return found["uniqueid"], found["mbtype"], self._acls.setdefault(tuple(acl.items()), acl)


def _external(internal: str) -> str:
    """Cyrus keeps names with ``.`` between the levels and ``^`` for a dot; IMAP shows ``/`` and the dot."""
    return internal.translate({ord("."): "/", ord("^"): "."})


def parse_quotas(output: str) -> dict[str, int]:
    """The storage limit in KiB by quota root, of those that have one."""
    return {root: int(limit) for limit, _, root in _QUOTA.findall(output) if limit}


def parse_usage(output: str) -> dict[str, int]:
    """The storage in use in KiB by quota root."""
    return {root: int(used) for _, used, root in _QUOTA.findall(output)}


def parse_annotations(output: bytes) -> Iterator[Annotation]:
    """Records of ``cyr_dbtool annotations.db twoskip show``: a key, a tab, and a value that starts with its length.

    A value is skipped by its length, so nothing inside one is ever taken for a record.
    """
    position = 0
    while found := _ANNOTATION.search(output, position):
        unique_id, entry, user, length = found.groups()
        position = found.end() + int.from_bytes(length, "big")
        value = output[found.end() : position].decode("utf-8", "replace")
        yield Annotation(unique_id.decode(), entry.decode("utf-8", "replace"), user.decode("utf-8", "replace"), value)


def parse_settings(output: str) -> dict[str, str]:
    """``cyr_info conf-all``: an option and its value on each line."""
    lines = (line.partition(":") for line in output.splitlines())
    return {option.strip(): value.strip() for option, colon, value in lines if colon}
