#!/usr/bin/python
"""Ansible module: copies of what is about to be removed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: removed_copies
short_description: Keep a copy of each script or rule that is about to be removed
description:
  - Writes each into the folder C(removed) of the reports, on disk before it returns. The name has a digest of the content, so that no
    copy replaces another.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  copies: {description: What M(cyrus_forwarding) or M(exchange_forwarding) returned as C(copies)., type: str, required: true}
  report_dir: {description: The folder of the reports., type: path, required: true}
attributes:
  check_mode: {support: full, description: Writes nothing, and so nothing counts as copied.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Keep a copy
  removed_copies:
    copies: "{{ found.copies }}"
    report_dir: reports
  register: kept
"""

RETURN = r"""
copied:
  description: The digest (SHA-256) of each content that is on disk.
  returned: always
  type: list
  elements: str
files:
  description: Where they are, or would be.
  returned: always
  type: list
  elements: str
"""

import base64
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.backends.reports import ReportError, write_copy
from ansible.module_utils.postroom.core.packed import unpack


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "chdir": {"type": "path", "default": "."},
            "copies": {"type": "str", "required": True},
            "report_dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        os.chdir(module.params["chdir"])
        folder = Path(module.params["report_dir"]) / "removed"
        copies = {folder / copy["file"]: copy for copy in unpack(module.params["copies"])}
        missing = [path for path in copies if not path.exists()]
        for path in missing if not module.check_mode else []:
            write_copy(path, base64.b64decode(copies[path]["content"]))
    except (ReportError, OSError, ValueError, KeyError) as error:
        module.fail_json(msg=str(error))
    copied = [copy["digest"] for path, copy in copies.items() if not module.check_mode or path not in missing]
    module.exit_json(changed=bool(missing), copied=copied, files=sorted(map(str, copies)))


if __name__ == "__main__":
    main()
