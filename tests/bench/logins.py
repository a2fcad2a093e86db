"""Logins a second, with the own address and with a shared one, asked as Cyrus asks: through its saslauthd. ``make bench``.

A shared login takes two servers and, for the last member, as many questions as there are members; the wish is at least half the rate of
the own login.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LAB = Path(os.environ.get("POSTROOM_LAB_DIR") or Path(__file__).parents[2] / ".lab").resolve()
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


def rate(login: str, password: str, at_once: int) -> float:
    """Logins a second; each has to succeed."""
    count = max(40, LOGINS if at_once > 1 else LOGINS // 4)
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(lambda _: is_let_in(login, password), range(count)))
    if not all(answers):
        raise SystemExit(f"{answers.count(False)} of {count} logins as {login} were refused")
    return count / (time.perf_counter() - start)


def ldap(command: str, *arguments: str, ldif: str = "") -> None:
    port = json.loads((LAB / "ports.json").read_text())["slapd"]
    password = (LAB / "secrets" / "directory_password").read_text().strip()
    bind = ["-x", "-ZZ", "-H", f"ldap://127.0.0.1:{port}", "-D", f"uid=postroom,ou=services,{BASE}", "-w", password]
    environment = {**os.environ, "LDAPTLS_CACERT": str(LAB / "tls" / "ca.pem")}
    subprocess.run([command, *bind, *arguments], input=ldif, text=True, env=environment, check=False, capture_output=True)


def main() -> None:
    records = [f"dn: {DN}\nchangetype: add\nobjectClass: sharedMailbox\nuid: {NAME}\ncn: Practice\nmail: {NAME}@ugent.be\n"]
    records[0] += f"pwdPolicySubentry: cn=shared mailboxes,ou=policies,{BASE}\n"
    records += [f"dn: {DN}\nchangetype: modify\nadd: userPassword\nuserPassword: {{SASL}}{login}\n" for login in MEMBERS]
    ldap("ldapmodify", ldif="\n".join(records))
    try:
        for at_once in AT_ONCE:
            own = rate(MEMBERS[-1], f"lab-{MEMBERS[-1]}", at_once)
            for number, login in ((1, MEMBERS[0]), (len(MEMBERS), MEMBERS[-1])):
                shared = rate(NAME, f"lab-{login}", at_once)
                what = f"{at_once} at once: member {number} of {len(MEMBERS)} at the shared address {shared:.0f} a second"
                print(f"{what}; own login {own:.0f}; ratio {shared / own:.2f} (at least 0.5)", flush=True)
    finally:
        ldap("ldapdelete", DN)


if __name__ == "__main__":
    main()
