"""Set-Mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab.exchange.cmdlets.call import Call, database_not_found
from lab.exchange.cmdlets.conversion import SMTP_ADDRESS, Change
from lab.exchange.cmdlets.errors import CmdletError, recipient_not_found
from lab.exchange.cmdlets.identity import is_mailbox, matches, resolve, resolve_recipients
from lab.exchange.cmdlets.mailbox_rules import check_account_name, check_alias, check_lengths, check_unique, policy_address
from lab.exchange.cmdlets.mailbox_shape import (
    BOOLEANS,
    DATES,
    LISTS,
    RECIPIENT_LISTS,
    SIZES,
    STRINGS,
    identity,
    quota_conflict,
)
from lab.exchange.cmdlets.organization import GIB, database_name
from lab.exchange.cmdlets.shapes import UNLIMITED, size_text
from lab.exchange.cmdlets.view import State, View
from lab.exchange.pipeline import Record, Warned

_TYPES = {"Shared": "SharedMailbox", "Regular": "UserMailbox", "Room": "RoomMailbox", "Equipment": "EquipmentMailbox"}
_NAMES = ("DisplayName", "Name", "SamAccountName", "UserPrincipalName")
_PLAIN = {*BOOLEANS, *STRINGS, *DATES, "LitigationHoldDuration", "RetainDeletedItemsFor", "RulesQuota", "RecipientLimits"}
_ADDRESSES = {"PrimarySmtpAddress", "WindowsEmailAddress", "EmailAddresses", "EmailAddressPolicyEnabled", "Alias"}
_OWN = {"Type", "Database", "AccountDisabled", "RetentionPolicy", "ForwardingAddress", "ForwardingSmtpAddress"}
_EVERYWHERE = {"Identity", "DomainController", "Confirm", "WhatIf", "Force", "IgnoreDefaultScope", "Verbose", "Debug"}
_HANDLED = {*_PLAIN, *SIZES, *RECIPIENT_LISTS, *LISTS, *_ADDRESSES, *_NAMES, *_OWN, *_EVERYWHERE}
RETENTION_POLICIES = ("Default MRM Policy",)
# Each pair of lists, and the list that shows both.
_SENDER_LISTS = {
    "AcceptMessagesOnlyFrom": "AcceptMessagesOnlyFromSendersOrMembers",
    "RejectMessagesFrom": "RejectMessagesFromSendersOrMembers",
}


def set_mailbox(call: Call) -> Iterator[Record]:
    _refuse_combinations(call)
    with call.store.write(call.dc) as write:
        old = resolve(write.view, call["Identity"], is_mailbox)
        new = _changed(call, old, write.view)
        _check(new, write.view)
        if not call.approved(f'Setting mailbox Identity:"{old["Name"]}"'):
            return
        if new != old:
            write.put({**new, "WhenChanged": time.time()})
    if new == old:
        yield Warned(f"The command completed successfully but no settings of '{identity(old)}' have been modified.")


def _check_licence(new: State, view: View) -> None:
    """[believed] What Exchange Online answers where the licence allows less."""
    size, licensed = new.get("ProhibitSendReceiveQuota", UNLIMITED), view.behaviour.licence_gb
    if licensed and (isinstance(size, str) or size > licensed * GIB):
        shown = size if isinstance(size, str) else size_text(size)
        message = f"The quota {shown} is above what the licence of the mailbox allows, which is {licensed} GB."
        raise CmdletError("RecipientTaskException", message, "InvalidArgument")


def _check(new: State, view: View) -> None:
    if "ProhibitSendReceiveQuota" in new:
        _check_licence(new, view)
    check_lengths(new)
    check_unique(view, new)
    conflict = quota_conflict(new)
    if conflict:
        sizes = ", ".join(f"{name}: '{size_text(new[name])}'" for name in ("ProhibitSendReceiveQuota", conflict))
        raise CmdletError(
            "DataValidationException",
            f"The value of property 'ProhibitSendReceiveQuota' must be greater than or equal to that of property '{conflict}'. {sizes}.",
            "InvalidData",
        )


def _refuse_combinations(call: Call) -> None:
    call.refuse_all_but(_HANDLED)
    if "PrimarySmtpAddress" in call and "EmailAddresses" in call:
        raise CmdletError(
            "RecipientTaskException",
            "You can't use the parameters PrimarySmtpAddress and EmailAddresses in the same command.",
            "InvalidArgument",
        )


def _changed(call: Call, old: State, view: View) -> State:
    new = dict(old)
    for name in call.values:
        if name in _PLAIN or name in SIZES:
            _set(new, name, call[name])
        elif name in LISTS:
            _set(new, name, call[name].apply(list(old.get(name, ()))))
        elif name in RECIPIENT_LISTS:
            _set(new, name, _recipients(name, call[name], list(old.get(name, ())), view))
        elif name in _NAMES and call[name]:
            new[name] = call[name]
    for name, change in _SPECIAL.items():
        if name in call:
            change(call, new, view)
    _sender_lists(call, new)
    _addresses(call, new)
    if "SamAccountName" in call:
        check_account_name(new["SamAccountName"])
    return new


def _set(state: State, name: str, value: Any) -> None:
    """Null and the empty list clear a property."""
    if value is None or value in ("", []):
        state.pop(name, None)
    else:
        state[name] = value


def _recipients(name: str, change: Change, current: list[str], view: View) -> list[str]:
    """Links to recipients. Removing one that is not there changes nothing; naming one that does not exist is an error."""
    if name.endswith("DLMembers") and (change.values or change.add):
        # These take groups, and the practice organisation has none.
        raise recipient_not_found((*(change.values or ()), *change.add)[0])
    resolved = Change(
        None if change.values is None else tuple(resolve_recipients(view, change.values)),
        tuple(resolve_recipients(view, change.add)),
        tuple(state["Guid"] for identity in change.remove for state in matches(view, identity)),
    )
    return resolved.apply(current)


def _sender_lists(call: Call, new: State) -> None:
    for own, combined in _SENDER_LISTS.items():
        if own in call and combined in call:
            raise CmdletError("RecipientTaskException", f"You can't use the parameters {own} and {combined} together.", "InvalidArgument")
        if own in call:
            _set(new, combined, list(new.get(own, ())))
        elif combined in call:
            _set(new, own, list(new.get(combined, ())))


def _forwarding_address(call: Call, new: State, view: View) -> None:
    target = call["ForwardingAddress"]
    _set(new, "ForwardingAddress", resolve(view, target, is_mailbox, recipient_not_found)["Guid"] if target else None)


def _forwarding_smtp_address(call: Call, new: State, _: View) -> None:
    _set(new, "ForwardingSmtpAddress", call["ForwardingSmtpAddress"])


def _type(call: Call, new: State, _: View) -> None:
    if call["Type"] not in _TYPES:
        call.refuse("Type")
    new["RecipientTypeDetails"] = _TYPES[call["Type"]]
    if call["Type"] != "Regular":
        new["AccountDisabled"] = True


def _database(call: Call, new: State, _: View) -> None:
    name = database_name(call["Database"] or "")
    if name is None:
        raise database_not_found(call["Database"])
    new["Database"] = name


def _account_disabled(call: Call, new: State, _: View) -> None:
    new["AccountDisabled"] = call["AccountDisabled"]


def _litigation_hold(call: Call, new: State, _: View) -> None:
    if call["LitigationHoldEnabled"] and "LitigationHoldDate" not in new:
        new["LitigationHoldDate"] = time.time()
    elif not call["LitigationHoldEnabled"]:
        for name in ("LitigationHoldDate", "LitigationHoldOwner", "LitigationHoldDuration"):
            new.pop(name, None)


def _retention_policy(call: Call, new: State, _: View) -> None:
    wanted = call["RetentionPolicy"]
    found = next(
        (policy for policy in call.store.setting("retention_policies", RETENTION_POLICIES) if policy.lower() == (wanted or "").lower()),
        None,
    )
    if wanted and found is None:
        raise CmdletError("ManagementObjectNotFoundException", f'Couldn\'t find the retention policy "{wanted}".')
    _set(new, "RetentionPolicy", found)


_SPECIAL: Mapping[str, Callable[[Call, State, View], None]] = {
    "ForwardingAddress": _forwarding_address,
    "ForwardingSmtpAddress": _forwarding_smtp_address,
    "Type": _type,
    "Database": _database,
    "AccountDisabled": _account_disabled,
    "LitigationHoldEnabled": _litigation_hold,
    "RetentionPolicy": _retention_policy,
}


def _addresses(call: Call, new: State) -> None:
    """Alias, primary and other addresses. Setting the primary address turns the address policy off; where the policy is on, the primary
    address is the alias's."""
    if call["Alias"]:
        check_alias(call["Alias"])
        new["Alias"] = call["Alias"]
    primary = call["PrimarySmtpAddress"] or call["WindowsEmailAddress"]
    if primary:
        new["EmailAddressPolicyEnabled"] = False
        new["EmailAddresses"] = with_primary(new["EmailAddresses"], primary)
    elif "EmailAddresses" in call:
        new["EmailAddresses"] = _address_list(call["EmailAddresses"], new)
    if new.get("EmailAddressPolicyEnabled", True):
        wanted = policy_address(new["Alias"], call.store.domain)
        if "EmailAddresses" in call and f"SMTP:{wanted}".lower() not in [a.lower() for a in new["EmailAddresses"] if a.startswith("SMTP:")]:
            raise CmdletError(
                "RecipientTaskException",
                "The e-mail addresses of this recipient are managed by an e-mail address policy. To change the primary address, set "
                "EmailAddressPolicyEnabled to $false.",
                "InvalidArgument",
            )
        new["EmailAddresses"] = with_primary(new["EmailAddresses"], wanted)


