#!/usr/bin/python
"""Ansible module: see whether logins with a shared address are counted against the members."""

from __future__ import annotations

DOCUMENTATION = r"""
module: directory_login_probe
short_description: See whether logins with a shared address count as failed logins of the members
description:
  - Logs in at an entry with one C({SASL}) value as members log in with a shared address, once with the right password and once with a wrong
    one, and compares what the directory has counted for the account before and after (C(pwdFailureTime), or C(badPwdCount)).
  - Warns when it is counted, and when that cannot be told. Writes nothing itself, and fails at most one login in a run, of that account
    only.
options:
  probe:
    description: The account that is for this.
    type: dict
    required: true
    suboptions:
      entry:
        description: The DN of an entry whose one password is C({SASL}) and the account's login. Its policy must not lock it.
        type: str
        required: true
      account:
        description: The DN of the account, which is nobody's, and whose counter O(server.bind_dn) can read.
        type: str
        required: true
      password:
        description:
          - The account's password. In the playbooks it is that of the environment variable C(POSTROOM_PROBE_PASSWORD) where there is none.
        type: str
        default: ''
      failures_maximum:
        description: With so many failed logins of the account, nothing is tried; less than what locks it.
        type: int
        default: 3
extends_documentation_fragment: [directory]
attributes:
  check_mode: {support: full, description: Logs in in check mode too.}
author: [Postroom]
"""

EXAMPLES = r"""
- name: See whether logins with a shared address are counted against members
  directory_login_probe:
    server: "{{ connection_to_directory }}"
    probe:
      entry: uid=shared-probe,ou=services,dc=ugent,dc=be
      account: uid=probe,ou=people,dc=ugent,dc=be
      password: "{{ lookup('ansible.builtin.env', 'POSTROOM_PROBE_PASSWORD') }}"
"""

RETURN = r"""
counted:
  description: Whether logins with a shared address are counted, V(yes), V(no) or V(unknown).
  returned: success
  type: str
report:
  description: What was seen, and what to do; empty when they are not counted.
  returned: success
  type: str
system:
  description: The system that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: directory
server:
  description: The server that was asked, also when it gave no answer.
  returned: always
  type: str
  sample: ldap://ldap.ugent.be
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postroom.arguments.directory import DIRECTORY, directory_server
from ansible.module_utils.postroom.arguments.spec import required
from ansible.module_utils.postroom.backends.login_probe import LoginProbe, probe_logins
from ansible.module_utils.postroom.guard import Result, guarded

PROBE = {
    "type": "dict",
    "required": True,
    "options": {
        "entry": {"type": "str", "required": True},
        "account": {"type": "str", "required": True},
        "password": {"type": "str", "default": "", "no_log": True},
        "failures_maximum": {"type": "int", "default": 3},
    },
}


def main() -> None:
    module = AnsibleModule(argument_spec={"server": required(DIRECTORY), "probe": PROBE}, supports_check_mode=True)
    server = directory_server(module.params["server"])
    same = {"system": "directory", "server": server.uri}

    def look() -> Result:
        found = probe_logins(server, LoginProbe(**module.params["probe"]))
        return {"changed": False, "counted": found.counted, "report": found.report, **same}

    result = guarded(work=look, **same)
    if result.get("report"):
        module.warn(result["report"])
    module.exit_json(**result)


if __name__ == "__main__":
    main()
