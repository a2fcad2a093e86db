#!/usr/bin/python
"""Ansible module: Sieve scripts that forward a shared mailbox's mail."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cyrus_forwarding
short_description: Find, and if told so take away, Sieve scripts that forward the mail of shared mailboxes
description:
  - Reads the Sieve scripts of all given mailboxes by ManageSieve, as the administrator on behalf of each, and says what they redirect.
  - On the Cyrus host, with O(host_tools), what the server compiled counts, as its tool C(sieved) lists it; elsewhere the script's text.
  - A script that cannot be read, or that the server may read otherwise, is reported as C(unknown). One that is there and not active is
    reported too, with C(active) false, and so is a rule that is switched off with C(if false).
  - With O(remove), the active script is deactivated and each script that redirects is deleted, of mailboxes with the mark of ownership,
    and only when O(copied) says that a copy was written. What is not active is left.
options:
  mailboxes: {description: What M(mailbox_declarations) returns., type: json, required: true}
  others:
    description: Names of more mailboxes to look at, which no file declares. Nothing is ever changed on them.
    type: list
    elements: str
    default: []
  remove: {description: Whether forwarding is taken away., type: bool, default: false}
  copied:
    description: The digests of the copies that were written, as M(removed_copies) returns them.
    type: list
    elements: str
    default: []
  host: {description: The IMAP and ManageSieve server., type: str, required: true}
  port: {description: The port of IMAP., type: int, default: 143}
  sieve_port: {description: The port of ManageSieve. TLS begins with STARTTLS., type: int, default: 4190}
  tls:
    description: How TLS begins in IMAP. The certificate is always verified.
    type: str
    choices: [starttls, implicit]
    default: starttls
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  user: {description: An administrator of the server., type: str, default: cyrus}
  password: {description: The administrator's password., type: str, required: true}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  host_tools:
    description:
      - Given when the module runs on the Cyrus server itself; only mailboxes that have scripts are then asked for them.
      - Without it all are asked, a few at a time. Cyrus 3.6 makes the hidden folder for scripts in each mailbox that is asked.
    type: dict
    suboptions:
      directory: {description: Where the tools are., type: path, default: /usr/lib/cyrus/bin}
      imapd_conf: {description: The server's configuration., type: path, default: /etc/imapd.conf}
      account: {description: The account that may read the databases., type: str, default: cyrus}
  ownership_mark:
    description: The mark of ownership, kept in the administrator's private comment on the mailbox.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each mailbox before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Look for forwarding
  cyrus_forwarding:
    mailboxes: "{{ declared.mailboxes }}"
    host: mail.ugent.be
    password: "{{ lookup('ansible.builtin.env', 'POSTROOM_CYRUS_PASSWORD') }}"
  check_mode: true
"""

RETURN = r"""
forwarding:
  description: What was found.
  returned: always
  type: list
  elements: dict
  sample:
    - {mailbox: labo.info, system: cyrus, server: "mail.ugent.be:4190", kind: sieve, name: holiday, action: "redirect :copy",
       target: somebody@example.org, active: true, note: for some mail only}
copies:
  description: What O(remove) takes away, for M(removed_copies).
  returned: always
  type: str
changes:
  description: What was taken away, or would be, sorted by mailbox.
  returned: always
  type: list
  elements: dict
failures:
  description: Mailboxes that could not be looked at or changed, with the server's own words.
  returned: always
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.cyrus import cyrus_server, cyrus_spec
from ansible.module_utils.postroom.arguments.forwarding import FORWARDING
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes
from ansible.module_utils.postroom.arguments.managesieve import SIEVE, sieve_server
from ansible.module_utils.postroom.backends.cyrus_forwarding import SieveScripts
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.core.sieve_forwarding import plan_sieve_removal, redirecting, sieve_forwardings
from ansible.module_utils.postroom.removal import Looked, nothing, remove


def main() -> None:
    module = AnsibleModule(argument_spec={**cyrus_spec(), **SIEVE, **FORWARDING}, supports_check_mode=True)
    params = module.params
    server = SieveScripts(cyrus_server(params), sieve_server(params))
    where = {"system": "cyrus", "server": str(server.sieve)}
    try:
        declared = {mailbox.name: mailbox.address.lower() for mailbox in mailboxes(params)}
        observed = server.observe(declared.keys() | set(params["others"]))
        found = sieve_forwardings(observed.scripts, declared)
        removal = nothing()
        if params["remove"]:
            ours = [one for one in found if one.mailbox in declared]
            removal = plan_sieve_removal(ours, observed.scripts, server.marked(redirecting(ours), params["ownership_mark"]))
        looked = Looked(**where, found=found, failures=observed.failures)
        result = remove(looked, removal, server.apply, copied=params["copied"], dry_run=module.check_mode)
    except (BackendUnavailableError, ValueError) as error:
        module.fail_json(msg=f"Cyrus: {error}", **where)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
