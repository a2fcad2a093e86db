"""Who may manage the practice Exchange: a password that the lab's directory accepts, or a certificate of the lab's authority."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Collection

import ldap
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from ldap.dn import escape_dn_chars

CERTIFICATE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""The security profile as clients name it in their Authorization header [DSP0226 C.3.2]."""
USER_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
LIFETIME = 30.0
"""Seconds that a password which was accepted is not asked for again."""


class UnauthorizedError(Exception):
    """No valid credentials: HTTP 401."""


class ForbiddenError(Exception):
    """Somebody who may not manage Exchange: HTTP 403."""


class DirectoryUnavailableError(Exception):
    """Nobody can tell: HTTP 503."""


class Directory:
    """Asks slapd about passwords, by a bind over STARTTLS."""

    def __init__(self, uri: str, suffix: str, ca_file: str) -> None:
        self._uri = uri
        self._suffix = suffix
        self._ca_file = ca_file

    def connect(self) -> ldap.ldapobject.LDAPObject:
        connection = ldap.initialize(self._uri)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 5.0)
        connection.set_option(ldap.OPT_TIMEOUT, 10.0)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self._ca_file)
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.start_tls_s()
        return connection

    def accepts(self, login: str, password: str) -> bool:
        """Whether the service or the person with this login has this password. An empty one would be an anonymous bind."""
        if not login or not password or "\0" in login + password:
            return False
        try:
            return any(self._binds(f"uid={escape_dn_chars(login)},ou={unit},{self._suffix}", password) for unit in ("services", "people"))
        except ldap.LDAPError as error:
            raise DirectoryUnavailableError from error

    def _binds(self, dn: str, password: str) -> bool:
        connection = self.connect()
        try:
            connection.simple_bind_s(dn, password)
        except (ldap.INVALID_CREDENTIALS, ldap.INAPPROPRIATE_AUTH, ldap.INVALID_DN_SYNTAX, ldap.UNWILLING_TO_PERFORM):
            return False
        finally:
            connection.unbind_s()
        return True


class Authenticator:
    """The login name behind a request's Authorization header."""

    def __init__(
        self, accepts: Callable[[str, str], bool], administrators: Collection[str], domain: str = "ugent.be", netbios: str = "UGENT"
    ) -> None:
        self._accepts = accepts
        self._administrators = frozenset(administrators)
        self._domain = domain.lower()
        self._netbios = netbios.lower()
        self._key = secrets.token_bytes(32)
        self._accepted: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def login(self, authorization: str, certificate: bytes | None) -> str:
        """Who asks. Raises UnauthorizedError, ForbiddenError or DirectoryUnavailableError."""
        login = self._certificate_login(certificate) if authorization == CERTIFICATE else self._basic_login(authorization)
        if login not in self._administrators:
            raise ForbiddenError
        return login

    def _basic_login(self, authorization: str) -> str:
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise UnauthorizedError
        try:
            name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UnauthorizedError from error
        login = self._bare(name)
        if not colon or not login or not self._checked(login, password):
            raise UnauthorizedError
        return login

    def _checked(self, login: str, password: str) -> bool:
        digest = hmac.new(self._key, f"{login}\0{password}".encode(), hashlib.sha256).digest()
        now = time.monotonic()
        with self._lock:
            self._accepted = {known: until for known, until in self._accepted.items() if until > now}
            if digest in self._accepted:
                return True
        if not self._accepts(login, password):
            return False
        with self._lock:
            self._accepted[digest] = now + LIFETIME
        return True

    def _bare(self, name: str) -> str:
        r"""``exchange``, ``UGENT\exchange`` and ``exchange@ugent.be`` are one account; another domain's is none of ours."""
        domain, backslash, login = name.lower().rpartition("\\")
        if backslash:
            return login if domain == self._netbios else ""
        login, at, domain = name.lower().partition("@")
        return login if not at or domain == self._domain else ""

    def _certificate_login(self, certificate: bytes | None) -> str:
        """The account of a certificate that TLS has checked: by its user principal name, otherwise its common name."""
        if certificate is None:
            raise UnauthorizedError
        try:
            parsed = x509.load_der_x509_certificate(certificate)
            if not _is_for_clients(parsed):
                raise UnauthorizedError
            names = _principal_names(parsed) or _common_names(parsed)
        except ValueError as error:
            raise UnauthorizedError from error
        if len(names) != 1 or not (login := self._bare(names[0])):
            raise UnauthorizedError
        return login


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _principal_names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [_utf8_string(name.value) for name in names if isinstance(name, x509.OtherName) and name.type_id == USER_PRINCIPAL_NAME]


def _utf8_string(der: bytes) -> str:
    """A DER UTF8String of at most 127 bytes."""
    if len(der) < 2 or der[0] != 0x0C or der[1] != len(der) - 2:
        raise ValueError("not a short UTF8String")
    return der[2:].decode()


def _common_names(certificate: x509.Certificate) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
