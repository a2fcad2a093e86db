"""What Exchange and Active Directory demand of a mailbox's names and addresses."""

from __future__ import annotations

import re

from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.mailbox_shape import identity
from lab.exchange.cmdlets.view import State, View, canonical_name, distinguished_name

# Documented for New-Mailbox and Set-Mailbox.
LENGTHS = {"Name": 64, "Alias": 64, "DisplayName": 256, "SamAccountName": 20, "FirstName": 64, "LastName": 64, "SimpleDisplayName": 256,
           "UserPrincipalName": 1024, "MailTip": 175}  # fmt: skip
_CUSTOM_ATTRIBUTE_LENGTH = 1024
_ALIAS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NOT_IN_SAM = re.compile(r'["/\\\[\]:;|=,+*?<>@\x00-\x1f]')


def invalid(name: str, value: str, why: str) -> CmdletError:
    return CmdletError("DataValidationException", f'The value "{value}" of property "{name}" is invalid. {why}', "InvalidData")


def check_lengths(state: State) -> None:
    if not state["Name"] or state["Name"] != state["Name"].strip():
        raise invalid("Name", state["Name"], "The property value cannot be empty, and cannot begin or end with a space.")
    for name, value in state.items():
        limit = _CUSTOM_ATTRIBUTE_LENGTH if name.startswith("CustomAttribute") else LENGTHS.get(name)
        if limit is None or not isinstance(value, str):
            continue
        if len(value) > limit:
            message = f"The maximum length is {limit} and the length of the value provided is {len(value)}."
            raise CmdletError(
                "DataValidationException", f'Property expression "{value}" isn\'t valid: {name} is too long. {message}', "InvalidData"
            )
        if any(ord(character) < 32 for character in value):
            raise invalid(name, value, "It contains control characters.")


def check_alias(alias: str) -> None:
    if not _ALIAS.fullmatch(alias):
        raise CmdletError(
            "DataValidationException",
            f'Property expression "{alias}" isn\'t valid. Valid values are: Strings formed with characters from A to Z (uppercase or '
            "lowercase), digits from 0 to 9, !, #, $, %, &, ', *, +, -, /, =, ?, ^, _, `, {, |, } or ~. One or more periods may be "
            "embedded in an alias, but each period should be preceded and followed by at least one of the other characters.",
            "InvalidData",
        )


def check_account_name(sam: str) -> None:
    if _NOT_IN_SAM.search(sam) or not sam.strip(" ."):
        raise invalid("SamAccountName", sam, 'It contains characters that are not allowed: " / \\ [ ] : ; | = , + * ? < > @')


def policy_address(alias: str, domain: str) -> str:
    """The address that the e-mail address policy gives."""
    return f"{alias}@{domain}"


def check_unique(view: View, state: State) -> None:
    """Name within its organisational unit, and alias, logon names and addresses in the whole forest, as far as this domain controller
    knows. An address may be taken by the object itself."""
    _check_proxies(view, state)
    dn = distinguished_name(state["Name"], state["OU"])
    if _other(view, "dn", dn, state):
        raise CmdletError(
            "ADObjectAlreadyExistsException",
            f"Active Directory operation failed on {view.dc}. The object '{dn}' already exists.",
            target="0:Int32",
        )
    for form, name in (("upn", "UserPrincipalName"), ("sam", "SamAccountName"), ("alias", "Alias")):
        other = _other(view, form, state[name], state)
        if other is not None:
            raise CmdletError(
                "RecipientTaskException",
                f'The value "{state[name]}" of property "{name}" is used by another recipient object "{identity(other)}". '
                "Please specify a unique value.",
                "InvalidArgument",
            )


def _check_proxies(view: View, state: State) -> None:
    for address in state["EmailAddresses"]:
        other = _other(view, "proxy", address, state)
        if other is not None:
            raise CmdletError(
                "ProxyAddressExistsException",
                f'The proxy address "{address}" is already being used by the proxy addresses or LegacyExchangeDN of '
                f'"{canonical_name(other["OU"], other["Name"])}". Please choose another proxy address.',
            )


def _other(view: View, form: str, value: str, state: State) -> State | None:
    return next((other for other in view.find(form, value) if other["Guid"] != state["Guid"]), None)
