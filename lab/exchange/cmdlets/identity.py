"""Finding objects by the forms of identity that Exchange accepts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from lab.exchange.cmdlets.errors import CmdletError, ambiguous, not_found, principal_not_found, recipient_not_found
from lab.exchange.cmdlets.organization import well_known_sid
from lab.exchange.cmdlets.shapes import Shaped
from lab.exchange.cmdlets.view import State, View

Accepts = Callable[[State], bool]
_EXACT = ("guid", "dn", "canonical", "xguid", "legacy")
_LOOSE = ("alias", "upn", "sam", "name", "display")


def is_mailbox(state: State) -> bool:
    return "ExchangeGuid" in state


def is_usable(state: State) -> bool:
    """Online a new object is not found at once."""
    return bool(state.get("UsableAt", 0) <= time.time())


def is_recipient(state: State) -> bool:
    """Whatever has an address: mailboxes, here or elsewhere, groups and contacts."""
    return "EmailAddresses" in state


def is_account(state: State) -> bool:
    """Whoever can log in, in any domain."""
    kind = state["RecipientTypeDetails"]
    return not kind.endswith(("Group", "Contact"))


def anyone(_: State) -> bool:
    return True


def matches(view: View, identity: str, accepts: Accepts = anyone) -> list[State]:
    """All objects that this text can mean. A GUID, distinguished name or canonical name means one; of the other forms all count."""
    return [state for state in _matches(view, identity, accepts) if is_usable(state)]


def _matches(view: View, identity: str, accepts: Accepts) -> list[State]:
    for form in _EXACT:
        found = [state for state in view.find(form, identity) if accepts(state)]
        if found:
            return found
    domain, backslash, account = identity.partition("\\")
    if backslash:
        return [state for state in view.find("sam", account) if domain.lower() == view.netbios_of(state).lower() and accepts(state)]
    candidates = {state["Guid"]: state for form in _LOOSE for state in view.find(form, identity)}
    proxy = identity if ":" in identity else f"smtp:{identity}"
    candidates |= {state["Guid"]: state for state in view.find("proxy", proxy)}
    return [state for state in candidates.values() if accepts(state)]


def wildcard(view: View, pattern: str, accepts: Accepts) -> list[State]:
    """What Get- cmdlets find for an identity with ``*``: by name, display name or alias."""
    wanted = re.compile(".*".join(re.escape(part) for part in pattern.lower().split("*")), re.S)
    return [
        state
        for state in list(view.objects.values())
        if accepts(state) and any(wanted.fullmatch(str(state.get(name, "")).lower()) for name in ("Name", "DisplayName", "Alias"))
    ]


def resolve(view: View, identity: Any, accepts: Accepts = anyone, missing: Callable[[str], CmdletError] | None = None) -> State:
    """The one object that is meant. ManagementObjectNotFoundException or ManagementObjectAmbiguousException otherwise."""
    if isinstance(identity, Shaped):
        found = [state for state in [view.by_guid(guid_of(identity))] if state is not None and accepts(state) and is_usable(state)]
        identity = identity.PSObject.to_string or ""
    else:
        found = matches(view, identity, accepts)
    if not found:
        raise missing(identity) if missing else not_found(identity, view.dc)
    if len(found) > 1:
        raise ambiguous(identity)
    return found[0]


def guid_of(item: Shaped) -> str:
    """The GUID of the directory object that an object of the pipeline stands for."""
    source = item.source
    return str(source.get("Guid", "")) if isinstance(source, dict) else ""


def resolve_ad_object(view: View, identity: Any) -> State:
    """By Name or distinguished name only: an alias or an address is not found."""
    if isinstance(identity, Shaped):
        return resolve(view, identity)
    found = view.find("dn", identity) or view.find("name", identity)
    if not found:
        raise CmdletError(
            "ManagementObjectNotFoundException",
            f"{identity} wasn't found. Please make sure you've typed it correctly.",
            "InvalidArgument",
            f"{identity}:ADRawEntryIdParameter",
        )
    if len(found) > 1:
        raise ambiguous(identity)
    return found[0]


def resolve_principal(view: View, identity: Any) -> str:
    """The security identifier of a user or a group; a SID that nobody has (any more) is taken as it is."""
    if isinstance(identity, Shaped):
        return str(resolve(view, identity, missing=principal_not_found)["Sid"])
    known = well_known_sid(identity, view.netbios, view.behaviour.language)
    if known:
        return known
    by_sid = view.find("sid", identity)
    if by_sid:
        return str(by_sid[0]["Sid"])
    if identity.upper().startswith("S-1-5-21-"):
        return str(identity.upper())
    return str(resolve(view, identity, missing=principal_not_found)["Sid"])


def resolve_recipients(view: View, identities: Iterable[str]) -> list[str]:
    """GUIDs of recipients: accounts without a mailbox are none."""
    return [resolve(view, identity, is_mailbox, recipient_not_found)["Guid"] for identity in identities]
