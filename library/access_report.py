#!/usr/bin/python
"""Ansible module: who can read what, and since when."""

from __future__ import annotations

DOCUMENTATION = r"""
module: access_report
short_description: Say who can read which shared mailbox, since when and by whose approval
description:
  - Answers one question from the declarations and their history in git, and from what runs when that is given.
  - Writes the answer to C(who.json) and C(who.csv). Reads no server, and changes nothing else.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes: {description: What M(mailbox_declarations) returned as C(mailboxes)., type: json, required: true}
  invalid: {description: What it returned as C(invalid)., type: json, default: "[]"}
  mailboxes_dir: {description: The folder with the declarations, whose history in git is read., type: path, required: true}
  observed: {description: What the info modules returned; nothing when the servers were not asked., type: list, elements: dict, default: []}
  mailbox: {description: Whose readers to list; with C(since) or C(until) what changed in it., type: str, default: ""}
  person: {description: Whose mailboxes to list; with C(since) or C(until) what changed for this person., type: str, default: ""}
  leaving: {description: Who leaves., type: str, default: ""}
  "on": {description: A day that is over; with C(mailbox), who could read it then. As 2026-01-31., type: str, default: ""}
  journal: {description: The journal of runs; C(journal.jsonl) in C(report_dir) when left out, which need not be there., type: path}
  since: {description: The first day of changes to list. As 2026-01-31., type: str, default: ""}
  until: {description: The last day of changes to list., type: str, default: ""}
  gitlab:
    description: Where to ask who approved; without it, that is known from the commits only, and they may say anything.
    type: dict
    suboptions:
      branch: {description: The branch that is applied., type: str, default: main}
      url: {description: The address of GitLab., type: str, required: true}
      project: {description: The project's number or path., type: str, required: true}
      token: {description: A token with the scope C(read_api)., type: str, required: true}
      ca_file: {description: The authorities to trust; the system's when left out., type: path}
      timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  csv_delimiter:
    description: What stands between two values of C(who.csv); a semicolon where numbers are written with a comma.
    type: str
    choices: [",", ";"]
    default: ","
  report_dir: {description: Where to write the answer., type: path, required: true}
attributes:
  check_mode: {support: full, description: The answer is written in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See who can read it
  access_report:
    mailboxes: "{{ declared.mailboxes }}"
    mailboxes_dir: mailboxes
    mailbox: labo.info
    report_dir: reports
  register: answer
"""

