"""What the info modules say of what was made with the servers' own tools; asking changes nothing there."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.core.live import Grant, LiveMailbox
from ansible.module_utils.postroom.core.packed import unpack

from lab.exchange.control import Control

from .conftest import MAILBOXES, ROOT, Lab, Repository, cyrus_with, exchange_with
from .exchange import Exchange
from .modules import run_module

PEOPLE = "ou=people,dc=ugent,dc=be"
ORPHAN = "S-1-5-21-1-2-3-4711"
IMAP_ALONE: dict[str, object] = {"host_tools": None}
ROLES = {"cyrus": "cyrus_mailboxes", "exchange": "exchange_mailboxes", "directory": "directory_entries"}


@dataclass
class Answers:
    """What was registered, by system, and what the run said."""

    registered: dict[str, dict[str, Any]]
    output: str

    def live(self, system: str, name: str) -> list[LiveMailbox]:
        return [LiveMailbox.from_dict(found) for found in unpack(self.registered[system]["live"]) if found["name"] == name]


def look(repository: Repository, *, exchange: bool = False, **keys: object) -> Answers:
    """By the modules alone; ``keys`` are of how Cyrus is reached."""
    results = repository.modules.observed({"cyrus": keys}, exchange=exchange)
    return Answers({result["system"]: result for result in results}, " ".join(json.dumps(results).split()))


def observe(repository: Repository, **variables: object) -> Answers:
    """By ``observe.yml``, and a play behind it that writes down what it registered."""
    written = repository.folder / "answers.json"
    answers = {system: f"{{{{ {role}__info | default({{}}) }}}}" for system, role in ROLES.items()}
    write = {
        "ansible.builtin.copy": {"content": "{{ answers | to_json }}", "dest": str(written), "mode": "0600"},
        "vars": {"answers": answers},
    }
    plays = [{"import_playbook": str(ROOT / "playbooks" / "observe.yml")}, {"hosts": "control", "gather_facts": False, "tasks": [write]}]
    playbook = repository.folder / "observe.yml"
    playbook.write_text(json.dumps(plays))
    command = [str(playbook) if part == "playbooks/observe.yml" else part for part in repository.command("observe", **variables)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "Traceback" not in output
    return Answers(json.loads(written.read_text()), " ".join(output.split()))


@contextmanager
def moment() -> Iterator[list[str]]:
    """The first and the last second in which something was done."""
    seconds = [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"]
    yield seconds
    seconds.append(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


def is_within(time_told: str | None, seconds: list[str]) -> bool:
    return time_told is not None and seconds[0] <= time_told <= seconds[1]


def cyrus_state(lab: Lab) -> str:
    """Every mailbox, with the times and the numbers of its changes, and every annotation."""
    account = "cyrus" if os.geteuid() == 0 else None
    annotations = str(lab.directory / "cyrus" / "state" / "annotations.db")
    said = ""
    for tool, *arguments in (["ctl_mboxlist", "-d"], ["cyr_dbtool", annotations, "twoskip", "show"]):
        command = [str(Path("/usr/lib/cyrus/bin") / tool), "-C", str(lab.directory / "cyrus" / "imapd.conf"), *arguments]
        said += subprocess.run(command, capture_output=True, check=True, cwd="/", user=account).stdout.decode(errors="replace")
    return said


def directory_state(lab: Lab) -> str:
    return lab.ldap("ldapsearch", "-LLL", "-b", MAILBOXES, "(objectClass=*)", "*", "+")


@pytest.fixture
def box(repository: Repository, lab: Lab) -> str:
    """A mailbox with our mark, a folder with rights of its own, a member who can only look, and one message."""
    name = repository.name()
    admin = lab.admin()
    for folder in ("", "/Sent", "/R&AOk-sum&AOk-"):
        assert admin.create(f'"user/{name}{folder}"')[0] == "OK"
    for folder, identifier, rights in (
        ("", "ajanssens", "lrswipkxte"),
        ("/Sent", "ajanssens", "lrswipkxte"),
        ("", "bpeeters", "lrs"),
        ("", "-cdevos", "w"),
        ("", "anyone", "l"),
        ("", "nobody.here", "lr"),
        ("/R&AOk-sum&AOk-", "dnguyen", "lrsip"),
    ):
        assert admin.setacl(f'"user/{name}{folder}"', identifier, rights)[0] == "OK"
    assert admin.setquota(f'"user/{name}"', "(STORAGE 2048)")[0] == "OK"
    assert admin.xatom("SETMETADATA", f'"user/{name}"', '(/private/comment "postroom")')[0] == "OK"
    return name


def grants_of(name: str) -> tuple[Grant, ...]:
    """What the fixture ``box`` gave, and what Cyrus gives the owner of each folder."""
    given = [
        Grant("rights", "ajanssens", "ajanssens", "lrswipkxte"),
        Grant("rights", "ajanssens", "ajanssens", "lrswipkxte", "Sent"),
        Grant("rights", "anyone", "", "l"),
        Grant("rights", "bpeeters", "bpeeters", "lrs"),
        Grant("rights", "cdevos", "cdevos", "w", deny=True),
        Grant("rights", "dnguyen", "dnguyen", "lrsip", "R&AOk-sum&AOk-"),
        Grant("rights", "nobody.here", "nobody.here", "lr"),
    ]
    own = [Grant("rights", name, "", "lrswipkxtean", folder) for folder in ("", "R&AOk-sum&AOk-", "Sent")]
    return tuple(sorted([*given, *own]))


@pytest.mark.parametrize("way", [{}, IMAP_ALONE], ids=["host tools", "IMAP alone"])
def test_a_mailbox_on_cyrus_is_told_as_it_is(repository: Repository, lab: Lab, box: str, way: dict[str, object]) -> None:
    member = lab.imap("ajanssens", "lab-ajanssens")
    with moment() as came:
        assert member.append(f'"Other Users/{box}"', "", "", b"Subject: a\r\n\r\n" + b"x" * 5000 + b"\r\n")[0] == "OK"
    member.logout()
    before = cyrus_state(lab)
    (found,) = look(repository, **way).live("cyrus", box)
    assert cyrus_state(lab) == before
    used = int(lab.admin().getquota(f'"user/{box}"')[1][0].split()[-2])
    assert used > 0
    wanted = LiveMailbox(box, "cyrus", mark="postroom", is_managed=True, grants=grants_of(box), quota_kib=2048, used_kib=used)
    assert replace(found, last_mail=None) == wanted
    assert is_within(found.last_mail, came)


@pytest.mark.parametrize("way", [{}, IMAP_ALONE], ids=["host tools", "IMAP alone"])
def test_mailboxes_of_others_are_told_and_those_that_are_gone_are_not(
    repository: Repository, lab: Lab, box: str, way: dict[str, object]
) -> None:
    foreign, noted, gone = repository.name(), repository.name(), repository.name()
    admin = lab.admin()
    for name in (foreign, noted, gone, f"{box}@example.org"):
        assert admin.create(f'"user/{name}"')[0] == "OK"
    admin.xatom("SETMETADATA", f'"user/{noted}"', '(/private/comment "of the library")')
    admin.setacl(f'"user/{gone}"', "cyrus", "lrswipkxtea")
    assert admin.delete(f'"user/{gone}"')[0] == "OK"
    try:
        answers = look(repository, **way)
    finally:
        admin.setacl(f'"user/{box}@example.org"', "cyrus", "lrswipkxtea")
        admin.delete(f'"user/{box}@example.org"')
    own = (Grant("rights", foreign, "", "lrswipkxtean"),)
    (found,) = answers.live("cyrus", foreign)
    assert replace(found, used_kib=None, last_mail=None) == LiveMailbox(foreign, "cyrus", grants=own)
    assert [(one.mark, one.is_managed) for one in answers.live("cyrus", noted)] == [("of the library", False)]
    assert answers.live("cyrus", gone) == answers.live("cyrus", f"{box}@example.org") == []
    assert answers.live("cyrus", "ajanssens") != []


def test_rights_that_imap_does_not_tell_are_not_passed_over_in_silence(repository: Repository, lab: Lab, box: str) -> None:
    """An administrator's name for this folder is that of a folder in another domain; Cyrus' own tools know better."""
    repository.declare(box)
    owner = lab.as_owner(box)
    assert owner.create('"me@example.org"')[0] == "OK"
    told = look(repository, **IMAP_ALONE)
    assert f"who may open user/{box}/me@example.org is not known" in told.output
    (found,) = look(repository).live("cyrus", box)
    assert Grant("rights", "ajanssens", "ajanssens", "lrswipkxte", "me@example.org") in found.grants


def add_entry(lab: Lab, name: str, **attributes: tuple[str, ...]) -> None:
    usual = {"uid": (name,), "cn": ("Proef",), "mail": (f"{name.capitalize()}@UGent.be",), **attributes}
    lines = [f"dn: uid={name},{MAILBOXES}", "objectClass: sharedMailbox"]
    passwords = usual.pop("userPassword", ())  # one at a time: the directory's password policy takes no more in a request
    lines += [f"{attribute}: {value}" for attribute, values in usual.items() for value in values]
    lab.ldap("ldapadd", ldif="\n".join(lines) + "\n")
    for password in passwords:
        lab.ldap("ldapmodify", ldif=f"dn: uid={name},{MAILBOXES}\nchangetype: modify\nadd: userPassword\nuserPassword: {password}\n")


def test_entries_of_the_directory_are_told_without_their_secrets(repository: Repository, lab: Lab) -> None:
    ours, foreign = repository.name(), repository.name()
    an, gone = f"uid=ajanssens,{PEOPLE}", f"uid=left.long.ago,{PEOPLE}"
    secret = "geheim-van-de-bibliotheek"
    add_entry(
        lab, ours,
        userPassword=("{SASL}ajanssens", "{SASL}left.long.ago", secret), owner=(an, gone), description=("A test",),
        sharedMailboxBackend=("cyrus",), sharedMailboxStatus=("active",), sharedMailboxManagedBy=("postroom",),
    )  # fmt: skip
    add_entry(lab, foreign, sharedMailboxStatus=("retired",))
    with moment() as came:
        assert lab.lets_in(f"{ours}@UGent.be", "ajanssens")
    before = directory_state(lab)
    answers = observe(repository)
    assert directory_state(lab) == before
    (found,) = answers.live("directory", ours)
    grants = [Grant("login", "ajanssens", "ajanssens"), Grant("login", "left.long.ago", "left.long.ago"), Grant("login", "********")]
    grants += [Grant("owner", an, "ajanssens"), Grant("owner", gone, "")]
    assert replace(found, last_login=None) == LiveMailbox(
        ours, "directory", f"{ours.capitalize()}@UGent.be", "Proef", "postroom", is_managed=True, grants=tuple(sorted(grants)),
        is_retired=False, backend="cyrus", settings={"purpose": "A test", "dn": f"uid={ours},{MAILBOXES}"},
    )  # fmt: skip
    assert is_within(found.last_login, came)
    (other,) = answers.live("directory", foreign)
    assert (other.mark, other.is_managed, other.is_retired, other.backend, other.last_login) == (None, False, True, None, None)
    assert secret not in f"{answers.output} {unpack(answers.registered['directory']['live'])}"


def test_the_directorys_people_are_told(repository: Repository) -> None:
    people = {person["login"]: person for person in unpack(look(repository).registered["directory"]["people"])}
    an = people["ajanssens"]
    assert (an["name"], an["affiliations"], an["active"], an["dn"]) == ("An Janssens", ["member", "staff"], True, f"uid=ajanssens,{PEOPLE}")
    assert not any(person["active"] for person in people.values() if person["affiliations"] == ["alum"])


@pytest.fixture
def with_exchange(repository: Repository) -> Repository:
    repository.inventory = ROOT / "inventories" / "lab"
    return repository


def new_mailbox(exchange: Exchange, name: str, address: str, mark: str = "") -> str:
    """A shared mailbox of the administrator's own making, and its ExchangeGuid."""
    exchange.run("New-Mailbox", Shared=True, Name=name, Alias=name, DisplayName=f"Proef {name}", PrimarySmtpAddress=address)
    if mark:
        exchange.run("Set-Mailbox", Identity=name, CustomAttribute1=mark)
    return str(exchange.mailbox(name)["ExchangeGuid"])


