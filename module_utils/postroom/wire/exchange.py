"""The Exchange cmdlets that Postroom sends, each as a function: names and parameters as Microsoft documents them.

On premises, every cmdlet is bound to one domain controller, or a read may miss the write before it. Send As is a right in Active
Directory there (``*-ADPermission``), and a right of Exchange online (``*-RecipientPermission``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .powershell import Cmdlet, ParameterValue, Pipeline, cmdlet, filter_any, pipeline

Deployment = Literal["on_premises", "online"]
SEND_AS = "Send As"
SELECT = "Select-Object"
FULL_ACCESS = "FullAccess"
ONLINE_NAMES = {"PrimarySmtpAddress": "WindowsEmailAddress"}
"""Parameters of Set-Mailbox that have another name online."""
RIGHTS_OF_NOTHING = frozenset({"ExternalAccount"})
"""Rights on a mailbox that only say where the account is."""
ON_PREMISES_ONLY = frozenset({"UserPrincipalName", "SamAccountName", "EmailAddressPolicyEnabled", "OrganizationalUnit", "Database"})


@dataclass(frozen=True, slots=True)
class ExchangeCommands:
    """Makes commands for one deployment; ``domain_controller`` is a fully qualified name, or empty for any."""

    deployment: Deployment = "on_premises"
    domain_controller: str = ""

    @property
    def is_online(self) -> bool:
        return self.deployment == "online"

    def can_set(self, setting: str) -> bool:
        """Whether New-Mailbox and Set-Mailbox have this parameter here."""
        return not (self.is_online and setting in ON_PREMISES_ONLY)

    def _bound(self, name: str, *switches: str, **parameters: ParameterValue) -> Cmdlet:
        if self.domain_controller and not self.is_online:
            parameters["DomainController"] = self.domain_controller
        return cmdlet(name, *switches, **parameters)

    def new_mailbox(self, **parameters: ParameterValue) -> Cmdlet:
        """Parameter set Shared. Values that are empty are left to Exchange."""
        given = {name: value for name, value in parameters.items() if value and self.can_set(name)}
        return self._bound("New-Mailbox", "Shared", **given)

    def set_mailbox(self, identity: str | None, settings: Mapping[str, ParameterValue]) -> Cmdlet:
        """Without an identity, that of the object before it in the pipeline."""
        if self.is_online:
            settings = {ONLINE_NAMES.get(name, name): value for name, value in settings.items() if self.can_set(name)}
        return self._bound("Set-Mailbox", **_identity(identity), **settings)

    def set_cas_mailbox(self, identity: str, settings: Mapping[str, ParameterValue]) -> Cmdlet:
        return self._bound("Set-CASMailbox", **_identity(identity), **settings)

    def add_full_access(self, identity: str, user: str) -> Cmdlet:
        rights: dict[str, ParameterValue] = {"AccessRights": FULL_ACCESS, "InheritanceType": "All", "AutoMapping": True}
        return self._bound("Add-MailboxPermission", **_identity(identity), User=user, **rights)

    def remove_mailbox_permission(self, identity: str, user: str, rights: tuple[str, ...], inheritance: str, *, deny: bool) -> Cmdlet:
        """An entry with another InheritanceType is another entry: it stays, and Exchange only warns."""
        given: dict[str, ParameterValue] = {"AccessRights": rights, "InheritanceType": inheritance, **_switches(deny)}
        return self._bound("Remove-MailboxPermission", **_identity(identity), User=user, **given)

    def add_send_as(self, identity: str, user: str) -> Cmdlet:
        """On premises ``identity`` is a distinguished name: an alias or an address is not taken."""
        if self.is_online:
            return cmdlet("Add-RecipientPermission", Identity=identity, Trustee=user, AccessRights="SendAs", Confirm=False)
        return self._bound("Add-ADPermission", Identity=identity, User=user, ExtendedRights=SEND_AS)

    def add_send_as_by_address(self, address: str, user: str) -> Pipeline:
        """For a mailbox whose distinguished name is not known yet: Add-ADPermission takes no address."""
        if self.is_online:
            return pipeline(self.add_send_as(address, user))
        add = self._bound("Add-ADPermission", User=user, ExtendedRights=SEND_AS)
        return pipeline(self._bound("Get-Mailbox", **_identity(address)), add)

    def remove_send_as(self, identity: str, user: str, inheritance: str, *, deny: bool) -> Cmdlet:
        """``inheritance`` as in remove_mailbox_permission; online there is none."""
        if self.is_online:
            rights: dict[str, ParameterValue] = {"AccessRights": "SendAs", **_switches(deny)}
            return cmdlet("Remove-RecipientPermission", Identity=identity, Trustee=user, **rights)
        given: dict[str, ParameterValue] = {"ExtendedRights": SEND_AS, "InheritanceType": inheritance, **_switches(deny)}
        return self._bound("Remove-ADPermission", Identity=identity, User=user, **given)

    def get_shared_mailboxes(self, chosen: str = "") -> Cmdlet:
        """All shared mailboxes, or those that an OPATH filter chooses (filter_any)."""
        given: dict[str, ParameterValue] = {"Filter": chosen} if chosen else {}
        return self._bound("Get-Mailbox", RecipientTypeDetails="SharedMailbox", ResultSize="Unlimited", **given)

    def get_full_access(self, mailboxes: Cmdlet) -> Pipeline:
        return pipeline(mailboxes, self._bound("Get-MailboxPermission", ResultSize="Unlimited"))

    def get_send_as(self, mailboxes: Cmdlet) -> Pipeline:
        if self.is_online:
            return pipeline(mailboxes, cmdlet("Get-RecipientPermission", ResultSize="Unlimited"))
        return pipeline(mailboxes, self._bound("Get-ADPermission"))

    def get_cas_mailboxes(self, mailboxes: Cmdlet) -> Pipeline:
        return pipeline(mailboxes, self._bound("Get-CASMailbox", ResultSize="Unlimited"))

    def get_statistics(self, mailboxes: Cmdlet) -> Pipeline:
        return pipeline(mailboxes, self._bound("Get-MailboxStatistics"))

    def get_users(self, logins: tuple[str, ...] = ()) -> Cmdlet:
        """All accounts, or those with one of these login names. Online SamAccountName is made up, and people log in with the local part
        of their user principal name."""
        if self.is_online:
            by_login = filter_any("UserPrincipalName", tuple(f"{login}@*" for login in logins), "like")
        else:
            by_login = filter_any("SamAccountName", logins)
        chosen: dict[str, ParameterValue] = {"Filter": by_login} if logins else {}
        return self._bound("Get-User", ResultSize="Unlimited", **chosen)

    def get_user(self, identity: str) -> Cmdlet:
        return self._bound("Get-User", **_identity(identity))

    def get_well_known_principals(self) -> Cmdlet:
        """SELF, Everyone and their like: their names are in the language of the server's Windows."""
        return self._bound("Get-SecurityPrincipal", Types="WellknownSecurityPrincipal", ResultSize="Unlimited")

    def get_recipients(self, chosen: str = "") -> Cmdlet:
        """All recipients, or those that an OPATH filter chooses (filter_any)."""
        given: dict[str, ParameterValue] = {"Filter": chosen} if chosen else {}
        return self._bound("Get-Recipient", ResultSize="Unlimited", **given)

    def get_inbox_rules(self, mailbox: str) -> Cmdlet:
        """All rules of one mailbox, hidden ones too. Microsoft documents no way to hand it mailboxes through a pipeline."""
        return self._bound("Get-InboxRule", **_mailbox(mailbox), IncludeHidden=True)

    def remove_inbox_rule(self, mailbox: str, rule: str) -> Cmdlet:
        return self._bound("Remove-InboxRule", **_mailbox(mailbox), **_identity(rule), Confirm=False)


