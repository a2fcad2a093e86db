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

options:
  host: {description: The IMAP server., type: str, required: true}
  port: {description: Its port., type: int, default: 143}
  tls:
    description: How TLS begins. The certificate is always verified.
    type: str
    choices: [starttls, implicit]
    default: starttls
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  user: {description: An administrator of the server., type: str, default: cyrus}
  password: {description: The administrator's password., type: str, required: true}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  host_tools:
    description:
      - Given when the module runs on the Cyrus server itself; Cyrus' own tools then read all mailboxes in a second.
      - Without it, everything is read by IMAP, with two commands for each mailbox and one more for each of its folders.
    type: dict
    suboptions:
      directory: {description: Where the tools are., type: path, default: /usr/lib/cyrus/bin}
      imapd_conf: {description: The server's configuration., type: path, default: /etc/imapd.conf}
      account: {description: The account that may read the databases., type: str, default: cyrus}
  administrators:
    description: Identifiers whose ACL entries are left out.
    type: list
    elements: str
    default: [cyrus]
  ownership_mark:
    description: The mark of ownership, kept in the administrator's private comment on the mailbox.
    type: str
    default: postroom
attributes:
  check_mode: {support: full, description: Changes nothing either way.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See what runs
  cyrus_mailboxes_info:
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
  description: Files on this host in which saslauthd keeps passwords that were right; known with O(host_tools) only.
  returned: success
  type: list
  elements: str
  sample: [/run/saslauthd/cache.mmap]
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
from ansible.module_utils.postroom.arguments.cyrus import cyrus_server, cyrus_spec
from ansible.module_utils.postroom.arguments.packed import pack
from ansible.module_utils.postroom.backends.cyrus import Cyrus
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.core.cyrus import CyrusPolicy
from ansible.module_utils.postroom.core.cyrus_live import live_on_cyrus


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **cyrus_spec(),
            "administrators": {"type": "list", "elements": "str", "default": ["cyrus"]},
            "ownership_mark": {"type": "str", "default": "postroom"},
        },
        supports_check_mode=True,
    )
    params = module.params
    server = cyrus_server(params)
    same = {"system": "cyrus", "server": str(server.imap)}
    policy = CyrusPolicy(params["ownership_mark"], administrators=frozenset(params["administrators"]))
    try:
        with Cyrus(server) as cyrus:
            observed = cyrus.observe_all()
            caches = server.host.login_caches() if server.host else []
    except (BackendUnavailableError, ValueError) as error:
        module.fail_json(msg=f"Cyrus: {error}", **same)
    for path, message in observed.unread.items():
        module.warn(f"Cyrus: who may open {path} is not known: {message}")
    live = live_on_cyrus(observed, policy)
    module.exit_json(changed=False, live=pack(mailbox.as_dict() for mailbox in live), login_caches=caches, **same)


if __name__ == "__main__":
    main()
