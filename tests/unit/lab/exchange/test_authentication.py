"""Whose password or certificate it is, and whether that account may manage."""

from __future__ import annotations

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.exchange.authentication import CERTIFICATE, USER_PRINCIPAL_NAME, Authenticator, ForbiddenError, UnauthorizedError


@pytest.fixture
def asked() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def authenticator(asked: list[tuple[str, str]]) -> Authenticator:
    def accepts(login: str, password: str) -> bool:
        asked.append((login, password))
        return password == f"secret:{login}"

    return Authenticator(accepts, {"exchange"})


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize("name", ["exchange", "Exchange", "UGENT\\exchange", "exchange@UGent.be"])
def test_every_form_of_the_login_is_one_account(authenticator: Authenticator, name: str) -> None:
    assert authenticator.login(basic(name, "secret:exchange"), None) == "exchange"


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic %%%", "Basic " + base64.b64encode(b"exchange").decode(), "Bearer x", basic("exchange", "wrong"),
     basic("OTHER\\exchange", "secret:exchange"), basic("exchange@elsewhere.be", "secret:exchange"), basic("", "secret:"), CERTIFICATE],
)  # fmt: skip
def test_what_proves_nothing_is_unauthorised(authenticator: Authenticator, header: str) -> None:
    with pytest.raises(UnauthorizedError):
        authenticator.login(header, None)


def test_who_is_no_administrator_is_forbidden(authenticator: Authenticator) -> None:
    with pytest.raises(ForbiddenError):
        authenticator.login(basic("anna", "secret:anna"), None)


def test_the_directory_is_asked_again_only_after_a_refusal(authenticator: Authenticator, asked: list[tuple[str, str]]) -> None:
    for password in ("secret:exchange", "secret:exchange", "wrong", "wrong"):
        with pytest.raises(UnauthorizedError) if password == "wrong" else pytest.MonkeyPatch.context():
            authenticator.login(basic("exchange", password), None)
    assert [password for _, password in asked] == ["secret:exchange", "wrong", "wrong"]


def certificate(common_name: str, principal: str = "", usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(1))
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if principal:
        other = x509.OtherName(USER_PRINCIPAL_NAME, bytes([12, len(principal)]) + principal.encode())
        builder = builder.add_extension(x509.SubjectAlternativeName([other]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(("common_name", "principal"), [("exchange", ""), ("anybody", "exchange@ugent.be"), ("UGENT\\exchange", "")])
def test_a_certificate_names_its_account(authenticator: Authenticator, common_name: str, principal: str) -> None:
    assert authenticator.login(CERTIFICATE, certificate(common_name, principal)) == "exchange"


@pytest.mark.parametrize(
    "wrong", [certificate("exchange", usage=ExtendedKeyUsageOID.SERVER_AUTH), certificate("exchange", "exchange@b.be"), b"no"]
)
def test_a_certificate_for_something_else_is_unauthorised(authenticator: Authenticator, wrong: bytes) -> None:
    with pytest.raises(UnauthorizedError):
        authenticator.login(CERTIFICATE, wrong)


def test_a_certificates_principal_goes_before_its_common_name(authenticator: Authenticator) -> None:
    with pytest.raises(ForbiddenError):
        authenticator.login(CERTIFICATE, certificate("exchange", "anna@ugent.be"))
