#!/usr/bin/python
"""Ansible module: the declarations of a merge request, as data."""

from __future__ import annotations

DOCUMENTATION = r"""
module: merge_request_declarations
short_description: Take the declarations of a merge request out of a clone, as data
description:
  - Writes what the target branch would declare after the merge. Reads git's objects only; nothing else of the merge request is checked
    out, and nothing of it is run. Symbolic links and submodules are refused.
options:
  repository: {description: The clone, in which the merge request's last commit was fetched., type: path, required: true}
  commit: {description: The merge request's last commit., type: str, required: true}
  target: {description: The commit of the target branch., type: str, required: true}
  folder: {description: The folder of the declarations in the repository., type: str, default: mailboxes}
  dest: {description: Where to write them; what is there is removed first., type: path, required: true}
attributes:
  check_mode: {support: full, description: They are written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Take the declarations
  merge_request_declarations:
    repository: .
    commit: refs/postroom/merge-requests/7
    target: HEAD
    dest: .requests/7/mailboxes
"""

RETURN = r"""
source:
  description: The commit's full id.
  returned: success
  type: str
others:
  description: The files elsewhere that the merge request changes.
  returned: success
  type: list
  elements: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    from ansible.module_utils.postroom.backends.merge_request import MergeRequestError, extract_declarations

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "repository": {"type": "path", "required": True},
            "commit": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "folder": {"type": "str", "default": "mailboxes"},
            "dest": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    try:
        source, others = extract_declarations(
            Path(params["repository"]), params["commit"], params["target"], params["folder"].strip("/"), Path(params["dest"])
        )
    except MergeRequestError as error:
        module.fail_json(msg=f"this merge request cannot be planned: {error}")
    module.exit_json(changed=False, source=source, others=others)


if __name__ == "__main__":
    main()
