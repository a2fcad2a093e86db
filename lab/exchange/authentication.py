"""Who is it: Basic against the practice directory (RFC 7617), or a client certificate of the practice authority."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ldap
import ldap.dn

MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What a client says that means to be known by its certificate (DSP0226, annex C.3.3)."""
REMEMBERED = 60.0
"""Seconds for which a password that was right is not asked of the directory again."""


@dataclass(slots=True)
class Authenticator:
    """``bases`` are where accounts are looked for, as ``uid=<login>,<base>``. Certificates name the login as their common name."""

    uri: str
    ca_file: str
    bases: tuple[str, ...]
    _right: dict[bytes, float] = field(default_factory=dict)

    def login(self, authorization: str, certificate: Mapping[str, Any] | None) -> str | None:
        """The login name of who sent the header, or None when nobody is known by it."""
        if authorization == MUTUAL:
            return _common_name(certificate) if certificate else None
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            return None
        name = user.rpartition("\\")[2].partition("@")[0].lower()
        return name if colon and password and self._is_right(name, password) else None

    def _is_right(self, name: str, password: str) -> bool:
        key = hashlib.sha256(f"{name}\0{password}".encode()).digest()
        if time.monotonic() - self._right.get(key, float("-inf")) < REMEMBERED:
            return True
        if not any(self._binds(f"uid={ldap.dn.escape_dn_chars(name)},{base}", password) for base in self.bases):
            return False
        self._right[key] = time.monotonic()
        return True

    def _binds(self, dn: str, password: str) -> bool:
        connection = connect(self.uri, self.ca_file)
        try:
            connection.simple_bind_s(dn, password)
        except ldap.LDAPError:
            return False
        finally:
            connection.unbind_s()
        return True


def connect(uri: str, ca_file: str) -> Any:
    """A connection with TLS begun. Raises ldap.LDAPError."""
    connection = ldap.initialize(uri)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, ca_file)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.start_tls_s()
    return connection


def _common_name(certificate: Mapping[str, Any]) -> str | None:
    names = [value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"]
    return names[0].lower() if names else None
