"""Who has what a declaration asks for: an address, as the primary one or as a further one, an alias, a login name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ..model import Mailbox

MOVED = "RemoteSharedMailbox"
"""What is left on premises of a shared mailbox that was moved to Exchange Online: Get-Mailbox does not show it."""
POINTERS = frozenset({"MailContact", "MailUser", "GuestMailUser", "MailForestContact"})
"""Recipients by which Exchange finds an address that lives elsewhere."""


@dataclass(frozen=True, slots=True)
class Holder:
    """``shown`` is who it is, in words; ``ours`` the name of the mailbox when it is one of Postroom's; ``primary`` its primary address, in
    lower case; ``kind`` its RecipientTypeDetails."""

    shown: str
    ours: str = ""
    primary: str = ""
    kind: str = ""


def held_address(mailbox: Mailbox, own: Collection[str], in_use: Mapping[str, Holder]) -> Holder | None:
    """Who else has the declared address. ``own`` are the addresses of the mailbox itself, where it lives on Exchange: nobody else can
    have one of them. A contact is no collision of a mailbox elsewhere when it leads there."""
    address = mailbox.address.lower()
    holder = None if address in own else in_use.get(address)
    if holder is None or (holder.ours == mailbox.name and holder.kind != MOVED):
        return None
    leads_there = mailbox.backend != "exchange" and holder.kind in POINTERS and holder.primary == address
    return None if leads_there else holder


def held(mailbox: Mailbox, own: Collection[str], in_use: Mapping[str, Holder], advice: str, *, lives: bool) -> str:
    """The refusal of a mailbox whose address is somebody else's; empty when it is nobody's. So is one whose name somebody has, where it
    is still to be made."""
    taken = mailbox.address.lower()
    holder = held_address(mailbox, own, in_use)
    if holder is None and mailbox.backend == "exchange" and not lives:
        taken, holder = mailbox.name, in_use.get(mailbox.name)
    if holder is None:
        return ""
    if holder.kind == MOVED:
        return _moved(mailbox, taken, holder)
    has = f"which has {taken}"
    if taken == mailbox.address.lower() and holder.primary != taken:
        has += " as a further address"
    if holder.ours:
        return (
            f"{mailbox.file} collides with {holder.shown}, {has}: it is Postroom's mailbox {holder.ours}; take the address away from it "
            f"(Set-Mailbox -EmailAddresses @{{Remove='smtp:{taken}'}}), or choose another address"
        )
    return f"{mailbox.file} collides with {holder.shown}, {has} and is not Postroom's: it is left alone; {advice}"


def _moved(mailbox: Mailbox, taken: str, holder: Holder) -> str:
    mark = " with its mark of ownership" if holder.ours == mailbox.name else ""
    return (
        f"{mailbox.file}: {taken} belongs to {holder.shown}{mark}, which is what is left here of a mailbox that was moved to Exchange "
        "Online. Nothing is made or changed here: manage it there (deployment: online of exchange_mailboxes__server), or move it back first"
    )