def with_primary(addresses: list[str], primary: str) -> list[str]:
    """The former primary address stays as a secondary one."""
    others = [f"smtp:{address[5:]}" if address.startswith("SMTP:") else address for address in addresses]
    return [f"SMTP:{primary}", *(address for address in others if address.lower() != f"smtp:{primary}".lower())]


def _address_list(change: Change, state: State) -> list[str]:
    addresses = change.apply(list(state["EmailAddresses"]), str.lower)
    if change.values is not None and not any(address.startswith("SMTP:") for address in addresses):
        # Without one in capitals the first is the primary address.
        addresses = [f"SMTP:{a[5:]}" if i == 0 and a.startswith("smtp:") else a for i, a in enumerate(addresses)]
    added = [address for address in change.add if address.startswith("SMTP:")]
    if added:
        addresses = with_primary([a for a in addresses if a.lower() != added[-1].lower()], added[-1][5:])
    if [address.startswith("SMTP:") for address in addresses].count(True) != 1:
        raise CmdletError(
            "DataValidationException", "There must be exactly one primary SMTP address in the e-mail addresses.", "InvalidData"
        )
    if not all(SMTP_ADDRESS.fullmatch(address[5:]) for address in addresses if address.lower().startswith("smtp:")):
        raise CmdletError("DataValidationException", "The e-mail addresses contain an invalid SMTP address.", "InvalidData")
    return addresses
