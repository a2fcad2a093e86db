#!/usr/bin/python
"""Ansible module: what a Cyrus IMAP server holds."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cyrus_mailboxes_info
short_description: Read all mailboxes of a Cyrus IMAP server
description:
  - Reads every C(user/) mailbox of the default domain, shared ones and people's own, marked or not. Changes nothing.
  - When somebody last logged in is not known to Cyrus; M(directory_entries_info) may tell.
  - Folders whose ACL the server does not tell are named in a warning. By IMAP alone, those are folders with an V(@) in their name.
extends_documentation_fragment: [cyrus]
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  cyrus_mailboxes_info:
    server:
      host: imap1.ugent.be
      password: "{{ lookup('ansible.builtin.env', 'POSTROOM_CYRUS_PASSWORD') }}"
"""

RETURN = r"""
live:
  description:
    - All mailboxes, sorted by name, with mark, rights on each folder, quota and usage in KiB, and when the inbox last changed in any way.
    - Packed into one text for the modules that look at them, because Ansible is slow with long lists; unpacked, a JSON list of
      LiveMailbox (module_utils/postroom/core/live.py).
  returned: success
  type: str
login_caches:
  description: Files on this host in which saslauthd keeps passwords that were right; known with O(server.host_tools) only.
  returned: success
  type: list
  elements: str
  sample: [/run/saslauthd/cache.mmap]
implicit_owner_rights:
  description: What the server adds to the rights of every mailbox's owner, by its own word (LISTRIGHTS); null when it did not tell.
  returned: success
  type: str
  sample: lkxcn
system:
  description: The system that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: cyrus
server:
  description: The server that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: mail.ugent.be:143
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.cyrus import CYRUS, cyrus_policy
from ansible.module_utils.postroom.arguments.cyrus_server import cyrus_server
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.cyrus import Cyrus
from ansible.module_utils.postroom.core.cyrus.live import live_on_cyrus
from ansible.module_utils.postroom.core.packed import pack
from ansible.module_utils.postroom.guard import Result, guarded


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": required(CYRUS)},
        supports_check_mode=True,
    )
    server, policy = cyrus_server(module.params["server"]), cyrus_policy(module.params["server"])
    same = {"system": "cyrus", "server": str(server.imap)}

    def look() -> Result:
        with Cyrus(server) as cyrus:
            observed = cyrus.observe_all()
            caches = server.host.login_caches() if server.host else []
        for path, message in observed.unread.items():
            module.warn(f"Cyrus: who may open {path} is not known: {message}")
        live = live_on_cyrus(observed, policy)
        told = {"implicit_owner_rights": observed.implicit_owner_rights}
        return {"changed": False, "live": pack(mailbox.as_dict() for mailbox in live), "login_caches": caches, **told, **same}

    module.exit_json(**guarded(work=look, **same))


if __name__ == "__main__":
    main()
