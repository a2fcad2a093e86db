"""Figures as ratios to a floor that is measured in the same run: ``make bench`` (BENCH_MAILBOXES=10000).

It fills the lab's Cyrus and slapd with mailboxes of its own, made by raw pipelined commands, and leaves them there: the next run
starts from what is there. ``make lab-reset`` takes them away.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ansible.module_utils
import jsonschema
import yaml

ROOT = Path(__file__).parents[2]
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))

from ansible.module_utils.postroom.backends.declarations import read_schema, validate_folder

BIN = Path(sys.executable).parent
COUNT = int(os.environ.get("BENCH_MAILBOXES", "10000"))
LAB = (ROOT / ".lab").resolve()
DECLARATION = """\
address: Bench{n:05}@UGent.be
display_name: Practice mailbox {n}
purpose: Questions from students about practical number {n}
unit: {{type: lab, name: Vakgroep Informatica}}
abbreviations: {{}}
requested_by: ajanssens
members: [ajanssens, bpeeters, cdevos]
backend: cyrus
"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(work: Callable[[], object], times: int = 3) -> float:
    return min(seconds(work) for _ in range(times))


def inventory(folder: Path) -> list[str]:
    """The lab's without its Exchange, which has figures of its own; as ansible-playbook's arguments."""
    copy = folder / "inventory"
    if not copy.exists():
        shutil.copytree(ROOT / "inventories" / "lab", copy)
        hosts = copy / "hosts.yml"
        hosts.write_text("".join(line for line in hosts.read_text().splitlines(True) if "exchange_servers" not in line))
    return ["-i", str(copy), "-e", f"lab__checkout={ROOT}", "-e", "letters__smtp_host="]


def playbook(name: str, folder: Path, **variables: str) -> Callable[[], None]:
    extra = {"mailboxes_dir": str(folder / "mailboxes"), "report_dir": str(folder / "reports"), **variables}
    given = [word for k, v in extra.items() for word in ("-e", f"{k}={v}")]
    command = [str(BIN / "ansible-playbook"), f"playbooks/{name}.yml", *inventory(folder), *given]

    def run() -> None:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stdout[-3000:] + done.stderr[-1000:])

    return run


def peak_mib(work: Callable[[], None]) -> int:
    """The largest process below this one, in MiB, as wait4 accounts for it."""
    work()
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def write_declarations(folder: Path) -> list[Path]:
    paths = []
    for n in range(COUNT):
        path = folder / "mailboxes" / f"{n // 1000:02}" / f"bench{n:05}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DECLARATION.format(n=n))
        paths.append(path)
    return paths


def load_and_validate(paths: list[Path]) -> None:
    """The floor of validation: libyaml's loader and a compiled jsonschema validator."""
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas" / "mailbox.schema.json").read_bytes()))
    for path in paths:
        assert not list(validator.iter_errors(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)))


def load(paths: list[Path]) -> None:
    for path in paths:
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def search_directory() -> None:
    """One LDAP search for the entries and the people, as the backend needs them."""
    import ldap  # noqa: PLC0415 - after the floors that do not need it
    from ldap.controls import SimplePagedResultsControl  # noqa: PLC0415

    ports = json.loads((LAB / "ports.json").read_text())
    connection = ldap.initialize(f"ldap://127.0.0.1:{ports['slapd']}")
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(LAB / "tls" / "ca.pem"))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.start_tls_s()
    connection.simple_bind_s("uid=postroom,ou=services,dc=ugent,dc=be", (LAB / "secrets" / "directory_password").read_text().strip())
    page = SimplePagedResultsControl(True, size=1000, cookie="")
    while True:
        answer = connection.result3(connection.search_ext("dc=ugent,dc=be", ldap.SCOPE_SUBTREE, "(uid=*)", None, serverctrls=[page]))
        page.cookie = answer[3][0].cookie
        if not page.cookie:
            return


