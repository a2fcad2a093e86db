#!/usr/bin/python
"""Ansible module: the merge requests that wait for a plan."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_merge_requests
short_description: List the open merge requests that wait for a plan
description:
  - An open merge request waits until the note on it says that its last commit was planned on the target branch's last commit.
options:
  branch: {description: The branch that they are to be merged into., type: str, required: true}
  target: {description: The last commit of that branch., type: str, required: true}
  dest: {description: A file to write their numbers to, a line each., type: path, required: true}
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
- name: See what waits for a plan
  gitlab_merge_requests:
    branch: main
    target: "{{ lookup('ansible.builtin.env', 'CI_COMMIT_SHA') }}"
    dest: reports/merge-requests.txt
    url: https://gitlab.ugent.be
    project: mail/mailboxes
    token: "{{ lookup('ansible.builtin.env', 'POSTROOM_GITLAB_TOKEN') }}"
"""

RETURN = r"""
merge_requests:
  description: Their numbers.
  returned: success
  type: list
  elements: int
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
    if MISSING:
        AnsibleModule(argument_spec={}, check_invalid_arguments=False).fail_json(msg=missing_required_lib(MISSING))
    module = AnsibleModule(
        argument_spec={
            "branch": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "dest": {"type": "path", "required": True},
            **gitlab_spec(),
        },
        supports_check_mode=True,
    )
    params = module.params
    dest = Path(params["dest"])
    try:
        found = GitLab(gitlab_project(params)).to_plan(params["branch"], params["target"], mark_of("plan"))
        write_report(dest.parent, dest.name, "".join(f"{number}\n" for number in found))
    except (BackendUnavailableError, ReportError) as error:
        module.fail_json(msg=f"GitLab: {error}")
    module.exit_json(changed=False, merge_requests=found)


if __name__ == "__main__":
    main()
