"""A good declaration for tests to spoil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.postroom.core.declarations.schema import MailboxSchema
from ansible.module_utils.postroom.core.declarations.validate import Source, Validation, validate
from ansible.module_utils.postroom.core.model import Mailbox

SCHEMA = MailboxSchema(json.loads((Path(__file__).parents[2] / "schemas" / "mailbox.schema.json").read_bytes()))
GOOD = """\
address: Labo.Info@UGent.be
display_name: Labo Informatica
purpose: Questions from students about the practicals
unit: {type: lab, name: Vakgroep Informatica}
abbreviations: {info: informatica}
requested_by: ajanssens
members: [ajanssens, bpeeters]
backend: cyrus
"""


def check(text: str | bytes, file: str = "mailboxes/labo.info.yml") -> Validation:
    return validate([Source(file, text.encode() if isinstance(text, str) else text)], SCHEMA)


def spoilt(line: str) -> str:
    """The good declaration with one line replaced by another with the same key, or with one line more."""
    key = line.partition(":")[0]
    rest = [old for old in GOOD.splitlines() if not old.startswith(f"{key}:")]
    return "\n".join([*rest, line]) + "\n"


def rules(text: str | bytes, file: str = "mailboxes/labo.info.yml") -> set[str]:
    return {finding.rule for finding in check(text, file).findings}


def mailbox(**changes: Any) -> Mailbox:
    values = check(GOOD).mailboxes[0].as_dict()
    return Mailbox.from_dict({**values, **changes})
