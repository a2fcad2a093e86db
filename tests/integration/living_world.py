"""Shared mailboxes that live without Postroom: made by the servers' own tools, as administrators made them for years."""

from __future__ import annotations

import imaplib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .conftest import MAILBOXES, POLICY, Lab
from .exchange import Exchange

FOLDERS = ("Archive", "Drafts", "Junk", "Sent", "Trash")
RIGHTS = "lrswipkte"
OWNERS_RIGHTS = "lrswipkxte"
GB = 1024 * 1024
WINDOW = 100
"""Commands under way at once: the server's answers have to fit into the connection's buffers."""


@dataclass
class Living:
    """One mailbox as it lives. ``acl`` has further rights on Cyrus, by identifier."""

    name: str
    backend: str
    members: list[str]
    quota_gb: int = 5
    address: str = ""
    display_name: str = "Practice"
    purpose: str = "Questions of students"
    acl: dict[str, str] = field(default_factory=dict)
    has_entry: bool = True

    def __post_init__(self) -> None:
        self.address = self.address or f"{self.name.capitalize()}@UGent.be"


def make(lab: Lab, world: Iterable[Living]) -> None:
    world = list(world)
    pipelined(lab.admin(), (command for one in world if one.backend == "cyrus" for command in _cyrus_commands(one)))
    with lab.exchange() as exchange:
        for one in world:
            if one.backend == "exchange":
                _make_on_exchange(exchange, one)
    lab.ldap("ldapadd", ldif="\n".join(_entry(one) for one in world if one.has_entry))


def forget(lab: Lab, world: Iterable[Living]) -> None:
    world = list(world)
    admin = lab.admin()
    on_cyrus = [one.name for one in world if one.backend == "cyrus"]
    pipelined(admin, (f'SETACL "user/{name}" cyrus lrswipkxtea' for name in on_cyrus))
    pipelined(admin, (f'DELETE "user/{name}"' for name in on_cyrus))
    lab.ldap("ldapdelete", "-c", ldif="".join(f"uid={one.name},{MAILBOXES}\n" for one in world if one.has_entry))
    with lab.exchange() as exchange:
        for one in world:
            if one.backend == "exchange":
                exchange.run("Remove-Mailbox", Identity=one.address, Confirm=False)


def pipelined(session: imaplib.IMAP4, commands: Iterable[str]) -> list[bytes]:
    """Send commands without waiting for each answer. Gives the untagged replies; a refused command fails the test."""
    waiting, replies = list(commands), []
    for start in range(0, len(waiting), WINDOW):
        window = waiting[start : start + WINDOW]
        session.send(b"".join(b"W%d %s\r\n" % (number, command.encode()) for number, command in enumerate(window)))
        done = 0
        while done < len(window):
            line = session.readline()
            if line.startswith(b"W"):
                assert line.split()[1] == b"OK", (window[done], line)
                done += 1
            else:
                replies.append(line)
    return replies


def _cyrus_commands(one: Living) -> list[str]:
    """New folders take their ACL from the mailbox."""
    path = f"user/{one.name}"
    acl = {one.name: OWNERS_RIGHTS, **dict.fromkeys(one.members, RIGHTS), **one.acl}
    commands = [f'CREATE "{path}"', *(f'SETACL "{path}" "{who}" {rights}' for who, rights in acl.items())]
    commands += [f'CREATE "{path}/{folder}" (USE (\\{folder}))' for folder in FOLDERS]
    return [*commands, f'SETQUOTA "{path}" (STORAGE {one.quota_gb * GB})']


def _make_on_exchange(exchange: Exchange, one: Living) -> None:
    exchange.run(
        "New-Mailbox", Shared=True, Name=one.name, Alias=one.name, DisplayName=one.display_name, PrimarySmtpAddress=one.address,
        UserPrincipalName=one.address.lower(), SamAccountName=one.name[:20], OrganizationalUnit="ugent.be/SharedMailboxes",
    )  # fmt: skip
    settings: dict[str, Any] = {"UseDatabaseQuotaDefaults": False, "EmailAddressPolicyEnabled": False}
    settings |= {"MessageCopyForSentAsEnabled": True, "MessageCopyForSendOnBehalfEnabled": True}
    quotas = {"IssueWarningQuota": 90, "ProhibitSendQuota": 95, "ProhibitSendReceiveQuota": 100}
    settings |= {quota: f"{one.quota_gb * 1024 * percent // 100}MB" for quota, percent in quotas.items()}
    exchange.run("Set-Mailbox", Identity=one.name, **settings)
    for login in one.members:
        exchange.run("Add-MailboxPermission", Identity=one.name, User=login, AccessRights="FullAccess", InheritanceType="All")
        exchange.run("Add-ADPermission", Identity=one.name, User=login, ExtendedRights="Send As")


def _entry(one: Living) -> str:
    lines = [
        f"dn: uid={one.name},{MAILBOXES}",
        "changetype: add",
        "objectClass: sharedMailbox",
        f"uid: {one.name}",
        f"cn: {one.display_name}",
    ]
    lines += [f"mail: {one.address}", f"description: {one.purpose}", f"sharedMailboxBackend: {one.backend}", "sharedMailboxStatus: active"]
    lines += [f"owner: uid={login},ou=people,dc=ugent,dc=be" for login in one.members]
    lines += [f"pwdPolicySubentry: {POLICY}", ""]
    return "\n".join([*lines, *(passwords(one.name, one.members) if one.backend == "cyrus" else [])])


def passwords(name: str, members: Iterable[str]) -> Iterator[str]:
    """LDIF that adds the members' passwords, one at a time: the directory's password policy takes no more in a request."""
    for login in members:
        yield f"dn: uid={name},{MAILBOXES}\nchangetype: modify\nadd: userPassword\nuserPassword: {{SASL}}{login}\n"
