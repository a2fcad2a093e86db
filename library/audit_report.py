#!/usr/bin/python
"""Ansible module: what an audit found."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_report
short_description: Compare the declarations with what runs, and write what differs
description:
  - Takes the declarations, what the info and forwarding modules returned, and the repository's history, and lists findings.
  - Each has what is declared, what is there, the file and line, who asked for it, who approved it, and since when.
  - Writes C(audit.json), C(audit.md), C(audit-junit.xml) and C(audit.prom), and C(audit.html) when C(page) is given.
  - Reads no server, and changes nothing but the reports. Findings do not fail it; C(fails) says whether they are to fail the run.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes: {description: What M(mailbox_declarations) returned as C(mailboxes)., type: json, required: true}
  invalid: {description: What it returned as C(invalid)., type: json, default: "[]"}
  mailboxes_dir: {description: The folder with the declarations, whose history in git is read., type: path, required: true}
  only: {description: Look at these mailboxes only; all when left out., type: list, elements: str}
  observed: {description: What the info modules returned., type: list, elements: dict, required: true}
  forwarding: {description: What the modules that look for forwarding returned., type: list, elements: dict, default: []}
  cyrus: {description: What mailboxes on Cyrus follow; the defaults when left out. The server is not asked.}
  exchange: {description: What mailboxes on Exchange follow; the defaults when left out. The server is not asked.}
  nearly_full_percent: {description: From which part of the quota on a mailbox is nearly full., type: int, default: 90}
  unused_days: {description: After how many days without mail and login a mailbox is unused., type: int, default: 365}
  fail_on:
    description: The least weighty finding with which C(fails) is true.
    type: str
    choices: [error, warning, info, never]
    default: error
  csv_delimiter:
    description: What stands between two values of a CSV that the page exports; a semicolon where numbers are written with a comma.
    type: str
    choices: [",", ";"]
    default: ","
  page: {description: The template of C(audit.html)., type: path}
  report_dir: {description: Where to write the reports., type: path, required: true}
extends_documentation_fragment: [cyrus.named, exchange.named]
attributes:
  check_mode: {support: full, description: Reports are written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Write the audit
  audit_report:
    mailboxes: "{{ declared.mailboxes }}"
    mailboxes_dir: mailboxes
    observed: ["{{ cyrus_mailboxes__info }}", "{{ directory_entries__info }}"]
    report_dir: reports
  register: audit
"""

RETURN = r"""
report:
  description: A line for each finding, and the counts.
  returned: success
  type: str
summary:
  description: How many findings there are of each severity and of each kind, and how many mailboxes were looked at.
  returned: success
  type: dict
  sample: {error: 1, warning: 0, info: 0, mailboxes: 300, by_id: {member-extra: 1}}
fails:
  description: Whether there are findings as weighty as C(fail_on).
  returned: success
  type: bool
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.exchange import EXCHANGE, exchange_policy
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.backends.reports import ReportError, read_audit_page, write_report
from ansible.module_utils.postroom.core.audit.evidence import AuditPolicy, Evidence
from ansible.module_utils.postroom.core.audit.metrics import as_metrics
from ansible.module_utils.postroom.core.audit.observed import forwarding, observed
from ansible.module_utils.postroom.core.audit.page import as_html
from ansible.module_utils.postroom.core.audit.report import as_json, as_junit, as_markdown, as_text, fails
from ansible.module_utils.postroom.core.finding import Finding
from ansible.module_utils.postroom.core.packed import unpack

try:
    from ansible.module_utils.postroom.backends.declarations import read_documents
    from ansible.module_utils.postroom.backends.git_history import read_history
    from ansible.module_utils.postroom.core.audit.document import as_document
    from ansible.module_utils.postroom.core.audit.findings import audit, with_authors
    from ansible.module_utils.postroom.core.audit.places import with_lines
    from ansible.module_utils.postroom.core.declarations.validate import names_of

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)

SPEC: dict[str, dict[str, Any]] = {
    "chdir": {"type": "path", "default": "."},
    "mailboxes": {"type": "json", "required": True},
    "invalid": {"type": "json", "default": "[]"},
    "mailboxes_dir": {"type": "path", "required": True},
    "only": {"type": "list", "elements": "str"},
    "observed": {"type": "list", "elements": "dict", "required": True},
    "forwarding": {"type": "list", "elements": "dict", "default": []},
    "cyrus": CYRUS,
    "exchange": EXCHANGE,
    "nearly_full_percent": {"type": "int", "default": 90},
    "unused_days": {"type": "int", "default": 365},
    "fail_on": {"type": "str", "choices": ["error", "warning", "info", "never"], "default": "error"},
    "page": {"type": "path"},
    "csv_delimiter": {"type": "str", "choices": [",", ";"], "default": ","},
    "report_dir": {"type": "path", "required": True},
}


def evidence(params: Mapping[str, Any]) -> Evidence:
    """Raises ValueError when an argument is not what another module returns."""
    seen = observed(params["observed"])
    forwards, not_looked = forwarding(params["forwarding"])
    return Evidence(
        mailboxes=mailboxes(params),
        live=seen.live,
        answers=[*seen.answers, *not_looked],
        people=seen.people,
        holders=seen.holders,
        forwarding=forwards,
        invalid=[Finding(**value) for value in unpack(params["invalid"])],
        only=names_of(params["only"]),
    )


def policy(params: Mapping[str, Any], now: datetime) -> AuditPolicy:
    cyrus, exchange = cyrus_policy(params["cyrus"]), exchange_policy(params["exchange"])
    unused_before = iso(now - timedelta(days=params["unused_days"]))
    return AuditPolicy(cyrus, exchange, params["nearly_full_percent"], unused_before, date.today().isoformat())


def iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def document_of(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """``audit.json``. Raises ValueError as ``evidence`` does, and for names that nothing has."""
    seen = evidence(params)
    seen.require_only()
    history = read_history(Path(params["mailboxes_dir"]))
    findings = with_authors(audit(seen, policy(params, now)), history)
    findings = with_lines(findings, read_documents({finding.file for finding in findings if finding.file}))
    document: dict[str, Any] = as_document(seen, findings, history, iso(now))
    return document


def main() -> None:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    now = datetime.now(UTC)
    try:
        os.chdir(params["chdir"])
        document = document_of(params, now)
        folder = Path(params["report_dir"])
        write_report(folder, "audit.json", as_json(document))
        write_report(folder, "audit.md", as_markdown(document))
        write_report(folder, "audit-junit.xml", as_junit(document))
        write_report(folder, "audit.prom", as_metrics(document, int(now.timestamp())))
        if params["page"]:
            write_report(
                folder, "audit.html", as_html(read_audit_page(Path(params["page"])), {**document, "csv_delimiter": params["csv_delimiter"]})
            )
    except (ReportError, OSError, ValueError, TypeError) as error:
        module.fail_json(msg=str(error))
    summary = document["summary"]
    module.exit_json(changed=False, report=as_text(document), summary=summary, fails=fails(document, params["fail_on"]))


if __name__ == "__main__":
    main()
