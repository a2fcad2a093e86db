#!/usr/bin/python
"""Ansible module: the plan that was approved with a merge request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_approved_plan
short_description: Fetch the plan that was approved with the merge request of a commit
description:
  - Looks for the merged merge request that brought the commit onto the branch, and in the note on it for the job that made the plan.
  - Fails unless that job is one of the protected branch, and the plan was sealed by it for this merge request's last commit before the
    merge; otherwise nobody approved it.
options:
  commit: {description: The commit on the target branch., type: str, required: true}
  branch: {description: The branch that the commit is on., type: str, required: true}
  key: {description: The key that plans are sealed with., type: str, required: true}
  dest: {description: Where to write it., type: path, required: true}
  url: {description: The address of GitLab., type: str, required: true}
  project: {description: The project's number or path., type: str, required: true}
  token: {description: A token with the scope C(read_api)., type: str, required: true}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
attributes:
  check_mode: {support: full, description: The file is written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Fetch the plan that was approved
  gitlab_approved_plan:
    commit: "{{ lookup('ansible.builtin.env', 'CI_COMMIT_SHA') }}"
    branch: "{{ lookup('ansible.builtin.env', 'CI_COMMIT_BRANCH') }}"
    key: "{{ lookup('ansible.builtin.env', 'POSTROOM_PLAN_KEY') }}"
    dest: reports/approved-plan.json
    url: https://gitlab.ugent.be
    project: mail/mailboxes
    token: "{{ lookup('ansible.builtin.env', 'POSTROOM_GITLAB_TOKEN') }}"
"""

RETURN = r"""
merge_request:
  description: The number of the merge request.
  returned: success
  type: int
approved_by:
  description: The usernames of those who approved it, as GitLab knows them.
  returned: success
  type: list
  elements: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.reports import ReportError, write_report

try:
    from ansible.module_utils.postroom.arguments.gitlab import gitlab_project, gitlab_spec
    from ansible.module_utils.postroom.backends.gitlab import GitLab, mark_of

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "commit": {"type": "str", "required": True},
            "branch": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": True},
            "dest": {"type": "path", "required": True},
            **gitlab_spec(),
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    params = module.params
    dest = Path(params["dest"])
    try:
        plan = GitLab(gitlab_project(params)).approved_plan(params["commit"], params["branch"], mark_of("plan"), params["key"])
        write_report(dest.parent, dest.name, plan.content.decode("utf-8", "replace"))
    except (BackendUnavailableError, ReportError) as error:
        module.fail_json(msg=f"GitLab: {error}")
    module.exit_json(changed=False, merge_request=plan.merge_request, approved_by=plan.approved_by)


if __name__ == "__main__":
    main()