RETURN = r"""
report:
  description: The answer as a table.
  returned: success
  type: str
rows:
  description: How many rows it has.
  returned: success
  type: int
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.reports import ReportError, write_report
from ansible.module_utils.postroom.core.audit.observed import observed
from ansible.module_utils.postroom.core.finding import Finding
from ansible.module_utils.postroom.core.live import LiveMailbox
from ansible.module_utils.postroom.core.packed import unpack

try:
    from ansible.module_utils.postroom.arguments.gitlab import gitlab_project
    from ansible.module_utils.postroom.backends.git_history import read_history
    from ansible.module_utils.postroom.backends.gitlab import GitLab
    from ansible.module_utils.postroom.backends.journal import read_journal
    from ansible.module_utils.postroom.core.access.history import History, with_approvals
    from ansible.module_utils.postroom.core.access.past import could_read
    from ansible.module_utils.postroom.core.access.questions import Known, Table, changed, leaving, reads, who_reads
    from ansible.module_utils.postroom.core.access.table import as_csv, as_json, as_text

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)

QUESTIONS = ("mailbox", "person", "leaving")
GITLAB: dict[str, dict[str, Any]] = {
    "branch": {"type": "str", "default": "main"},
    **{name: {"type": "str", "required": True} for name in ("url", "project")},
    "token": {"type": "str", "required": True, "no_log": True},
    "ca_file": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
}
SPEC: dict[str, dict[str, Any]] = {
    "chdir": {"type": "path", "default": "."},
    "mailboxes": {"type": "json", "required": True},
    "invalid": {"type": "json", "default": "[]"},
    "mailboxes_dir": {"type": "path", "required": True},
    "observed": {"type": "list", "elements": "dict", "default": []},
    **{question: {"type": "str", "default": ""} for question in (*QUESTIONS, "on", "since", "until")},
    "journal": {"type": "path"},
    "gitlab": {"type": "dict", "options": GITLAB},
    "csv_delimiter": {"type": "str", "choices": [",", ";"], "default": ","},
    "report_dir": {"type": "path", "required": True},
}
ASKED_MAXIMUM = 200
"""Commits that GitLab is asked about, the latest first: two requests for each."""


def known(params: Mapping[str, Any]) -> Known:
    """Raises ValueError when an argument is not what another module returns."""
    seen = observed(params["observed"])
    live: dict[str, list[LiveMailbox]] = {}
    for one in seen.live:
        live.setdefault(one.name, []).append(one)
    broken = tuple(sorted({Finding(**value).file for value in unpack(params["invalid"])}))
    notes = tuple(f"{answer.system} gave no answer: {answer.message}" for answer in seen.answers if not answer.answered)
    declared = {mailbox.name: mailbox for mailbox in mailboxes(params)}
    history, more = approved(read_history(Path(params["mailboxes_dir"])), params)
    notes += more
    return Known(declared, history, live if params["observed"] else None, seen.people, notes, broken)


def approved(history: History, params: Mapping[str, Any]) -> tuple[History, tuple[str, ...]]:
    """The history with what GitLab knows of approvals of what was asked about, and what is not known."""
    if not params["gitlab"]:
        return history, ()
    box, person, leaving = (asked_for(params, name) for name in QUESTIONS)
    edits = [one for edits in history.edits.values() for one in edits if (not box or one.mailbox == box)
             and (not (person or leaving) or one.field == "declaration" or {person, leaving} & {one.before, one.after})]  # fmt: skip
    latest = dict.fromkeys(one.landing.commit for one in sorted(edits, key=lambda one: one.landing.date, reverse=True))
    commits = [commit for commit in latest if commit][:ASKED_MAXIMUM]
    try:
        found = GitLab(gitlab_project(params["gitlab"])).approvals(commits, params["gitlab"]["branch"])
    except BackendUnavailableError as error:
        return history, (f"who approved is known from the commits only: {error}",)
    return with_approvals(history, found), ()


def asked_for(params: Mapping[str, Any], name: str) -> str:
    return str(params[name]).strip().lower().partition("@")[0]


def day_of(text: str) -> str:
    """Raises ValueError when it is no day."""
    day = text.strip()
    try:
        is_day = not day or date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_day = False
    if not is_day:
        raise ValueError(f"{day} is no day; write it as 2026-01-31")
    return day


def on_day(params: Mapping[str, Any], asked: Mapping[str, str], on: str) -> Table:
    """Raises ValueError when the question is none."""
    if not asked["mailbox"] or asked["person"] or asked["leaving"] or params["since"] or params["until"] or params["observed"]:
        raise ValueError("on= goes with one mailbox, and without live=true: servers keep no past. As -e mailbox=labo.info -e on=2026-01-31")
    if on > datetime.now(UTC).date().isoformat():
        raise ValueError(f"{on} is still to come")
    file = Path(params["journal"] or Path(params["report_dir"]) / "journal.jsonl")
    journal = read_journal(file)
    if params["journal"] and journal is None:
        raise ValueError(f"there is no journal {file}")
    return could_read(known(params), asked["mailbox"], on, journal)


def answer(params: Mapping[str, Any]) -> Table:
    """Raises ValueError when the question is none."""
    asked = {name: asked_for(params, name) for name in QUESTIONS}
    on, since, until = (day_of(params[name]) for name in ("on", "since", "until"))
    if until and since > until:
        raise ValueError(f"the first day, {since}, comes after the last, {until}")
    if on:
        return on_day(params, asked, on)
    if (since or until) and not asked["leaving"]:
        return changed(known(params), since, until, asked["mailbox"], asked["person"])
    if since or until or sum(map(bool, asked.values())) != 1:
        raise ValueError(
            "ask one thing: -e mailbox=labo.info, -e person=cdevos, -e leaving=cdevos, or -e since=2026-01-01 -e to=2026-01-31"
        )
    if asked["mailbox"]:
        return who_reads(known(params), asked["mailbox"])
    return reads(known(params), asked["person"]) if asked["person"] else leaving(known(params), asked["leaving"])


def main() -> None:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING))
    try:
        os.chdir(params["chdir"])
        table = answer(params)
        folder = Path(params["report_dir"])
        write_report(folder, "who.json", as_json(table, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
        write_report(folder, "who.csv", as_csv(table, params["csv_delimiter"]))
    except (ReportError, OSError, ValueError, TypeError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, report=as_text(table), rows=len(table.rows))


if __name__ == "__main__":
    main()
