"""One running lab for all tests; each test has declarations, reports and mailbox names of its own."""

from __future__ import annotations

import hashlib
import imaplib
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.arguments.mailboxes import pack_mailboxes
from ansible.module_utils.postroom.core.plan import as_document, join
from ansible.module_utils.postroom.core.systems import System

from lab import services
from lab.exchange.control import Control

from .exchange import Exchange, connection, declared, ours  # noqa: F401 (fixtures)
from .modules import Keys, Modules, Result, declared_in, run_module

ROOT = Path(__file__).parents[2]
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
MAILBOXES = "ou=mailboxes,dc=ugent,dc=be"
PEOPLE = "ou=people,dc=ugent,dc=be"
POLICY = "cn=shared mailboxes,ou=policies,dc=ugent,dc=be"
"""The password policy of the shared mailboxes' entries, which locks nobody out."""
POSTROOM = "uid=postroom,ou=services,dc=ugent,dc=be"


@dataclass(frozen=True)
class Lab:
    """The practice mail world, seen with clients that are not Postroom's."""

    directory: Path
    ports: dict[str, int]

    def secret(self, name: str) -> str:
        return (self.directory / "secrets" / f"{name}_password").read_text().strip()

    def imap(self, user: str, password: str) -> imaplib.IMAP4:
        """A session over STARTTLS. Raises imaplib.IMAP4.error when the login is refused."""
        session = imaplib.IMAP4("localhost", self.ports["cyrus"], timeout=30)
        session.starttls(ssl.create_default_context(cafile=str(self.directory / "tls" / "ca.pem")))
        session.login(user, password)
        return session

    def admin(self) -> imaplib.IMAP4:
        return self.imap("cyrus", self.secret("cyrus"))

    def as_owner(self, name: str) -> imaplib.IMAP4:
        """A session in which the administrator acts for the mailbox's own login."""
        session = imaplib.IMAP4("localhost", self.ports["cyrus"], timeout=30)
        session.starttls(ssl.create_default_context(cafile=str(self.directory / "tls" / "ca.pem")))
        session.authenticate("PLAIN", lambda _: f"{name}\0cyrus\0{self.secret('cyrus')}".encode())
        return session

    def lets_in(self, user: str, person: str) -> bool:
        """Whether ``person``, with the own password, may log in as ``user``."""
        try:
            self.imap(user, f"lab-{person}").logout()
        except imaplib.IMAP4.error:
            return False
        return True

    def acl(self, mailbox: str) -> dict[str, str]:
        """Rights by identifier, as GETACL gives them."""
        words = self.admin().getacl(f'"{mailbox}"')[1][0].decode().replace('"', "").removeprefix(mailbox).split()
        return dict(zip(words[::2], words[1::2], strict=True))

    def exists(self, mailbox: str) -> bool:
        return self.admin().list('""', f'"{mailbox}"')[1] != [None]

    def ldap(self, command: str, *arguments: str, ldif: str = "") -> str:
        """As Postroom."""
        done = self.ldap_as(POSTROOM, self.secret("directory"), command, *arguments, ldif=ldif)
        assert done.returncode in (0, 32), done.stderr
        return done.stdout

    def ldap_as(
        self, dn: str, password: str, command: str, *arguments: str, ldif: str = "", server: str = "slapd", tls: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LDAPTLS_CACERT": str(self.directory / "tls" / "ca.pem")}
        secured = ["-ZZ"] if tls else []
        bind = ["-x", *secured, "-H", f"ldap://127.0.0.1:{self.ports[server]}", "-D", dn, "-w", password]
        return subprocess.run([command, *bind, *arguments], input=ldif, env=environment, capture_output=True, text=True, check=False)

    def idm(self, command: str, *arguments: str, ldif: str = "") -> str:
        """As the identity management, which keeps people's entries."""
        done = self.ldap_as("uid=idm,ou=services,dc=ugent,dc=be", self.secret("idm"), command, *arguments, ldif=ldif)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def entry(self, name: str) -> str:
        """The mailbox's entry as LDIF, empty when there is none."""
        return self.ldap("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", MAILBOXES, f"(uid={name})")

    def exchange(self, user: str = "exchange-admin") -> Exchange:
        """A session with the practice Exchange, for a ``with`` statement."""
        return Exchange(connection(self.directory, self.ports["exchange"], user))

    def forget(self, *names: str) -> None:
        """Remove mailboxes, from whichever server has them."""
        admin = self.admin()
        for name in names:
            admin.setacl(f'"user/{name}"', "cyrus", "lrswipkxtea")
            admin.delete(f'"user/{name}"')
        self.ldap("ldapdelete", "-c", ldif="".join(f"uid={name},{MAILBOXES}\n" for name in names))
        with self.exchange() as exchange:
            for name in names:
                if exchange.exists(name):
                    exchange.run("Set-Mailbox", Identity=name, LitigationHoldEnabled=False)
                    exchange.run("Remove-Mailbox", Identity=name, Confirm=False)


def cyrus_with(**keys: object) -> dict[str, object]:
    """Variables that set these keys of how Cyrus is reached, and leave the others as the lab's inventory has them."""
    return {"cyrus_mailboxes__server": "{{ lab__cyrus | combine(cyrus_keys) }}", "cyrus_keys": keys}


def exchange_with(**keys: object) -> dict[str, object]:
    return {"exchange_mailboxes__server": "{{ lab__exchange | combine(exchange_keys) }}", "exchange_keys": keys}


def directory_with(**keys: object) -> dict[str, object]:
    return {"directory_entries__server": "{{ lab__directory_server | combine(directory_keys) }}", "directory_keys": keys}


@dataclass
class Run:
    """A finished playbook: its exit code, its output, and the plan it wrote."""

    code: int
    output: str
    plan: dict[str, Any]

    @property
    def said(self) -> str:
        """The output without its line breaks, which come wherever the terminal ends."""
        return " ".join(self.output.split())

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return int(self.output.rpartition("changed=")[2].split()[0])

    def details(self, name: str, system: str) -> dict[str, tuple[object, object]]:
        found = [change for change in self.plan["changes"] if (change["mailbox"], change["system"]) == (name, system)]
        return {detail["field"]: (detail["before"], detail["after"]) for change in found for detail in change["details"]}


@dataclass
class Converged(Run):
    """What the modules did, without a playbook: ``code`` is 1 when one failed, ``output`` what those said, ``plan`` what all changed."""

    results: dict[System, Result] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many modules changed something."""
        return sum(bool(result.get("changed")) for result in self.results.values())


@dataclass
class Repository:
    """A checkout's declarations, and the playbooks run on them, or the modules without a playbook."""

    folder: Path
    lab: Lab
    inventory: Path
    modules: Modules
    names: list[str] = field(default_factory=list)

    def name(self) -> str:
        """A mailbox name that nothing has yet, and that is not hard to type; what bears it is removed after the test."""
        self.names.append(f"t{secrets.token_hex(5).replace('0', 'x').replace('1', 'y')}")
        return self.names[-1]

    def declare(self, name: str, **keys: object) -> str:
        declaration: dict[str, object] = {
            "address": f"{name.capitalize()}@UGent.be", "display_name": "Practice", "purpose": "A test of Postroom",
            "unit": {"type": "lab", "name": "Vakgroep"}, "abbreviations": {}, "requested_by": "ajanssens",
            "members": ["ajanssens", "bpeeters"], "backend": "cyrus", **keys,
        }  # fmt: skip
        (self.folder / "mailboxes").mkdir(exist_ok=True)
        (self.folder / "mailboxes" / f"{name}.yml").write_text(json.dumps(declaration))
        return name

    def command(self, playbook: str, *arguments: str, **variables: object) -> list[str]:
        given = {"mailboxes_dir": str(self.folder / "mailboxes"), "report_dir": str(self.folder / "reports")}
        given |= {"letters__smtp_host": "", **variables}
        given["lab__checkout"] = str(ROOT)
        return [str(ANSIBLE_PLAYBOOK), "-i", str(self.inventory), f"playbooks/{playbook}.yml", "-e", json.dumps(given), *arguments]

    def run(self, playbook: str, *arguments: str, **variables: object) -> Run:
        plan = self.folder / "reports" / "plan.json"
        plan.unlink(missing_ok=True)
        done = subprocess.run(
            self.command(playbook, *arguments, **variables), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )
        output = done.stdout + done.stderr
        assert "Traceback" not in output
        return Run(done.returncode, output, json.loads(plan.read_text()) if plan.exists() else {})

    def made(self, name: str = "", **keys: object) -> str:
        """A mailbox that lives as it is declared."""
        made = self.declare(name or self.name(), **keys)
        self.converge(made)
        return made

    def converge(self, *names: str, **keys: dict[str, object]) -> Converged:
        """What apply.yml does on the servers, by the modules alone: nothing is reviewed, reported or locked. Of these mailboxes, or of
        all. It has to succeed. ``cyrus``, ``exchange`` and ``directory`` are keys of how a server is reached."""
        done = self.attempt(*names, **keys)
        assert done.code == 0, done.output
        return done

    def attempt(self, *names: str, check: bool = False, **keys: dict[str, object]) -> Converged:
        """The same where it may fail, or in check mode."""
        mailboxes = declared_in(self.folder / "mailboxes", names)
        results = self.modules.converge(mailboxes, check=check, keys=keys)
        changes, failures = join(results.values(), mailboxes)
        plan = as_document([mailbox.name for mailbox in mailboxes], changes, [failure["mailbox"] for failure in failures])
        said = "\n".join(result.get("msg", "") for result in results.values())
        return Converged(int(bool(failures)), said, plan, results)

    def planned(self, *names: str, **keys: dict[str, object]) -> Converged:
        """What plan.yml says would be done, by the modules alone."""
        return self.attempt(*names, check=True, **keys)

    def problems(self, **directory: object) -> str:
        """What validate.yml says of the declarations with ``use_directory``; ``directory`` are keys of how that is reached."""
        return self.modules.problems(self.folder / "mailboxes", directory)

    def remove_forwarding(self) -> Result:
        """What apply.yml does with ``forwarding=remove`` about the Sieve scripts, by the modules alone."""
        done = self.modules.remove_forwarding(declared_in(self.folder / "mailboxes"), self.folder / "reports")
        assert not done.get("failed"), done["msg"]
        return done

    def audit(self, *names: str, keys: Keys | None = None, **options: object) -> Result:
        """What audit.yml finds of these mailboxes, by the modules alone: what audit_report returns, with audit.json as ``document``.
        ``options`` are arguments of audit_report."""
        exchange = self.inventory == ROOT / "inventories" / "lab"
        return self.modules.audit(self.folder / "mailboxes", self.folder / "reports", names, exchange=exchange, keys=keys, **options)

    def findings(self, *names: str) -> dict[str, str | None]:
        """What the audit finds of these mailboxes: what is there, by kind; the last of each."""
        return {finding["id"]: finding["found"] for finding in self.audit(*names)["document"]["findings"]}

    def who(self, *, live: bool = False, **question: object) -> Result:
        """What who.yml answers, by the modules alone."""
        report_dir = self.folder / "reports"
        return run_module(
            "access_report", mailboxes=pack_mailboxes(declared_in(self.folder / "mailboxes")), mailboxes_dir=str(self.folder / "mailboxes"),
            observed=self.modules.observed() if live else [], report_dir=str(report_dir), **question,
        )  # fmt: skip

    def apply(self, *arguments: str, **variables: object) -> Run:
        """apply.yml, which has to succeed."""
        run = self.run("apply", *arguments, **variables)
        assert run.code == 0, run.output
        return run


def configuration(directory: Path) -> str:
    """A digest of what lab.yml goes by, and of what it wrote for the daemons; nothing when there is no such lab."""
    sources = [ROOT / "ansible.cfg", ROOT / "playbooks" / "lab.yml", ROOT / "filter_plugins", ROOT / "inventories" / "lab"]
    files = [file for source in (*sources, ROOT / "lab", ROOT / "roles") for file in (source, *source.rglob("*"))]
    try:
        files += [Path(name) for names in json.loads((directory / "settings.json").read_text()).values() for name in names]
    except OSError:
        return ""
    digest = hashlib.sha256(f"{directory} {os.environ.get('POSTROOM_LAB_PORT_BASE')} {sys.prefix}".encode())
    for file in sorted({file for file in files if file.is_file() and "__pycache__" not in file.parts}):
        digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab is configured when it is not as lab.yml leaves it; else only what does not run is started."""
    directory = Path(os.environ.get("POSTROOM_LAB_DIR") or ROOT / ".lab").resolve()
    configured = directory / "configured"
    if configured.exists() and configured.read_text() == configuration(directory):
        services.start(directory)
    else:
        done = subprocess.run([ANSIBLE_PLAYBOOK, "playbooks/lab.yml"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        directory = Path(os.environ.get("POSTROOM_LAB_DIR") or ROOT / ".lab").resolve()
        (directory / "configured").write_text(configuration(directory))
    return Lab(directory, json.loads((directory / "ports.json").read_text()))


@pytest.fixture(scope="session")
def modules(lab: Lab) -> Modules:
    """The project's modules, which are told of the servers what the inventory says."""
    told = "{{ {'cyrus': connection_to_cyrus, 'exchange': connection_to_exchange, 'directory': connection_to_directory} }}"
    command = [str(ANSIBLE_PLAYBOOK.with_name("ansible")), "lab", "-i", "inventories/lab", "--playbook-dir", "playbooks", "-m", "debug"]
    environment = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run([*command, "-a", f"msg={told}"], cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    servers: dict[System, dict[str, object]] = json.loads(done.stdout.partition("=>")[2])["msg"]
    return Modules(servers)


@pytest.fixture(scope="session")
def without_exchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's inventory as a university has it that runs Cyrus only; a run is a second shorter with it."""
    inventory = tmp_path_factory.mktemp("inventory") / "lab"
    shutil.copytree(ROOT / "inventories" / "lab", inventory)
    hosts = inventory / "hosts.yml"
    hosts.write_text("".join(line for line in hosts.read_text().splitlines(True) if "exchange_servers" not in line))
    return inventory


@pytest.fixture
def repository(lab: Lab, tmp_path: Path, without_exchange: Path, modules: Modules) -> Iterator[Repository]:
    repository = Repository(tmp_path, lab, without_exchange, modules)
    yield repository
    if repository.names:
        lab.forget(*repository.names)


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    """The practice Exchange as its administrator sees it."""
    with lab.exchange() as session:
        yield session


@pytest.fixture
def control(lab: Lab) -> Iterator[Control]:
    """What orders faults from it; there are none before and after."""
    with Control(lab.directory / "exchange") as control:
        control.clear()
        yield control
        control.clear()
