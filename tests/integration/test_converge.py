"""The rhythm of every backend test, for Cyrus and the directory: through the playbooks first, then through the modules."""

from __future__ import annotations

import pytest

from .conftest import Lab, Repository

DAILY = "lrswipktecd"
FOLDERS = ["", "/Archive", "/Drafts", "/Junk", "/Sent", "/Trash"]


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.declare(repository.name())


def test_check_mode_plans_and_leaves_the_servers_alone(repository: Repository, lab: Lab, box: str) -> None:
    run = repository.apply("--check", "--diff")
    assert run.plan["summary"] == {"create": 1, "update": 0, "retire": 0, "unchanged": 0}
    assert "+quota_kib: 5242880" in run.output
    assert not lab.exists(f"user/{box}")
    assert lab.entry(box) == ""


def test_apply_makes_the_mailbox_and_a_second_apply_changes_nothing(repository: Repository, lab: Lab, box: str) -> None:
    planned = repository.run("plan")
    applied = repository.apply()
    assert applied.plan["digest"] == planned.plan["digest"]
    assert lab.admin().getquota(f'"user/{box}"')[1][0].decode().endswith("(STORAGE 0 5242880)")
    for folder in FOLDERS:
        acl = lab.acl(f"user/{box}{folder}")
        assert acl.keys() == {box, "ajanssens", "bpeeters"}
        assert (acl["ajanssens"], acl["bpeeters"]) == (DAILY, DAILY)
    entry = lab.entry(box)
    assert f"mail: {box.capitalize()}@UGent.be" in entry
    assert entry.count("owner: uid=") == 2
    assert repository.apply().changed == 0