def test_a_mailbox_on_exchange_is_told_as_it_is(with_exchange: Repository, lab: Lab, exchange: Exchange, control: Control) -> None:
    name = with_exchange.name()
    guid = new_mailbox(exchange, name, f"{name.capitalize()}@UGent.be", f"postroom:{name}")
    exchange.run(
        "Set-Mailbox", Identity=name, UseDatabaseQuotaDefaults=False, ProhibitSendReceiveQuota="2GB", GrantSendOnBehalfTo="bpeeters"
    )
    exchange.run("Set-Mailbox", Identity=name, ForwardingSmtpAddress="me@gmail.com")
    for user, rights, deny in (("ajanssens", "FullAccess", False), ("cdevos", "FullAccess", True), (ORPHAN, "FullAccess", False)):
        exchange.run("Add-MailboxPermission", Identity=name, User=user, AccessRights=rights, Deny=deny)
    for user in ("bpeeters", ORPHAN):
        exchange.run("Add-ADPermission", Identity=exchange.mailbox(name)["DistinguishedName"], User=user, ExtendedRights="Send As")
    with moment() as came:
        control.store.set_contents(guid, 3, 5 * 1024 * 1024)
    started = time.time()
    (found,) = look(with_exchange, exchange=True).live("exchange", name)
    sent = {entry.cmdlet.split("-")[0] for entry in control.audit_log() if entry.at > started and entry.login == "exchange"}
    assert sent == {"Get", "Select"}
    assert set(found.grants) == {
        Grant("full access", "UGENT\\ajanssens", "ajanssens", "FullAccess"),
        Grant("full access", "UGENT\\cdevos", "cdevos", "FullAccess", deny=True),
        Grant("full access", ORPHAN, "", "FullAccess"),
        Grant("send as", "UGENT\\bpeeters", "bpeeters", "Send As"),
        Grant("send as", ORPHAN, "", "Send As"),
        Grant("send on behalf", str(exchange.run("Get-User", Identity="bpeeters")[0]["Identity"]), "bpeeters"),
    }
    assert (found.address, found.display_name) == (f"{name.capitalize()}@UGent.be", f"Proef {name}")
    assert (found.mark, found.is_managed) == (f"postroom:{name}", True)
    assert (found.quota_kib, found.used_kib) == (2 * 1024 * 1024, 5 * 1024)
    assert is_within(found.last_login, came)
    assert found.settings is not None
    assert (found.settings["ForwardingSmtpAddress"], found.settings["EmailAddresses"]) == ("smtp:me@gmail.com", f"{name}@ugent.be")


