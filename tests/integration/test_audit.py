"""What somebody changed with the servers' own tools, the audit names; it changes nothing itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from lab.exchange.control import Control
from lab.exchange.put import put_recipient

from .conftest import MAILBOXES, ROOT, Lab, Repository, Run
from .exchange import Exchange
from .modules import Keys

SID = "S-1-5-21-1275210071-1547161642-839522115-9999"
Finding = dict[str, Any]
Audit = Callable[..., tuple[Run, list[Finding]]]
Look = Callable[..., tuple[bool, list[Finding]]]


@pytest.fixture
def audit(repository: Repository) -> Audit:
    """Runs audit.yml on the repository's mailboxes only, and gives its findings."""

    def run(**variables: object) -> tuple[Run, list[Finding]]:
        done = repository.run("audit", **{"only": repository.names, **variables})
        return done, json.loads((repository.folder / "reports" / "audit.json").read_text())["findings"]

    return run


@pytest.fixture
def look(repository: Repository) -> Look:
    """The same by the modules alone: whether the run is to fail, and the findings."""

    def run(keys: Keys | None = None, **options: object) -> tuple[bool, list[Finding]]:
        result = repository.audit(*repository.names, keys=keys, **options)
        return result["fails"], result["document"]["findings"]

    return run


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.declare(repository.name())


LAB_INVENTORY = ROOT / "inventories" / "lab"


def told(findings: list[Finding]) -> dict[str, str | None]:
    """What was found, by kind; the last of each."""
    return {finding["id"]: finding["found"] for finding in findings}


def everything(lab: Lab, name: str) -> tuple[object, ...]:
    """All that the servers hold of a mailbox."""
    folders = [line.decode().rpartition(" ")[2].strip('"') for line in lab.admin().list('""', f'"user/{name}*"')[1] if line]
    quota = lab.admin().getquota(f'"user/{name}"')[1] if lab.exists(f"user/{name}") else None
    with lab.exchange() as exchange:
        there = exchange.exists(name)
        settings = {key: str(value) for key, value in exchange.mailbox(name).items()} if there else {}
        access = (sorted(exchange.full_access(name)), sorted(exchange.send_as(name))) if there else ()
    return {folder: lab.acl(folder) for folder in folders}, quota, lab.entry(name), settings, access


def test_a_quiet_world_has_no_findings_and_stays_as_it_is(repository: Repository, lab: Lab, audit: Audit, box: str) -> None:
    other = repository.declare(repository.name(), backend="exchange")
    repository.inventory = LAB_INVENTORY
    repository.converge()
    before = [everything(lab, name) for name in (box, other)]
    run, findings = audit()
    assert (run.code, run.changed, findings) == (0, 0, [])
    assert repository.run("audit", "--check", only=repository.names).code == 0
    assert [everything(lab, name) for name in (box, other)] == before
    reports = repository.folder / "reports"
    assert "0 error, 0 warning, 0 info" in (reports / "audit.md").read_text()
    assert ElementTree.fromstring((reports / "audit-junit.xml").read_text())[1].attrib["failures"] == "0"
    assert 'postroom_findings{id="member-extra",severity="error"} 0' in (reports / "audit.prom").read_text()
    assert box in (reports / "audit.html").read_text()


def test_what_somebody_changed_on_cyrus(repository: Repository, lab: Lab, audit: Audit, box: str) -> None:
    repository.converge()
    admin = lab.admin()
    admin.setacl(f'"user/{box}"', "emaes", "lrs")
    admin.setacl(f'"user/{box}/Sent"', "nosuchperson", "lr")
    admin.setacl(f'"user/{box}/Sent"', "ajanssens", "lr")
    admin.deleteacl(f'"user/{box}"', "bpeeters")
    lab.imap(box, "lab-ajanssens").append("INBOX", None, None, b"Subject: x\r\n\r\n" + b"x" * 4096)
    admin.setquota(f'"user/{box}"', "(STORAGE 3)")
    before = everything(lab, box)
    run, findings = audit()
    assert told(findings) == {
        "member-extra": "emaes: lrs",
        "member-missing": "bpeeters: lrswipkte on Archive, Drafts, Junk, Sent, Trash",
        "rights-differ": "ajanssens: lrswipkte on INBOX, Archive, Drafts, Junk, Trash; lr on Sent",
        "orphan-grant": "nosuchperson: lr on Sent",
        "quota-differs": "3 KiB",
        "over-quota": "4 KiB used",
    }
    assert run.code != 0
    assert f"error member-extra: {box} on cyrus: emaes has access (lrs), and is no member" in " ".join(run.output.split())
    assert everything(lab, box) == before
    assert audit(fail_on="never")[0].code == 0


