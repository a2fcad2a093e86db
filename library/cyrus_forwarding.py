#!/usr/bin/python
"""Ansible module: Sieve scripts that forward a shared mailbox's mail."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cyrus_forwarding
short_description: Find, and if told so take away, Sieve scripts that forward the mail of shared mailboxes
description:
  - Reads the Sieve scripts of all given mailboxes by ManageSieve, as the administrator on behalf of each, and says what they redirect.
  - On the Cyrus host, with O(server.host_tools), what the server compiled counts, as its tool C(sieved) lists it; elsewhere the text of
    the script.
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
extends_documentation_fragment: [cyrus, reviewed]
attributes:
  check_mode: {support: full, description: Returns the changes without making them.}
  diff_mode: {support: full, description: Shows each mailbox before and after.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: Look for forwarding
  cyrus_forwarding:
    mailboxes: "{{ declared.mailboxes }}"
    server:
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
  description: What was taken away, or would be, sorted by mailbox; packed, as M(cyrus_mailboxes) has them.
  returned: always
  type: str
failures:
  description: Mailboxes that could not be looked at or changed, with the server's own words.
  returned: always
  type: list
  elements: dict
"""

from collections.abc import Collection

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.cyrus import CYRUS
from ansible.module_utils.postroom.arguments.cyrus_server import cyrus_server
from ansible.module_utils.postroom.arguments.forwarding import FORWARDING
from ansible.module_utils.postroom.arguments.mailboxes import mailboxes, reviewed
from ansible.module_utils.postroom.arguments.managesieve import sieve_server
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.cyrus_forwarding import SieveScripts
from ansible.module_utils.postroom.core.cyrus.forwarding import plan_sieve_removal, redirecting, sieve_forwardings
from ansible.module_utils.postroom.guard import Result, guarded
from ansible.module_utils.postroom.removal import Allowed, Looked, Removal, Server, nothing, remove


def main() -> None:
    module = AnsibleModule(argument_spec={"server": required(CYRUS), **FORWARDING}, supports_check_mode=True)
    params = module.params
    where = {"system": "cyrus", "server": str(sieve_server(params["server"]))}
    allowed = Allowed(params["copied"], reviewed(params))

    def look() -> Result:
        scripts = SieveScripts(cyrus_server(params["server"]), sieve_server(params["server"]))
        declared = {mailbox.name: mailbox.address.lower() for mailbox in mailboxes(params)}

        def look_at(names: Collection[str]) -> tuple[Looked, Removal]:
            observed = scripts.observe(names)
            found = sieve_forwardings(observed.scripts, declared)
            looked = Looked(**where, found=found, failures=observed.failures)
            if not params["remove"]:
                return looked, nothing()
            ours = [one for one in found if one.mailbox in declared]
            marked = scripts.marked(redirecting(ours), params["server"]["ownership_mark"])
            return looked, plan_sieve_removal(ours, observed.scripts, marked)

        server = Server(scripts.apply, lambda names: look_at(names)[1][0])
        return remove(*look_at(declared.keys() | set(params["others"])), server, allowed=allowed, dry_run=module.check_mode)

    module.exit_json(**guarded(work=look, **where))


if __name__ == "__main__":
    main()
