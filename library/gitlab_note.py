#!/usr/bin/python
"""Ansible module: a file as a note on a merge request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gitlab_note
short_description: Put a file on a GitLab merge request as a note
description:
  - One note for each mark. When the file changes, the note is written anew, so that a merge request has one plan and not one for each push.
options:
  src: {description: The file, in Markdown., type: path, required: true}
  merge_request: {description: The number of the merge request in the project., type: int, required: true}
  mark: {description: What the note is known by., type: str, default: plan}
  source: {description: The last commit of the merge request that the file is about; noted when given., type: str, default: ""}
  target: {description: The commit of the target branch that it was made on., type: str, default: ""}
  job: {description: The job that made a plan which can be approved; 0 for none., type: int, default: 0}
  url: {description: The address of GitLab., type: str, required: true}
  project: {description: The project's number or path., type: str, required: true}
  token: {description: A token with the scope C(api)., type: str, required: true}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
attributes:
  check_mode: {support: full, description: Nothing is written.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Put the plan on the merge request
  gitlab_note:
    src: reports/plan.md
    merge_request: "{{ lookup('ansible.builtin.env', 'CI_MERGE_REQUEST_IID') }}"
    url: https://gitlab.ugent.be
    project: mail/mailboxes
    token: "{{ lookup('ansible.builtin.env', 'POSTROOM_GITLAB_TOKEN') }}"
"""

RETURN = r"""
body:
  description: What the note says.
  returned: success
  type: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError

try:
    from ansible.module_utils.postroom.arguments.gitlab import gitlab_project, gitlab_spec
    from ansible.module_utils.postroom.backends.gitlab import GitLab, mark_of, state

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "merge_request": {"type": "int", "required": True},
            "mark": {"type": "str", "default": "plan"},
            "source": {"type": "str", "default": ""},
            "target": {"type": "str", "default": ""},
            "job": {"type": "int", "default": 0},
            **gitlab_spec(),
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    params = module.params
    try:
        body = Path(params["src"]).read_text(encoding="utf-8")
        project = GitLab(gitlab_project(params))
        made_of = state(params["source"], params["target"], params["job"]) if params["source"] else ""
        changed = module.check_mode or project.put_note(params["merge_request"], body, mark_of(params["mark"]), made_of)
    except OSError as error:
        module.fail_json(msg=f"cannot read {params['src']}: {error.strerror}")
    except BackendUnavailableError as error:
        module.fail_json(msg=f"GitLab: {error}")
    module.exit_json(changed=changed, body=body)


if __name__ == "__main__":
    main()
