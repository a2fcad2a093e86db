#!/usr/bin/python
"""Ansible module: where a plan comes from, sealed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_provenance
short_description: Seal a plan with where it comes from
description:
  - Writes C(provenance.json) beside the plan. M(gitlab_approved_plan) goes by a plan only when its seal was made with the same key.
options:
  plan: {description: The C(plan.json)., type: path, required: true}
  project: {description: GitLab's number of the project., type: str, required: true}
  merge_request: {description: The number of the merge request., type: int, required: true}
  source: {description: The merge request's last commit., type: str, required: true}
  target_branch: {description: The branch that it is to be merged into., type: str, required: true}
  target: {description: The commit of that branch that the plan was made on., type: str, required: true}
  job: {description: The number of this job., type: int, required: true}
  key: {description: The key to seal it with, at least 32 characters., type: str, required: true}
attributes:
  check_mode: {support: full, description: The file is written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Seal the plan
  plan_provenance:
    plan: reports/requests/7/plan.json
    project: "1217"
    merge_request: 7
    source: c0ffee
    target_branch: main
    target: f00d
    job: 6
    key: "{{ lookup('ansible.builtin.env', 'POSTROOM_PLAN_KEY') }}"
"""

RETURN = r"""
file:
  description: The file that was written.
  returned: success
  type: str
"""

from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.backends.reports import ReportError, write_report
from ansible.module_utils.postroom.core.run.provenance import Provenance, ProvenanceError, sealed

SPEC = {"project": "str", "merge_request": "int", "source": "str", "target_branch": "str", "target": "str", "job": "int"}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "plan": {"type": "path", "required": True},
            **{name: {"type": kind, "required": True} for name, kind in SPEC.items()},
            "key": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    plan = Path(params["plan"])
    try:
        made = datetime.now(UTC).isoformat(timespec="seconds")
        text = sealed(Provenance(**{name: params[name] for name in SPEC}, made=made), plan.read_bytes(), params["key"])
        write_report(plan.parent, "provenance.json", text)
    except OSError as error:
        module.fail_json(msg=f"cannot read {plan}: {error.strerror}")
    except (ProvenanceError, ReportError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, file=str(plan.parent / "provenance.json"))


if __name__ == "__main__":
    main()
