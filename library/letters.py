#!/usr/bin/python
"""Ansible module: letters to the people who use shared mailboxes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: letters
short_description: Tell people about their shared mailboxes
description:
  - Sends a letter to the requester of each mailbox that was made, closed, or got other members, and to the members whom a change concerns.
  - A ledger keeps what people were told. A letter is owed for as long as that is not what is declared, and it is sent once; when a run is
    killed between the server that took a letter and the ledger, that one letter is sent twice.
options:
  chdir: {description: The folder that relative paths start from., type: path, default: .}
  mailboxes: {description: What M(mailbox_declarations) returns., type: json, required: true}
  results:
    description:
      - What the backend modules returned. Letters about mailboxes that failed stay owed.
      - With C(note), what they returned when the plan was made; left out when there was none.
    type: list
    elements: dict
  stage:
    description:
      - C(note) before anything is done, so that no mailbox is forgotten; C(send) when it is done; C(preview) writes the letters to
        C(report_dir) and sends none.
    type: str
    choices: [note, send, preview]
    required: true
  ledger: {description: The file that keeps what people were told., type: path, required: true}
  templates: {description: The folder with the templates., type: path, required: true}
  schema: {description: The rules for declarations; letters say how many members they allow., type: path, required: true}
  report_dir: {description: Where C(preview) writes the letters., type: path, required: true}
  service:
    description: What the letters say about servers and addresses.
    type: dict
    required: true
    suboptions:
      organization: {description: Whose passwords members log in with., type: str}
      helpdesk_address: {description: Whom to write to., type: str}
      imap_host: {description: The IMAP server as people have to enter it., type: str}
      imap_port: {description: Its port., type: int}
      imap_encryption: {description: The word that mail programs have for its encryption., type: str}
      smtp_host: {description: The submission server as people have to enter it., type: str}
      smtp_port: {description: Its port., type: int}
      smtp_encryption: {description: The word that mail programs have for its encryption., type: str}
      other_users: {description: Where Cyrus shows the mailboxes of others., type: str}
      owa_url: {description: OWA of Exchange., type: str}
      exchange_imap_host: {description: The IMAP server of Exchange., type: str}
      exchange_imap_port: {description: Its port., type: int}
      exchange_imap_encryption: {description: The word that mail programs have for its encryption., type: str}
      exchange_domain: {description: The domain that login names have on Exchange., type: str}
      exchange_deployment:
        description: Where Exchange runs. The new Outlook for Windows works with Exchange Online only.
        type: str
        choices: [on_premises, online]
        default: on_premises
      exchange_affiliations:
        description: Whose own mailbox is on Exchange; values of eduPersonAffiliation.
        type: list
        elements: str
  sender:
    description: Who the letters are from.
    type: dict
    required: true
    suboptions:
      name: {description: The name., type: str, default: ''}
      address: {description: The address., type: str, required: true}
      reply_to: {description: Where answers go; the address when empty., type: str, default: ''}
      list_id: {description: What the letters are known by to filters (RFC 2919); none when empty., type: str, default: ''}
  smtp:
    description: The server that takes the letters. Certificates are verified.
    type: dict
    required: true
    suboptions:
      host: {description: Its name., type: str, required: true}
      port: {description: Its port., type: int, default: 587}
      tls: {description: How TLS begins., type: str, choices: [starttls, implicit, none], default: starttls}
      ca_file: {description: The authorities to trust; the system's when left out., type: path}
      user: {description: Who to log in as; no login when empty., type: str, default: ''}
      password: {description: The password., type: str, default: ''}
      timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  directory:
    description: Where people's names and addresses are.
    required: true
extends_documentation_fragment: [directory.named]
attributes:
  check_mode: {support: full, description: No letter is sent and no ledger is written.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Send the letters that are owed
  letters:
    stage: send
    mailboxes: "{{ declared.mailboxes }}"
    results: ["{{ cyrus_mailboxes__result }}", "{{ directory_entries__result }}"]
    ledger: /var/lib/postroom/letters.jsonl
    templates: roles/letters/templates
    schema: schemas/mailbox.schema.json
    report_dir: reports/letters
    service: {imap_host: mail.ugent.be}
    sender: {address: helpdesk@ugent.be}
    smtp: {host: smtp.ugent.be}
    directory: "{{ connection_to_directory }}"
"""

RETURN = r"""
report:
  description: A line for each letter.
  returned: success
  type: str
failures:
  description: The letters that could not be sent, in the form in which backends report what they could not do.
  returned: success
  type: list
  elements: dict
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.postroom.arguments.directory import directory_policy, directory_server
from ansible.module_utils.postroom.arguments.letters import LETTERS, smtp_server
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.ledger import LedgerError, LedgerFile
from ansible.module_utils.postroom.backends.reports import ReportError, write_only
from ansible.module_utils.postroom.backends.run import this_run
from ansible.module_utils.postroom.backends.smtp import Smtp
from ansible.module_utils.postroom.core.run.letters import note, settle
from ansible.module_utils.postroom.letters import Post, as_files, deliver, made_by, outstanding
from ansible.module_utils.postroom.progress import silent

try:
    from ansible.module_utils.postroom.backends.letters import composer, people_of, service_of
    from ansible.module_utils.postroom.core.run.letter import Sender

    MISSING = ""
except ImportError as error:
    MISSING = str(error.name)


def main() -> None:
    module = AnsibleModule(argument_spec=LETTERS, supports_check_mode=True)
    params = module.params
    server = smtp_server(params)
    same = {"system": "letters", "server": str(server), "changes": []}
    is_dry = module.check_mode or params["stage"] == "preview"
    made = None if params["results"] is None else made_by(params["results"])
    run = this_run().identity
    if MISSING:
        module.fail_json(msg=missing_required_lib(MISSING), **same)
    try:
        os.chdir(params["chdir"])
        declared = mailboxes(params)
        with LedgerFile(Path(params["ledger"]), dry_run=is_dry) as ledger, Smtp(server) as smtp:
            ledger.write(note(declared, ledger.ledger, run, made))
            if params["stage"] == "note" or made is None:
                module.exit_json(changed=False, report="", failures=[], **same)
            ledger.write(settle(declared, ledger.ledger, run, made))
            letters = outstanding(declared, ledger, made)
            people = people_of(letters, directory_server(params["directory"]), directory_policy(params["directory"]))
            service = service_of(params["service"], Path(params["schema"]))
            compose = composer(Path(params["templates"]), Sender(**params["sender"]), service, people)
            post = Post(compose, None if is_dry else smtp.send, str(server))
            outcome = deliver(letters, post, ledger, getattr(module, "say", silent))
            if is_dry:
                write_only(Path(params["report_dir"]), as_files(outcome))
    except (BackendUnavailableError, LedgerError, ReportError, OSError, ValueError) as error:
        module.fail_json(msg=f"Letters: {error}", **same)
    failures = [failure.as_dict() for failure in outcome.failures]
    module.exit_json(changed=bool(outcome.messages), report=outcome.report(), failures=failures, **same)


if __name__ == "__main__":
    main()