def test_a_mailbox_of_others_on_exchange_is_told_and_one_without_statistics_as_well(
    with_exchange: Repository, lab: Lab, exchange: Exchange, control: Control
) -> None:
    alias, local = with_exchange.name(), with_exchange.name()
    new_mailbox(exchange, alias, f"{local.upper()}@UGent.be")
    control.fail_cmdlet("Get-MailboxStatistics", alias, times=9)
    answers = observe(with_exchange)
    (found,) = answers.live("exchange", local)
    assert (found.mark, found.is_managed, found.grants, found.used_kib, found.last_login) == (None, False, (), None, None)
    assert (found.quota_kib, found.address) == (None, f"{local.upper()}@UGent.be")
    assert "the use of a mailbox is not known: ADTransientException" in answers.output


def test_a_server_that_gives_no_answer_is_named_and_the_others_are_read(with_exchange: Repository, lab: Lab) -> None:
    wrong: dict[str, object] = exchange_with(password="wrong") | cyrus_with(port=1, host_tools=None)
    told = observe(with_exchange, **wrong).registered
    assert (told["cyrus"]["system"], told["cyrus"]["server"]) == ("cyrus", "localhost:1")
    assert "cannot be reached" in told["cyrus"]["msg"]
    assert (told["exchange"]["system"], told["exchange"]["server"]) == (
        "exchange",
        f"https://127.0.0.1:{lab.ports['exchange']}/PowerShell/",
    )
    assert "the login of exchange was refused" in told["exchange"]["msg"]
    assert "live" not in told["cyrus"] | told["exchange"]
    assert unpack(told["directory"]["people"])


def test_a_system_that_the_inventory_has_no_server_of_is_not_asked(repository: Repository) -> None:
    assert observe(repository).registered["exchange"] == {}


def test_what_was_not_asked_is_said(repository: Repository) -> None:
    told = run_module("exchange_mailboxes_info", server=repository.modules.server("exchange"), strangers="without_send_as")
    assert any("who may send as mailboxes that no file declares was not looked at" in warning for warning in told["warnings"])
    assert run_module("exchange_mailboxes_info", server=repository.modules.server("exchange"))["warnings"] == []
