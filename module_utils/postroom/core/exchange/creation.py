"""How a shared mailbox is made on Exchange."""

from __future__ import annotations

from collections.abc import Mapping

from ...wire.powershell import ParameterValue, Pipeline, pipeline
from ..model import Mailbox
from ..plan import Change, Detail, Value
from .permissions import additions
from .policy import LONGEST_ACCOUNT_NAME, ExchangePolicy, wanted_settings

NEWBORN: dict[str, ParameterValue] = {
    "EmailAddressPolicyEnabled": False,
    "GrantSendOnBehalfTo": None,
    "ForwardingAddress": None,
    "ForwardingSmtpAddress": None,
    "DeliverToMailboxAndForward": False,
    "HiddenFromAddressListsEnabled": False,
    "RequireSenderAuthenticationEnabled": False,
    "ImapEnabled": True,
}
"""What New-Mailbox leaves in these settings when it is given a primary address."""


def creation(mailbox: Mailbox, accounts: Mapping[str, tuple[str, ...]], policy: ExchangePolicy) -> Change[Pipeline]:
    """``accounts`` are the user principal names of the members, by login."""
    born: dict[str, ParameterValue] = {
        "DisplayName": mailbox.display_name,
        "Alias": mailbox.name,
        "PrimarySmtpAddress": mailbox.address,
        "UserPrincipalName": mailbox.address.lower(),
    }
    wanted = wanted_settings(mailbox, policy)
    rest = {name: value for name, value in wanted.items() if name not in born and NEWBORN.get(name, name) != value}
    grants = additions(mailbox, accounts, policy.commands)
    told = {name: wanted[name] for name in (*born, *rest) if name in wanted}
    details = (Detail("mailbox", None, mailbox.address), *(Detail(name, None, shown(value)) for name, value in told.items()))
    stages = (*_birth(mailbox, born, rest, policy), tuple(grant.command for grant in grants))
    return Change(mailbox.name, "exchange", "create", (*details, *(grant.detail for grant in grants)), stages)


def _birth(
    mailbox: Mailbox, born: Mapping[str, ParameterValue], rest: Mapping[str, ParameterValue], policy: ExchangePolicy
) -> tuple[tuple[Pipeline], ...]:
    """Until the mark is set, a name says that the mailbox is ours and unfinished. Online Exchange may make up the name, so it is the
    display name there; and a new mailbox cannot be used at once, so what follows are commands of their own, which can be repeated."""
    commands, unfinished = policy.commands, policy.unfinished_name(mailbox.name)
    if commands.is_online:
        new = commands.new_mailbox(Name=mailbox.name, **{**born, "DisplayName": unfinished})
        finish = commands.set_mailbox(mailbox.address, {"DisplayName": mailbox.display_name, **rest})
        return (pipeline(new),), (pipeline(finish),)
    account_name = mailbox.name if len(mailbox.name) <= LONGEST_ACCOUNT_NAME else ""
    place = {"OrganizationalUnit": policy.organizational_unit, "Database": policy.database}
    new = commands.new_mailbox(Name=unfinished, **born, SamAccountName=account_name, **place)
    return ((pipeline(new, commands.set_mailbox(None, {"Name": mailbox.name, **rest})),),)


def shown(value: ParameterValue) -> Value:
    return ", ".join(value) if isinstance(value, tuple) else value
