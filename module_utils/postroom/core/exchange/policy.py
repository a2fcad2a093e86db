"""What all shared mailboxes on one Exchange follow, and the settings that each is to have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ...wire.exchange import ExchangeCommands, either
from ...wire.powershell import ParameterValue, filter_any
from ..model import Mailbox

MB_PER_GB = 1024
LONGEST_NAME = 64
LONGEST_ACCOUNT_NAME = 20
"""Of Name and SamAccountName (New-Mailbox)."""
LONGEST_MARK = 40
"""How much of the mark goes into the name of a mailbox that is being made."""
SHORTENED = "~"
"""What stands in a name that was cut off, and in no address."""


@dataclass(frozen=True, slots=True)
class ExchangePolicy:
    """How mailboxes are set up on this Exchange, the same for all.

    The mark of ownership is ``<mark>:<name>`` in the attribute ``mark_attribute``, so that a mailbox is known again whatever else
    somebody changed. Where mailboxes are made (``organizational_unit``, ``database``) is Exchange's choice when empty. Declarations name
    accounts of ``account_domain`` (a DNS domain), of any when empty. ``largest_quota_gb`` is what the licences allow, 0 for no limit.
    """

    commands: ExchangeCommands = field(default_factory=ExchangeCommands)
    mark: str = "postroom"
    mark_attribute: str = "CustomAttribute1"
    organizational_unit: str = ""
    database: str = ""
    account_domain: str = ""
    largest_quota_gb: int = 0

    def mark_of(self, name: str) -> str:
        return f"{self.mark}:{name}"

    def unfinished_name(self, name: str) -> str:
        """What a mailbox is called until it carries the mark: Exchange makes it without, in the first half of one pipeline.

        A name has 64 characters at most; a longer one ends in what tells it from others that begin like it."""
        whole = f"{self.mark[:LONGEST_MARK]} is making {name}"
        if len(whole) <= LONGEST_NAME:
            return whole
        rest = SHORTENED + hashlib.sha256(name.encode()).hexdigest()[:8]
        return whole[: LONGEST_NAME - len(rest)] + rest

    def ours(self, names: tuple[str, ...] = ()) -> str:
        """An OPATH filter: the mailboxes that are ours, or those of these names. Those that a killed run left without the mark too
        (observation.name_of)."""
        marks = tuple(map(self.mark_of, names)) if names else (f"{self.mark_of('')}*",)
        unfinished = tuple(map(self.unfinished_name, names)) if names else (f"{self.unfinished_name('')}*",)
        kinds = ((self.mark_attribute, marks), ("Name", unfinished), ("DisplayName", unfinished))
        return either(*(filter_any(attribute, values, "eq" if names else "like") for attribute, values in kinds))


def megabytes(quota_gb: int, percent: int = 100) -> str:
    """A share of the quota in whole MB, as Exchange takes it: the directory keeps no fractions of a KB."""
    return f"{quota_gb * MB_PER_GB * percent // 100}MB"


def wanted_settings(mailbox: Mailbox, policy: ExchangePolicy) -> dict[str, ParameterValue]:
    """What Set-Mailbox and Set-CASMailbox are to have set, by parameter; not what this deployment has no parameter for."""
    wanted: dict[str, ParameterValue] = {
        "DisplayName": mailbox.display_name,
        "Alias": mailbox.name,
        "UserPrincipalName": mailbox.address.lower(),
        "EmailAddressPolicyEnabled": False,
        "PrimarySmtpAddress": mailbox.address,
        "UseDatabaseQuotaDefaults": False,
        "IssueWarningQuota": megabytes(mailbox.quota_gb, 90),
        "ProhibitSendQuota": megabytes(mailbox.quota_gb, 95),
        "ProhibitSendReceiveQuota": megabytes(mailbox.quota_gb),
        "MessageCopyForSentAsEnabled": True,
        "MessageCopyForSendOnBehalfEnabled": True,
        "GrantSendOnBehalfTo": None,
        "ForwardingAddress": None,
        "ForwardingSmtpAddress": None,
        "DeliverToMailboxAndForward": False,
        "HiddenFromAddressListsEnabled": False,
        "RequireSenderAuthenticationEnabled": mailbox.state == "retired",
        policy.mark_attribute: policy.mark_of(mailbox.name),
        "ImapEnabled": True,
    }
    return {name: value for name, value in wanted.items() if policy.commands.can_set(name)}