def test_members_log_in_both_ways_and_others_do_not(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    assert [lab.lets_in(f"{box.upper()}@UGent.be", person) for person in ("ajanssens", "bpeeters", "cdevos")] == [True, True, False]
    assert b"Sent" in b"".join(lab.imap("bpeeters", "lab-bpeeters").list('""', f'"Other Users/{box}/*"')[1])
    assert lab.imap("cdevos", "lab-cdevos").list('""', f'"Other Users/{box}*"')[1] == [None]


def test_the_owner_sees_special_uses(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    session = lab.imap(f"{box}@ugent.be", "lab-ajanssens")
    session._simple_command("LIST", '""', '"*"', "RETURN", "(SPECIAL-USE)")
    seen = b" ".join(session.untagged_responses["LIST"])
    for use in (b"\\Sent", b"\\Drafts", b"\\Trash", b"\\Junk", b"\\Archive"):
        assert use in seen


def test_what_somebody_changed_on_cyrus_is_planned_and_restored(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    admin = lab.admin()
    admin.setacl(f'"user/{box}"', "cdevos", "lrs")
    admin.deleteacl(f'"user/{box}/Sent"', "bpeeters")
    admin.setacl(f'"user/{box}/Junk"', "ajanssens", "lr")
    admin.setquota(f'"user/{box}"', "(STORAGE 100)")
    owner = lab.imap(f"{box}@ugent.be", "lab-ajanssens")
    owner.xatom("SETMETADATA", '"Drafts"', "(/private/specialuse NIL)")
    owner.xatom("SETMETADATA", '"Trash"', "(/private/specialuse NIL)")
    assert owner.delete("Trash")[0] == "OK"
    details = repository.planned().details(box, "cyrus")
    assert details == {
        "rights of cdevos on INBOX": ("lrs", None),
        "rights of bpeeters on Sent": (None, "lrswipkte"),
        "rights of ajanssens on Junk": ("lr", "lrswipkte"),
        "quota_kib": (100, 5242880),
        "special use of Drafts": (None, "\\Drafts"),
        "folder Trash": (None, "\\Trash"),
    }
    repository.converge()
    assert "cdevos" not in lab.acl(f"user/{box}")
    assert lab.acl(f"user/{box}/Sent")["bpeeters"] == DAILY
    assert repository.converge().changed == 0


def test_what_somebody_changed_in_the_directory_is_planned_and_restored(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    dn = f"dn: uid={box},ou=mailboxes,dc=ugent,dc=be\nchangetype: modify\n"
    lab.ldap("ldapmodify", ldif=dn + "add: userPassword\nuserPassword: {SASL}cdevos\n-\nreplace: cn\ncn: Other\n-\ndelete: owner\n")
    assert lab.lets_in(box, "cdevos")
    details = repository.planned().details(box, "directory")
    assert details["login"] == ("ajanssens; bpeeters; cdevos", "ajanssens; bpeeters")
    assert details["cn"] == ("Other", "Practice")
    assert details["owner"][0] is None
    repository.converge()
    assert not lab.lets_in(box, "cdevos")
    assert lab.entry(box).count("owner: uid=") == 2
    assert repository.converge().changed == 0


def test_a_folder_that_members_made_opens_for_new_members(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    lab.imap("bpeeters", "lab-bpeeters").create(f'"Other Users/{box}/Year &- 2026 &AOk-"')
    repository.declare(box, members=["ajanssens", "cdevos"])
    run = repository.converge()
    assert run.details(box, "cyrus") == {"rights of bpeeters": ("lrswipkte", None), "rights of cdevos": (None, "lrswipkte")}
    assert lab.acl(f"user/{box}/Year &- 2026 &AOk-").keys() == {box, "ajanssens", "cdevos"}


def test_removing_a_member_shuts_both_ways_in_at_once(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    assert lab.lets_in(box, "bpeeters")
    repository.declare(box, members=["ajanssens"])
    repository.converge()
    assert not lab.lets_in(box, "bpeeters")
    assert lab.imap("bpeeters", "lab-bpeeters").list('""', f'"Other Users/{box}*"')[1] == [None]
    assert lab.lets_in(box, "ajanssens")


def test_retired_and_present_again_with_the_mail_intact(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    lab.imap(box, "lab-ajanssens").append("INBOX", None, None, b"Subject: kept\r\n\r\nhello\r\n")
    repository.declare(box, state="retired")
    run = repository.apply()
    assert run.plan["summary"] == {"create": 0, "update": 0, "retire": 1, "unchanged": 0}
    assert not lab.lets_in(box, "ajanssens")
    assert lab.acl(f"user/{box}").keys() == {box}
    assert lab.exists(f"user/{box}/Sent")
    assert repository.converge().changed == 0
    repository.declare(box)
    repository.converge()
    session = lab.imap(box, "lab-ajanssens")
    assert session.select("INBOX")[1] == [b"1"]
    assert repository.converge().changed == 0


def test_without_host_tools_reading_by_imap_sees_the_same(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge(cyrus={"host_tools": None})
    lab.admin().setacl(f'"user/{box}/Sent"', "cdevos", "lrs")
    assert repository.planned(cyrus={"host_tools": None}).details(box, "cyrus") == {"rights of cdevos on Sent": ("lrs", None)}
    repository.converge(cyrus={"host_tools": None})
    assert repository.converge(cyrus={"host_tools": None}).changed == 0


def test_the_shared_login_does_all_daily_work_and_no_administration(repository: Repository, lab: Lab, box: str) -> None:
    repository.converge()
    owner = lab.imap(box, "lab-bpeeters")
    assert owner.create("Work")[0] == "OK"
    assert owner.append("Work", None, None, b"Subject: x\r\n\r\nhello\r\n")[0] == "OK"
    assert owner.select("Work")[0] == "OK"
    assert owner.store("1", "+FLAGS", "\\Deleted")[0] == "OK"
    assert owner.expunge()[0] == "OK"
    assert owner.setacl("INBOX", "cdevos", "lrs")[0] == "NO"
    lab.admin().setacl(f'"user/{box}"', box, "lrswipkxtea")
    assert owner.setacl("INBOX", "cdevos", "lrs")[0] == "OK"
    assert repository.planned().details(box, "cyrus") == {
        f"rights of {box} on INBOX": ("lrswipkxtea", "lrswipkxte"),
        "rights of cdevos on INBOX": ("lrs", None),
    }
    repository.converge()
    assert owner.setacl("INBOX", "cdevos", "lrs")[0] == "NO"
