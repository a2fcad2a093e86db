#!/usr/bin/python
"""Ansible module: one plan of what the backend modules returned."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_report
short_description: Join the results of the backend modules into one plan, and write it
description:
  - Writes C(plan.json) and C(plan.md), and fails when a mailbox failed or a server could not be used.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes: {description: What M(mailbox_declarations) returned., type: json, required: true}
  results:
    description: What the backend modules returned.
    type: list
    elements: dict
    required: true
  report_dir: {description: Where to write the reports., type: path, required: true}
attributes:
  check_mode: {support: full, description: Reports are written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Write the plan
  plan_report:
    mailboxes: "{{ declared.mailboxes }}"
    results: ["{{ cyrus_mailboxes__result }}", "{{ directory_entries__result }}"]
    report_dir: reports
"""

RETURN = r"""
report:
  description: A line for each change and failure, and the counts.
  returned: always
  type: str
summary:
  description: How many mailboxes are created, updated, retired or unchanged.
  returned: always
  type: dict
  sample: {create: 1, update: 0, retire: 0, unchanged: 2}
digest:
  description: The same for the same changes, whatever the order or the time.
  returned: always
  type: str
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.backends.reports import ReportError, write_report
from ansible.module_utils.postroom.core.plan import as_document, join
from ansible.module_utils.postroom.core.plan_report import as_json, as_markdown, as_text


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "chdir": {"type": "path", "default": "."},
            "mailboxes": {"type": "json", "required": True},
            "results": {"type": "list", "elements": "dict", "required": True},
            "report_dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        os.chdir(module.params["chdir"])
        declared = mailboxes(module.params)
        changes, failures = join(module.params["results"], declared)
        document = as_document([box.name for box in declared], changes, [failure["mailbox"] for failure in failures])
        folder = Path(module.params["report_dir"])
        write_report(folder, "plan.json", as_json(document))
        write_report(folder, "plan.md", as_markdown(document, failures))
    except (ReportError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))
    report = as_text(document, failures)
    if failures:
        module.fail_json(msg=report, summary=document["summary"], digest=document["digest"])
    module.exit_json(changed=False, report=report, summary=document["summary"], digest=document["digest"])


if __name__ == "__main__":
    main()