def test_what_somebody_changed_in_the_directory(repository: Repository, lab: Lab, look: Look, box: str) -> None:
    repository.converge()
    dn = f"dn: uid={box},{MAILBOXES}\nchangetype: modify\n"
    lab.ldap("ldapmodify", ldif=dn + "add: userPassword\nuserPassword: {SASL}emaes\n-\nreplace: cn\ncn: Other\n-\nreplace: owner\n"
             "owner: uid=ajanssens,ou=people,dc=ugent,dc=be\nowner: uid=gone,ou=people,dc=ugent,dc=be\n")  # fmt: skip
    before = everything(lab, box)
    fails, findings = look()
    assert told(findings) == {
        "login-entry-differs": "emaes: login",
        "send-as-differs": None,
        "settings-differ": "Other",
        "orphan-grant": "uid=gone,ou=people,dc=ugent,dc=be: owner",
    }
    assert fails
    assert everything(lab, box) == before
    lab.ldap(
        "ldapmodify",
        ldif=dn + "add: userPassword\nuserPassword: mine-alone\n-\nreplace: sharedMailboxStatus\nsharedMailboxStatus: retired\n",
    )
    _, findings = look()
    assert {finding["found"] for finding in findings if finding["id"] == "login-entry-differs"} == {"emaes: login", "retired"}
    assert [finding["found"] for finding in findings if finding["id"] == "password-of-its-own"] == ["a password"]
    assert "mine-alone" not in (repository.folder / "reports" / "audit.json").read_text()


def test_what_somebody_changed_on_exchange(repository: Repository, lab: Lab, exchange: Exchange, look: Look) -> None:
    repository.inventory = LAB_INVENTORY
    box = repository.declare(repository.name(), backend="exchange")
    repository.converge()
    exchange.run(
        "Set-Mailbox", Identity=box, ForwardingSmtpAddress="me@gmail.com", DisplayName="Other", ProhibitSendReceiveQuota="unlimited"
    )
    exchange.run("Add-MailboxPermission", Identity=box, User="emaes", AccessRights="FullAccess")
    exchange.run("Add-MailboxPermission", Identity=box, User=SID, AccessRights="FullAccess")
    exchange.run("Add-MailboxPermission", Identity=box, User="ajanssens", AccessRights="ChangePermission")
    exchange.run("Remove-MailboxPermission", Identity=box, User="bpeeters", AccessRights="FullAccess", Confirm=False)
    exchange.run("Remove-ADPermission", Identity=box, User="bpeeters", ExtendedRights="Send As", Confirm=False)
    before = everything(lab, box)
    fails, findings = look()
    assert told(findings) == {
        "member-extra": "UGENT\\emaes: FullAccess",
        "member-missing": None,
        "rights-differ": "ajanssens: ChangePermission; FullAccess",
        "send-as-differs": None,
        "quota-differs": "ProhibitSendReceiveQuota is unlimited, not 5120MB",
        "settings-differ": "DisplayName: Other",
        "forwarding-set": "property ForwardingSmtpAddress: forward to me@gmail.com",
        "orphan-grant": f"{SID}: FullAccess",
    }
    assert fails
    assert everything(lab, box) == before


def test_people_who_ended_or_left(repository: Repository, look: Look) -> None:
    box = repository.declare(repository.name(), members=["pvroeger", "hgast"], requested_by="cdevos")
    repository.converge()
    fails, findings = look()
    assert {finding["id"]: finding["message"] for finding in findings} == {
        "member-account-ended": "the member pvroeger has an account that has ended",
        "member-not-eligible": "the member hgast is neither staff nor student (affiliate)",
        "member-left-no-staff": "no member is an active staff member",
        "requester-left": "cdevos, who asked for the mailbox, is not an active staff member",
    }
    assert fails
    repository.declare(box, requested_by="cdevos")
    repository.converge()
    assert (look()[0], look(fail_on="warning")[0]) == (False, True)


