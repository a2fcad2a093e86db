#!/bin/sh
# ansible-core 2.19.14: `failed_when: false` on a module that raises an exception takes the reason out of the registered result.
#
# A module that ends with fail_json keeps its `msg` under `failed_when: false`: the task counts as a success and the playbook can read
# why it was none. A module that dies of an exception does not. The registered result is then
#   {"failed": false, "changed": false, "failed_when_result": false, "failed_when_suppressed_exception": "(traceback unavailable)"}
# so a playbook that goes on and looks at the result later finds no reason in it. With `ignore_errors: true` in its place the reason is kept.
#
# Seen (Python 3.11.2, ansible-core 2.19.14):
#   fail_json, failed_when: false: in the result
#   exception, failed_when: false: NOT in the result
#   exception, ignore_errors: true: in the result
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ansible-core==2.19.14
mkdir library
cat > library/says_no.py <<'MODULE'
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}).fail_json(msg="the reason is here")
MODULE
cat > library/raises.py <<'MODULE'
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={})
raise RuntimeError("the reason is here")
MODULE
cat > play.yml <<'PLAY'
- hosts: localhost
  gather_facts: false
  tasks:
    - says_no:
      register: said
      failed_when: false
    - raises:
      register: swallowed
      failed_when: false
    - raises:
      register: ignored
      ignore_errors: true
    - ansible.builtin.copy:
        dest: "{{ playbook_dir }}/{{ item.name }}"
        content: "{{ item.result | to_json }}"
      loop:
        - {name: said, result: "{{ said }}"}
        - {name: swallowed, result: "{{ swallowed }}"}
        - {name: ignored, result: "{{ ignored }}"}
      loop_control: {label: "{{ item.name }}"}
PLAY
ANSIBLE_LIBRARY=library venv/bin/ansible-playbook -c local -i localhost, -e "ansible_python_interpreter=$folder/venv/bin/python" play.yml > output 2>&1 || { cat output; exit 1; }
has() { grep -q "the reason is here" "$1" && echo "in the result" || echo "NOT in the result"; }
echo "fail_json, failed_when: false: $(has said)"
echo "exception, failed_when: false: $(has swallowed)"
echo "exception, ignore_errors: true: $(has ignored)"
cat swallowed; echo
[ "$(has said)" = "in the result" ] && [ "$(has swallowed)" = "NOT in the result" ] && [ "$(has ignored)" = "in the result" ] || { echo "this has changed" >&2; exit 1; }
