"""What members may do with folders, by the own login and by the shared one; and how what they took is found."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from .conftest import Lab, Repository, cyrus_with

MESSAGE = b"Subject: ours\r\n\r\nhello\r\n"
WITH_RENAME = "lrswipkxte"


@pytest.fixture
def box(repository: Repository, lab: Lab) -> str:
    """A mailbox in which a folder has a message, and one below it."""
    name = repository.declare(repository.name())
    repository.apply()
    owner = lab.imap(name, "lab-ajanssens")
    for folder in ("Work", "Work/Deep"):
        assert owner.create(folder)[0] == "OK"
    assert owner.append("Work", None, None, MESSAGE)[0] == "OK"
    owner.logout()
    return name


@pytest.fixture
def taken(lab: Lab, box: str) -> Iterator[str]:
    """The name of a folder in bpeeters' own mailbox that is not there yet, and is gone afterwards."""
    name = f"Mine{box}"
    yield name
    admin = lab.admin()
    admin.deleteacl('"user/bpeeters"', box)
    for path in (f"user/bpeeters/{name}/Deep", f"user/bpeeters/{name}"):
        if lab.exists(path):
            admin.setacl(f'"{path}"', "cyrus", "lrswipkxtea")
            assert admin.delete(f'"{path}"')[0] == "OK"


@pytest.mark.parametrize("folder", ["", "/Work", "/Work/Deep", "/Sent"])
def test_a_member_takes_no_folder_into_the_own_mailbox(lab: Lab, box: str, taken: str, folder: str) -> None:
    member = lab.imap("bpeeters", "lab-bpeeters")
    assert member.rename(f'"Other Users/{box}{folder}"', f'"{taken}"') == ("NO", [b"Permission denied"])
    assert not lab.exists(f"user/bpeeters/{taken}")
    assert lab.exists(f"user/{box}{folder}")


def test_a_member_files_makes_folders_and_deletes_mail_by_the_own_login(lab: Lab, box: str, taken: str) -> None:
    """Folders are renamed and deleted by the shared login alone; one that a member made is no exception."""
    member = lab.imap("bpeeters", "lab-bpeeters")
    shared = f"Other Users/{box}"
    assert member.create(f'"{shared}/New"')[0] == "OK"
    assert member.select(f'"{shared}/Work"')[0] == "OK"
    assert member.copy("1", f'"{shared}/New"')[0] == "OK"
    assert member.store("1", "+FLAGS", "(\\Deleted $label1)")[0] == "OK"
    assert member.expunge() == ("OK", [b"1"])
    assert member.select(f'"{shared}/New"')[1] == [b"1"]
    for refused in (
        member.rename(f'"{shared}/New"', f'"{shared}/Other"'),
        member.rename(f'"{shared}/New"', f'"{taken}"'),
        member.delete(f'"{shared}/Work/Deep"'),
        member.delete(f'"{shared}"'),
    ):
        assert refused == ("NO", [b"Permission denied"])
    assert member.setacl(f'"{shared}/New"', "bpeeters", WITH_RENAME)[0] == "NO"


def test_the_shared_login_renames_and_deletes_folders(lab: Lab, box: str, taken: str) -> None:
    owner = lab.imap(box, "lab-bpeeters")
    assert lab.imap("ajanssens", "lab-ajanssens").create(f'"Other Users/{box}/New"')[0] == "OK"
    assert owner.rename("New", "Work/Renamed")[0] == "OK"
    assert owner.delete("Work/Renamed")[0] == "OK"
    assert owner.rename("Work", f'"Other Users/bpeeters/{taken}"')[0] == "NO"
    assert (lab.exists(f"user/{box}/Work/Deep"), lab.exists(f"user/{box}/Work/Renamed")) == (True, False)