def test_what_is_missing_or_not_ours_or_undeclared(repository: Repository, lab: Lab, exchange: Exchange, look: Look) -> None:
    repository.inventory = LAB_INVENTORY
    left, both = repository.declare(repository.name()), repository.declare(repository.name())
    repository.converge()
    (repository.folder / "mailboxes" / f"{left}.yml").unlink()
    exchange.run("New-Mailbox", Shared=True, Name=both, Alias=both)
    missing, theirs = repository.declare(repository.name()), repository.declare(repository.name())
    unmanaged, entry = repository.name(), repository.name()
    lab.admin().create(f'"user/{theirs}"')
    lab.admin().create(f'"user/{unmanaged}"')
    lab.ldap("ldapadd", ldif=f"dn: uid={entry},{MAILBOXES}\nobjectClass: sharedMailbox\nuid: {entry}\ncn: Theirs\nmail: {entry}@ugent.be\n")
    fails, findings = look()
    assert fails
    assert {(finding["id"], finding["mailbox"], finding["system"]) for finding in findings} == {
        ("marked-but-undeclared", left, "cyrus"),
        ("marked-but-undeclared", left, "directory"),
        ("on-both-systems", both, "exchange"),
        ("missing", missing, "cyrus"),
        ("missing", missing, "directory"),
        ("collides", theirs, "cyrus"),
        ("missing", theirs, "directory"),
        ("unmanaged", unmanaged, "cyrus"),
        ("unmanaged", entry, "directory"),
    }
    assert [lab.exists(f"user/{name}") for name in (left, both, missing, theirs, unmanaged)] == [True, True, False, True, True]


def test_how_a_mailbox_is_used(repository: Repository, audit: Audit, box: str) -> None:
    repository.converge()
    run, findings = audit(audit__nearly_full_percent=0, audit__unused_days=-1)
    assert (run.code, list(told(findings))) == (0, ["nearly-full", "unused"])


def test_a_server_that_gives_no_answer_is_said_and_nothing_is_missing_there(repository: Repository, look: Look, box: str) -> None:
    repository.converge()
    fails, findings = look({"cyrus": {"port": 1}})
    assert fails
    assert [(finding["id"], finding["system"]) for finding in findings] == [("server-unavailable", "cyrus")]
    assert "Connection refused" in findings[0]["message"]
    _, findings = look({"directory": {"uri": "ldap://127.0.0.1:1", "bind_password": "hunter2"}})
    assert [(finding["id"], finding["system"]) for finding in findings] == [("server-unavailable", "directory")]
    assert "hunter2" not in (repository.folder / "reports" / "audit.json").read_text()


def test_a_broken_declaration_does_not_keep_the_others_from_being_audited(repository: Repository, lab: Lab, audit: Audit, box: str) -> None:
    broken = repository.declare(repository.name())
    repository.converge()
    repository.declare(broken, members=["ajanssens"] * 2)
    lab.admin().setacl(f'"user/{box}"', "emaes", "lrs")
    run, findings = audit()
    assert run.code != 0
    assert [(finding["id"], finding["mailbox"], finding["line"]) for finding in findings] == [
        ("declaration-invalid", broken, 1),
        ("member-extra", box, 1),
    ]


def test_names_that_nothing_has_are_refused(audit: Audit, repository: Repository, box: str) -> None:
    run = repository.run("audit", only=["nobody"])
    assert run.code != 0
    assert "only= names nobody, which no declaration and no server has" in " ".join(run.output.split())


@pytest.mark.parametrize("backend", ["cyrus", "exchange"])
def test_whoever_else_has_a_declared_address_on_exchange_is_named(repository: Repository, control: Control, backend: str) -> None:
    """An address that the mailbox itself has on Exchange nobody else can have there."""
    repository.inventory = LAB_INVENTORY
    box = repository.declare(repository.name(), backend=backend)
    group = f"{box}-group"
    put_recipient(control.store, "MailUniversalDistributionGroup", group, f"{group}@ugent.be", f"{box}@ugent.be")
    assert repository.findings(box)["collides"] == f"the MailUniversalDistributionGroup {group}"
