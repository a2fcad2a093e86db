#!/usr/bin/python
"""Ansible module: one plan of what the backend modules returned."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_report
short_description: Join the results of the backend modules into one plan, judge it, and write it
description:
  - Writes C(plan.json) and C(plan.md), and fails when a mailbox failed, a server could not be used, or the plan refuses itself.
  - A plan that is not the approved one is written to C(refused-plan.json) and C(refused-plan.md).
  - A plan refuses itself when it is not the approved one, when it does more than one run may do, or when a protected mailbox would have
    no staff member left.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes: {description: What M(mailbox_declarations) returned., type: json, required: true}
  results:
    description: What the backend modules returned.
    type: list
    elements: dict
    required: true
  report_dir: {description: Where to write the reports., type: path, required: true}
  stage:
    description:
      - C(plan) when nothing follows.
      - C(review) when the changes are to be made next. Mailboxes that failed are then left to the report that follows.
      - C(apply) when the changes were made. The plan is not judged any more, and each change is noted in C(journal.jsonl).
    type: str
    choices: [plan, review, apply]
    default: plan
  approved_plan: {description: A C(plan.json); a plan with other changes is refused., type: path}
  limits:
    description: What one run may do at most. Each is a number of mailboxes or members, or a part of the run's mailboxes where that is more.
    type: dict
    suboptions:
      retired: {description: How many mailboxes may be retired., type: int, default: 5}
      retired_percent: {description: Or how many percent., type: int, default: 1}
      members_removed: {description: How many members may lose a mailbox that stays., type: int, default: 20}
      members_removed_percent: {description: Or how many percent., type: int, default: 1}
      touched: {description: How many mailboxes may be changed at all., type: int, default: 100}
      touched_percent: {description: Or how many percent., type: int, default: 5}
  protected:
    description: Mailboxes that never lose their last staff member, by address or by the part before the @.
    type: list
    elements: str
    default: []
  syslog: {description: Where the journal goes too. A socket's path such as /dev/log, or C(host:port) by UDP., type: str}
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
  description: A line for each change, failure and refusal, and the counts.
  returned: success
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
refusals:
  description: Why the plan may not be carried out.
  returned: always
  type: list
  elements: str
reviewed:
  description: The fingerprints of the changes, separated by spaces, for the modules that make them.
  returned: always
  type: str
systems:
  description: The systems that the changes are to be made on; the others need not be asked again.
  returned: always
  type: list
  elements: str
  sample: [cyrus, directory]
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.arguments.safety import SAFETY
from ansible.module_utils.postroom.backends.journal import write_journal
from ansible.module_utils.postroom.backends.reports import ReportError, write_report
from ansible.module_utils.postroom.core.plan import as_document, fingerprint, join
from ansible.module_utils.postroom.core.run.report import as_json, as_markdown, as_text
from ansible.module_utils.postroom.review import refusals


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "chdir": {"type": "path", "default": "."},
            "mailboxes": {"type": "json", "required": True},
            "results": {"type": "list", "elements": "dict", "required": True},
            "report_dir": {"type": "path", "required": True},
            "stage": {"type": "str", "choices": ["plan", "review", "apply"], "default": "plan"},
            "syslog": {"type": "str"},
            **SAFETY,
        },
        supports_check_mode=True,
    )
    params = module.params
    folder = Path(params["report_dir"])
    try:
        os.chdir(params["chdir"])
        declared = mailboxes(params)
        changes, failures = join(params["results"], declared)
        document = as_document([box.name for box in declared], changes, [failure["mailbox"] for failure in failures])
        if params["stage"] != "apply":
            document["refusals"] = refusals(params, changes, len(declared))
        nothing_to_make = params["stage"] == "review" and not changes and not document["refusals"]
        if params["stage"] == "apply" or nothing_to_make:
            write_journal(folder, changes, failures, declared, params["syslog"])
        # A plan that is refused must not take the place of the one that was approved.
        name = "refused-plan" if params["approved_plan"] and document["refusals"] else "plan"
        write_report(folder, f"{name}.json", as_json(document))
        write_report(folder, f"{name}.md", as_markdown(document, failures))
    except (ReportError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))
    report = as_text(document, failures)
    outcome = {name: document[name] for name in ("summary", "digest", "refusals")}
    outcome["reviewed"] = " ".join(map(fingerprint, changes))
    outcome["systems"] = sorted({change.system for change in changes})
    is_reported_later = params["stage"] == "review" and changes
    if document["refusals"] or (failures and not is_reported_later):
        module.fail_json(msg=report, **outcome)
    module.exit_json(changed=False, report=report, **outcome)


if __name__ == "__main__":
    main()
