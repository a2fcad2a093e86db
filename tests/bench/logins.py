"""Logins with a shared address, beside those with the own one, asked as Cyrus asks: through its saslauthd.

A shared login takes two servers and, for the last member, as many questions as there are members; the wish is at most twice the time of
the own login.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from .measuring import Comparison, Cost, cost_of, in_turn
from .practice import Practice, lab_directory

LAB = lab_directory()
NAME = "bench.logins"
BASE = "dc=ugent,dc=be"
DN = f"uid={NAME},ou=mailboxes,{BASE}"
MEMBERS = ("ajanssens", "bpeeters", "emaes")
AT_ONCE = (1, 16, 64)
LOGINS = 320


def is_let_in(login: str, password: str) -> bool:
    """One question to saslauthd: four counted strings; the answer begins with OK or NO."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(LAB / "run" / "sasl-cyrus" / "mux"))
        texts = [text.encode() for text in (login, password, "imap", "")]
        connection.sendall(b"".join(struct.pack("!H", len(text)) + text for text in texts))
        return connection.makefile("rb").read()[2:4] == b"OK"


def logins(login: str, password: str, at_once: int) -> Cost:
    """So many logins; each has to succeed."""
    count = LOGINS if at_once > 1 else LOGINS // 4
    answers: list[bool] = []

    def ask() -> None:
        with ThreadPoolExecutor(at_once) as pool:
            answers.extend(pool.map(lambda _: is_let_in(login, password), range(count)))

    cost = cost_of(ask)
    if not all(answers):
        raise SystemExit(f"{answers.count(False)} of {count} logins as {login} were refused")
    return cost


def ldap(command: str, *arguments: str, ldif: str = "") -> None:
    port = json.loads((LAB / "ports.json").read_text())["slapd"]
    password = (LAB / "secrets" / "directory_password").read_text().strip()
    bind = ["-x", "-ZZ", "-H", f"ldap://127.0.0.1:{port}", "-D", f"uid=postroom,ou=services,{BASE}", "-w", password]
    environment = {**os.environ, "LDAPTLS_CACERT": str(LAB / "tls" / "ca.pem")}
    subprocess.run([command, *bind, *arguments], input=ldif, text=True, env=environment, check=False, capture_output=True)


def comparisons(practice: Practice, pairs: int) -> Iterator[Comparison]:
    records = [f"dn: {DN}\nchangetype: add\nobjectClass: sharedMailbox\nuid: {NAME}\ncn: Practice\nmail: {NAME}@ugent.be\n"]
    records[0] += f"pwdPolicySubentry: cn=shared mailboxes,ou=policies,{BASE}\n"
    records += [f"dn: {DN}\nchangetype: modify\nadd: userPassword\nuserPassword: {{SASL}}{login}\n" for login in MEMBERS]
    ldap("ldapmodify", ldif="\n".join(records))
    try:
        for at_once in AT_ONCE:
            for number, login in ((1, MEMBERS[0]), (len(MEMBERS), MEMBERS[-1])):
                yield compared(number, login, at_once, pairs)
    finally:
        ldap("ldapdelete", DN)


def compared(number: int, login: str, at_once: int, pairs: int) -> Comparison:
    what = f"logins at a shared address, {at_once} at once, member {number} of {len(MEMBERS)}"
    return in_turn(
        what,
        lambda: logins(NAME, f"lab-{login}", at_once),
        "as many with the own login",
        lambda: logins(login, f"lab-{login}", at_once),
        pairs=pairs,
        wanted=2,
    )
