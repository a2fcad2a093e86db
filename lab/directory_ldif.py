"""The practice directory as LDIF: the tree, the service accounts and the people of ``people.yml``.

``python directory_ldif.py SUFFIX DOMAIN > directory.ldif``; the services' passwords are in ``LAB_PASSWORD_<SERVICE>``, in capitals,
with ``_`` for ``-``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

SERVICES = ("cyrus", "saslauthd", "postroom", "relay", "replica", "idm", "exchange", "exchange-admin")
LOCKS = {"pwdLockout": "TRUE", "pwdMaxFailure": "5", "pwdLockoutDuration": "10", "pwdFailureCountInterval": "3600"}
POLICIES = {
    "default": LOCKS,
    "shared mailboxes": {"pwdLockout": "FALSE"},
    "strict": {**LOCKS, "pwdInHistory": "3", "pwdMinAge": "3600"},
}
"""Password policies (slapo-ppolicy): people's, which is that of every entry that names no other; that of the entries of shared
mailboxes, which asks nothing of them; and one that refuses a second change within the hour."""
Entry = dict[str, str | list[str]]


def ssha(password: str) -> str:
    """A salted hash as OpenLDAP stores it."""
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def tree(suffix: str, domain: str) -> Iterator[Entry]:
    name = suffix.partition(",")[0].partition("=")[2]
    yield {"dn": suffix, "objectClass": ["dcObject", "organization"], "dc": name, "o": domain}
    for unit in ("people", "mailboxes", "services", "policies"):
        yield {"dn": f"ou={unit},{suffix}", "objectClass": "organizationalUnit", "ou": unit}


def policies(suffix: str) -> Iterator[Entry]:
    for name, settings in POLICIES.items():
        dn = f"cn={name},ou=policies,{suffix}"
        yield {"dn": dn, "objectClass": ["applicationProcess", "pwdPolicy"], "cn": name, "pwdAttribute": "userPassword", **settings}


def services(suffix: str) -> Iterator[Entry]:
    for uid in SERVICES:
        yield {
            "dn": f"uid={uid},ou=services,{suffix}",
            "objectClass": ["account", "simpleSecurityObject"],
            "uid": uid,
            "userPassword": ssha(os.environ[f"LAB_PASSWORD_{uid.upper().replace('-', '_')}"]),
        }


def people(suffix: str, domain: str) -> Iterator[Entry]:
    for person in yaml.safe_load((Path(__file__).parent / "people.yml").read_text())["people"]:
        uid, affiliation = person["uid"], person["affiliation"]
        entry: Entry = {
            "dn": f"uid={uid},ou=people,{suffix}",
            "objectClass": ["inetOrgPerson", "eduPerson"],
            "uid": uid,
            "cn": f"{person['given_name']} {person['surname']}",
            "givenName": person["given_name"],
            "sn": person["surname"],
            "mail": f"{uid}@{domain}",
            "eduPersonAffiliation": [affiliation, "member"] if affiliation in ("staff", "student") else affiliation,
        }
        if affiliation != "alum":
            entry["userPassword"] = ssha(f"lab-{uid}")
        yield entry


def as_ldif(entry: Entry) -> str:
    lines = []
    for name, values in entry.items():
        for value in [values] if isinstance(values, str) else values:
            lines.append(f"{name}:: {base64.b64encode(value.encode()).decode()}")
    return "\n".join(lines) + "\n"


def main() -> int:
    suffix, domain = sys.argv[1:]
    entries = (*tree(suffix, domain), *policies(suffix), *services(suffix), *people(suffix, domain))
    sys.stdout.write("\n".join(map(as_ldif, entries)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