def list_mailboxes() -> None:
    """``ctl_mboxlist -d`` on the Cyrus host: every mailbox with its ACL."""
    command = ["/usr/lib/cyrus/bin/ctl_mboxlist", "-C", str(LAB / "cyrus" / "imapd.conf"), "-d"]
    json.loads(subprocess.run(command, capture_output=True, check=True, user="cyrus" if os.geteuid() == 0 else None).stdout)


def empty_playbook(folder: Path) -> Callable[[], None]:
    book = folder / "empty.yml"
    book.write_text("- hosts: control\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: {msg: nothing}\n")
    command = [str(BIN / "ansible-playbook"), str(book), *inventory(folder)]
    return lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True) and None


def looped(folder: Path) -> float:
    """Seconds for each mailbox when a task loops over them, measured on 50."""
    book = folder / "looped.yml"
    schema = read_schema(ROOT / "schemas" / "mailbox.schema.json")
    first = validate_folder(folder / "mailboxes" / "00", {f"bench{n:05}" for n in range(100)}, schema, None).mailboxes
    (folder / "first.json").write_text(json.dumps([mailbox.as_dict() for mailbox in first]))
    book.write_text(
        f"""
- hosts: control
  tasks:
    - cyrus_mailboxes:
        mailboxes: "{{{{ [item] }}}}"
        server: "{{{{ cyrus_mailboxes__server }}}}"
      loop: "{{{{ (lookup('ansible.builtin.file', '{folder}/first.json') | from_json)[:wanted | int] }}}}"
"""
    )

    def run(wanted: int) -> float:
        command = [str(BIN / "ansible-playbook"), str(book), *inventory(folder), "-e", f"wanted={wanted}"]
        return seconds(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True))

    return (run(51) - run(1)) / 50


def figures(folder: Path) -> Iterator[tuple[str, float, str, float, str]]:
    """What, seconds, floor, seconds of the floor, what is wanted of the ratio."""
    paths = write_declarations(folder)
    floor = best(lambda: load_and_validate(paths))
    validating = best(playbook("validate", folder))
    checking = seconds(
        lambda: subprocess.run([BIN / "check-jsonschema", "--schemafile", ROOT / "schemas/mailbox.schema.json", *paths], check=True)
    )
    yield "validate.yml, all files", validating, "libyaml and jsonschema", floor, "at most 1.5"
    yield "check-jsonschema", checking, "validate.yml", validating, "at least 4"
    filling = seconds(playbook("apply", folder))
    print(f"filling: apply.yml took {filling:.0f} s for what was not there yet of {COUNT} mailboxes")
    floors = [best(lambda: load(paths)), best(search_directory), best(list_mailboxes)]
    print("floors: load {:.2f} s, one LDAP search {:.2f} s, ctl_mboxlist -d {:.2f} s".format(*floors))
    unchanged = best(playbook("apply", folder))
    yield "apply.yml, nothing to change, less 5 s", max(0.0, unchanged - 5), "load, LDAP search, ctl_mboxlist", sum(floors), "at most 1.5"
    empty = best(empty_playbook(folder))
    paths[0].write_text(paths[0].read_text() + f"quota_gb: {6 + int(time.time()) % 7}\n")
    one = seconds(playbook("apply", folder, only="bench00000"))
    yield "apply.yml only= one changed, less 2 s", one - 2, "an empty playbook", empty, "below 2"
    yield "a task looped over all (50 measured)", looped(folder) * COUNT, "apply.yml", unchanged, "above 200"
    print(f"apply.yml, nothing to change: {unchanged:.1f} s, peak memory {peak_mib(playbook('apply', folder))} MiB, at most 1024")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="postroom-bench-"))
    try:
        print(f"{COUNT} mailboxes of 3 members\n")
        for what, measured, against, floor, wanted in figures(folder):
            print(f"{what}: {measured:.2f} s; {against}: {floor:.2f} s; ratio {measured / floor:.2f} ({wanted})", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
