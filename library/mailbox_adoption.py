#!/usr/bin/python
"""Ansible module: declarations of mailboxes that live and that no file declares."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_adoption
short_description: Write declarations of shared mailboxes that live and that no file declares
description:
  - Goes by what M(cyrus_mailboxes_info), M(exchange_mailboxes_info) and M(directory_entries_info) returned, and leaves people's own
    mailboxes alone. Changes no server.
  - What only a person knows says TODO, which M(mailbox_declarations) reports. Rules that a mailbox breaks get an exception.
  - Never overwrites a file. Rights that fit no member are findings, in C(adoption.json), C(adoption.md) and in the file's comments.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes_dir: {description: The folder with the declarations., type: path, required: true}
  schema: {description: The JSON Schema of a declaration., type: path, required: true}
  observed:
    description: What the info modules returned, each with C(system) at least. The directory has to be among them.
    type: list
    elements: dict
    required: true
  folder:
    description: Where new files go, below O(mailboxes_dir); C({backend}) stands for cyrus or exchange.
    type: str
    default: adopted/{backend}
  only: {description: Look at these mailboxes only, by the part of the address before the @; all when left out., type: list, elements: str}
  exceptions_days: {description: For how many days the mailboxes may break the rules that they break., type: int, default: 365}
  cyrus: {description: What mailboxes on Cyrus follow; the defaults when left out. The server is not asked.}
  report_dir: {description: Where to write the reports., type: path, required: true}
extends_documentation_fragment: [cyrus.named]
attributes:
  check_mode: {support: full, description: Writes the reports, and no declarations.}
  diff_mode: {support: full, description: Shows each new file.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Write declarations
  mailbox_adoption:
    mailboxes_dir: mailboxes
    schema: schemas/mailbox.schema.json
    observed: ["{{ cyrus_mailboxes__info }}", "{{ directory_entries__info }}"]
    report_dir: reports
"""

RETURN = r"""
files:
  description: The files that were written, or would be.
  returned: success
  type: list
  elements: str
  sample: [mailboxes/adopted/cyrus/vragen.yml]
report:
  description: A line for each finding, and the counts.
  returned: success
  type: str
"""

import os
from datetime import date
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.backends.reports import ReportError, write_report

try:
    from ansible.module_utils.postroom.backends.declarations import (
        DeclarationsError,
        declared_names,
        folders,
        read_schema,
        write_declaration,
    )
    from ansible.module_utils.postroom.core.adoption.declarations import AdoptionPolicy, adopt
    from ansible.module_utils.postroom.core.adoption.observed import observed
    from ansible.module_utils.postroom.core.adoption.report import as_json, as_markdown, as_text
    from ansible.module_utils.postroom.core.declarations.validate import names_of
    from ansible.module_utils.postroom.core.systems import BACKENDS

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "chdir": {"type": "path", "default": "."},
            "mailboxes_dir": {"type": "path", "required": True},
            "schema": {"type": "path", "required": True},
            "observed": {"type": "list", "elements": "dict", "required": True},
            "folder": {"type": "str", "default": "adopted/{backend}"},
            "only": {"type": "list", "elements": "str"},
            "exceptions_days": {"type": "int", "default": 365},
            "cyrus": CYRUS,
            "report_dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    try:
        os.chdir(params["chdir"])
        mailboxes_dir, schema, today = Path(params["mailboxes_dir"]), Path(params["schema"]), date.today()
        where = folders(params["folder"], mailboxes_dir)
        reference = os.path.relpath(schema, where[BACKENDS[0]])
        rights = cyrus_policy(params["cyrus"]).member_rights
        policy = AdoptionPolicy(read_schema(schema), today, params["exceptions_days"], rights, reference)
        live, people = observed(params["observed"])
        adoption = adopt(live, people, declared_names(mailboxes_dir), policy, names_of(params["only"]))
        paths = {one.name: where[one.backend] / f"{one.name}.yml" for one in adoption.declarations}
        if not module.check_mode:
            adoption.declarations = [one for one in adoption.declarations if write_declaration(paths[one.name], one.content)]
        files = {one.name: str(paths[one.name]) for one in adoption.declarations}
        write_report(Path(params["report_dir"]), "adoption.json", as_json(adoption, files, today.isoformat()))
        write_report(Path(params["report_dir"]), "adoption.md", as_markdown(adoption, files))
    except (DeclarationsError, ReportError, OSError, ValueError, OverflowError) as error:
        module.fail_json(msg=str(error))
    diff = [{"before": "", "after": one.content, "after_header": files[one.name]} for one in adoption.declarations]
    module.exit_json(changed=bool(files), files=sorted(files.values()), report=as_text(adoption), diff=diff)


if __name__ == "__main__":
    main()