def selected(commands: Pipeline, properties: tuple[str, ...]) -> Pipeline:
    """The same, and of each object these properties only."""
    return pipeline(*commands.cmdlets, cmdlet(SELECT, Property=properties))


def with_addresses(addresses: tuple[str, ...]) -> str:
    """An OPATH filter: whoever has one of these addresses, as the primary or as a further one."""
    return filter_any("EmailAddresses", _proxies(addresses))


def either(*filters: str) -> str:
    """An OPATH filter of several; those that are empty choose nothing."""
    return " -or ".join(filter(None, filters))


def _proxies(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """As Active Directory keeps them; it compares without case, so the primary address (``SMTP:``) is found as well."""
    return tuple(f"smtp:{address}" for address in addresses)


def _identity(identity: str | None) -> dict[str, ParameterValue]:
    """Raises ValueError for an empty identity: many cmdlets take it for every object there is."""
    if identity is None:
        return {}
    if not identity.strip():
        raise ValueError("an Exchange cmdlet was about to be given an empty identity, which stands for every object")
    return {"Identity": identity}


def _mailbox(mailbox: str) -> dict[str, ParameterValue]:
    return {"Mailbox": _identity(mailbox)["Identity"]}


def _switches(deny: bool) -> dict[str, ParameterValue]:
    """Cmdlets that ask for confirmation cannot, over remoting."""
    return {"Deny": True, "Confirm": False} if deny else {"Confirm": False}