def test_a_mailbox_of_before_loses_the_right_on_every_folder(repository: Repository, lab: Lab, box: str, taken: str) -> None:
    admin = lab.admin()
    for folder in ("", "/Archive", "/Drafts", "/Junk", "/Sent", "/Trash", "/Work", "/Work/Deep"):
        admin.setacl(f'"user/{box}{folder}"', "bpeeters", WITH_RENAME)
    member = lab.imap("bpeeters", "lab-bpeeters")
    assert member.rename(f'"Other Users/{box}/Work"', f'"{taken}"')[0] == "OK"
    admin.rename(f'"user/bpeeters/{taken}"', f'"user/{box}/Work"')
    assert repository.run("plan").details(box, "cyrus") == {"rights of bpeeters": (WITH_RENAME, "lrswipkte")}
    assert repository.findings(box) == {"rights-differ": f"bpeeters: {WITH_RENAME}"}
    repository.apply()
    assert member.rename(f'"Other Users/{box}/Work"', f'"{taken}"')[0] == "NO"
    assert repository.apply().changed == 0


def test_what_was_taken_on_purpose_is_found_the_same_night(repository: Repository, lab: Lab, box: str, taken: str) -> None:
    """Rights do not prevent it: a member opens the own mailbox for the shared login, and renames as that one."""
    member = lab.imap("bpeeters", "lab-bpeeters")
    assert member.setacl("INBOX", box, WITH_RENAME)[0] == "OK"
    assert repository.findings(box) == {}
    owner = lab.imap(box, "lab-bpeeters")
    assert owner.rename("Work", f'"Other Users/bpeeters/{taken}"')[0] == "OK"
    assert repository.findings(box) == {"folder-taken": f"user/bpeeters: {taken}, {taken}/Deep"}
    assert lab.admin().rename(f'"user/bpeeters/{taken}"', f'"user/{box}/Work"')[0] == "OK"
    assert repository.findings(box) == {}


@contextmanager
def cyrus_set_to(lab: Lab, change: Callable[[str], str]) -> Iterator[None]:
    """The server with another imapd.conf, and as before afterwards."""
    settings = lab.directory / "cyrus" / "imapd.conf"
    before = settings.read_text()
    services = [sys.executable, "lab/services.py", "start", str(lab.directory)]
    settings.write_text(change(before))
    try:
        subprocess.run(services, check=True, capture_output=True)
        yield
    finally:
        settings.write_text(before)
        subprocess.run(services, check=True, capture_output=True)


def test_an_owner_who_can_give_access_is_found_and_put_right(repository: Repository, lab: Lab, box: str) -> None:
    """Cyrus writes these rights into the ACL whenever one is set, so they stay when the setting goes."""
    with cyrus_set_to(lab, lambda text: re.sub("implicit_owner_rights: .*", "implicit_owner_rights: lkxan", text)):
        assert repository.findings(box) == {"owner-can-grant": "lkxan"}
        repository.run("audit", **cyrus_with(host_tools=None))
        assert "owner-can-grant" in (repository.folder / "reports" / "audit.json").read_text()
        assert lab.admin().setacl(f'"user/{box}"', box, WITH_RENAME)[0] == "OK"
        assert repository.run("plan").details(box, "cyrus") == {}
    owner = lab.imap(box, "lab-ajanssens")
    assert owner.setacl("INBOX", "cdevos", "lrs")[0] == "OK"
    for way in ({}, {"host_tools": None}, {"implicit_owner_rights": "lkxan"}):
        details = repository.run("plan", **cyrus_with(**way)).details(box, "cyrus")
        assert details[f"rights of {box} on INBOX"] == ("lrswipkxtea", "lrswipkxte")
    assert repository.findings(box).keys() == {"rights-differ", "member-extra"}
    assert details == {
        f"rights of {box} on INBOX": ("lrswipkxtea", "lrswipkxte"),
        "rights of cdevos on INBOX": ("lrs", None),
    }
    repository.apply()
    assert owner.setacl("INBOX", "cdevos", "lrs")[0] == "NO"
    assert repository.findings(box) == {}
