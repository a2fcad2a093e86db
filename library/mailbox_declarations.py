#!/usr/bin/python
"""Ansible module: read and check the declarations of shared mailboxes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_declarations
short_description: Read and check the declarations of shared mailboxes
description:
  - Reads every C(.yml) file below a folder, checks it against the JSON Schema and the rules, and returns the mailboxes.
  - Fails when a declaration has an error, with all problems of all files at once. Warnings do not fail it.
  - Changes nothing but the reports.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes_dir:
    description: The folder with the declarations.
    type: path
    required: true
  schema:
    description: The JSON Schema of a declaration.
    type: path
    required: true
  report_dir:
    description: Where to write C(validation.json), C(gl-code-quality-report.json) and C(junit.xml); nowhere when left out.
    type: path
  only:
    description:
      - Read and check only these mailboxes, by the part of the address before the @, which their files are named after.
      - All when left out. An empty list, or one of empty names, is refused.
    type: list
    elements: str
  target_branch:
    description:
      - The branch that these declarations are to be merged into, or a commit of it. A declaration that it has and that is not here any more
        is an error, unless it is retired and the mailbox is gone from the directory.
      - In a declaration that is as that branch has it, a member or requester whose account has ended since is a warning, no error.
      - Needs git, and a clone that reaches back to where the two branches part.
    type: str
  target_dir:
    description:
      - The same, where the declarations of that branch are in a folder, and those that are to be merged are no part of a clone.
    type: path
  adopt:
    description:
      - Mailboxes to take under management, which live without the mark of ownership; by name, or C(true) for all that are declared.
      - Needs O(directory), so that nobody's own mailbox is taken.
    type: list
    elements: str
    default: []
  directory:
    description: How to reach the directory, for the rules that need it; without it, those are not checked.
  leave_out_invalid:
    description: Whether to leave out declarations with an error and return these as C(invalid), and to pass over names that have none.
    type: bool
    default: false
extends_documentation_fragment: [directory.named]
attributes:
  check_mode: {support: full, description: Reports are written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Check the declarations
  mailbox_declarations:
    mailboxes_dir: mailboxes
    schema: schemas/mailbox.schema.json
    report_dir: reports
  register: declared
"""

RETURN = r"""
mailboxes:
  description: The selected mailboxes, packed into one text for the modules that configure them, because Ansible is slow with long lists.
  returned: success
  type: str
for_exchange:
  description: Those of them that are declared for Exchange, in the same form.
  returned: success
  type: str
backends:
  description: The backends that they are declared for.
  returned: success
  type: list
  elements: str
  sample: [cyrus, exchange]
adopt:
  description: The names of those that are to be taken under management.
  returned: success
  type: list
  elements: str
invalid:
  description: The errors of the declarations that were left out, in the same form.
  returned: success
  type: str
checked:
  description: How many declarations were read.
  returned: success
  type: int
report:
  description: The problems, a line each, and how many there are.
  returned: success
  type: str
"""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_server
from ansible.module_utils.postroom.arguments.mailboxes import pack_mailboxes
from ansible.module_utils.postroom.backends.directory import view_of
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.reports import ReportError, write_report
from ansible.module_utils.postroom.core.packed import pack

try:
    from ansible.module_utils.postroom.backends.declarations import (
        DeclarationsError,
        read_schema,
        removed_from,
        removed_sources,
        settled_files,
        settled_in,
        validate_folder,
    )
    from ansible.module_utils.postroom.core.adoption.choice import chosen, names_to_adopt
    from ansible.module_utils.postroom.core.declarations.removed import removed_declarations
    from ansible.module_utils.postroom.core.declarations.report import REPORTS, as_text
    from ansible.module_utils.postroom.core.declarations.validate import Validation, names_of, require_all

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "chdir": {"type": "path", "default": "."},
            "mailboxes_dir": {"type": "path", "required": True},
            "schema": {"type": "path", "required": True},
            "report_dir": {"type": "path"},
            "only": {"type": "list", "elements": "str"},
            "target_branch": {"type": "str"},
            "target_dir": {"type": "path"},
            "adopt": {"type": "list", "elements": "str", "default": []},
            "directory": DIRECTORY,
            "leave_out_invalid": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    try:
        os.chdir(module.params["chdir"])
        names = names_of(params["only"])
        validation = validated(params, names)
        if validation.has_errors and not params["leave_out_invalid"]:
            module.fail_json(msg=as_text(validation))
        if not validation.files and not names:
            module.fail_json(msg=f"there is no declaration in {params['mailboxes_dir']}: is it the right folder, and the whole checkout?")
        if not params["leave_out_invalid"]:
            require_all(validation.mailboxes, names)
        adopt = names_to_adopt(chosen(params["adopt"]), validation.mailboxes)
    except (DeclarationsError, ReportError, OSError, BackendUnavailableError, ValueError) as error:
        module.fail_json(msg=str(error))
    texts = {
        "mailboxes": pack_mailboxes(validation.mailboxes),
        "for_exchange": pack_mailboxes(mailbox for mailbox in validation.mailboxes if mailbox.backend == "exchange"),
        "invalid": pack(finding.as_dict() for finding in validation.findings if finding.severity == "error"),
    }
    backends = sorted({mailbox.backend for mailbox in validation.mailboxes})
    module.exit_json(changed=False, **texts, backends=backends, adopt=adopt, checked=validation.checked, report=as_text(validation))


def validated(params: dict[str, Any], names: frozenset[str]) -> Validation:
    """All that is found, and written to the reports."""
    folder = Path(params["mailboxes_dir"])
    adopt, view = chosen(params["adopt"]), None
    if params["directory"]:
        view = view_of(directory_server(params["directory"]), params["directory"]["ownership_mark"], adopt)
        if params["target_branch"]:
            view = replace(view, settled=settled_files(folder, params["target_branch"]))
        elif params["target_dir"]:
            view = replace(view, settled=settled_in(folder, Path(params["target_dir"])))
    elif adopt:
        raise ValueError("adopt= needs the directory, which tells whose own mailboxes are not to be taken")
    validation = validate_folder(folder, names, read_schema(Path(params["schema"])), view, date.today())
    if params["target_branch"]:
        validation.add(removed_declarations(removed_sources(folder, names, params["target_branch"]), validation.names, view))
    if params["target_dir"]:
        validation.add(removed_declarations(removed_from(folder, names, Path(params["target_dir"])), validation.names, view))
    if params["report_dir"]:
        for name, render in REPORTS.items():
            write_report(Path(params["report_dir"]), name, render(validation))
    return validation


if __name__ == "__main__":
    main()
