"""The practice organisation: server, databases, organisational units, and the security principals that every domain has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.exchange.cmdlets.view import DOMAIN_SID

if TYPE_CHECKING:
    from lab.exchange.store import Store

SERVER = "EX01"
VERSION = "Version 15.2 (Build 1544.4)"
DATABASES = ("DB01", "DB02")
UNITS = ("People", "SharedMailboxes")
GIB = 2**30
DATABASE_QUOTAS = {"IssueWarningQuota": 19 * GIB // 10, "ProhibitSendQuota": 2 * GIB, "ProhibitSendReceiveQuota": 23 * GIB // 10}

SELF = "S-1-5-10"
SYSTEM = "S-1-5-18"
NETWORK_SERVICE = "S-1-5-20"
ADMINISTRATOR = f"{DOMAIN_SID}-500"
DOMAIN_ADMINS = f"{DOMAIN_SID}-512"
ENTERPRISE_ADMINS = f"{DOMAIN_SID}-519"
ORGANIZATION_MANAGEMENT = f"{DOMAIN_SID}-1001"
EXCHANGE_SERVERS = f"{DOMAIN_SID}-1002"
EXCHANGE_TRUSTED_SUBSYSTEM = f"{DOMAIN_SID}-1003"

AUTHORITY_NAMES = {SELF: "NT AUTHORITY\\SELF", SYSTEM: "NT AUTHORITY\\SYSTEM", NETWORK_SERVICE: "NT AUTHORITY\\NETWORK SERVICE"}
LOCALISED = {
    "fr": {SELF: "AUTORITE NT\\SELF", SYSTEM: "AUTORITE NT\\Système", NETWORK_SERVICE: "AUTORITE NT\\SERVICE RÉSEAU"},
    "de": {SELF: "NT-AUTORITÄT\\SELBST", SYSTEM: "NT-AUTORITÄT\\SYSTEM", NETWORK_SERVICE: "NT-AUTORITÄT\\NETZWERKDIENST"},
}
"""The language is that of the server's Windows; in others they are as in English here."""
DOMAIN_NAMES = {
    ADMINISTRATOR: "Administrator",
    DOMAIN_ADMINS: "Domain Admins",
    ENTERPRISE_ADMINS: "Enterprise Admins",
    ORGANIZATION_MANAGEMENT: "Organization Management",
    EXCHANGE_SERVERS: "Exchange Servers",
    EXCHANGE_TRUSTED_SUBSYSTEM: "Exchange Trusted Subsystem",
}


def well_known_name(sid: str, netbios: str, language: str = "en") -> str | None:
    if sid in DOMAIN_NAMES:
        return f"{netbios}\\{DOMAIN_NAMES[sid]}"
    return LOCALISED.get(language, AUTHORITY_NAMES).get(sid)


def well_known_sid(name: str, netbios: str, language: str = "en") -> str | None:
    """The principal with this name, with or without its domain."""
    wanted = name.lower()
    for sid in (*AUTHORITY_NAMES, *DOMAIN_NAMES):
        full = (well_known_name(sid, netbios, language) or "").lower()
        if wanted in (full, sid.lower()) or (sid in DOMAIN_NAMES and wanted == full.partition("\\")[2]):
            return sid
    return None


def unit_dn(text: str, store: Store) -> str | None:
    """The distinguished name of an organisational unit given by distinguished name, canonical name or name."""
    wanted = text.strip().rstrip("/").lower()
    for unit in UNITS:
        dn = f"OU={unit},{store.base_dn}"
        if wanted in (dn.lower(), f"{store.domain}/{unit}".lower(), unit.lower()):
            return dn
    return None


def database_name(text: str) -> str | None:
    """The database with this name, or ``SERVER\\name``."""
    wanted = text.lower().removeprefix(f"{SERVER}\\".lower())
    return next((name for name in DATABASES if name.lower() == wanted), None)
