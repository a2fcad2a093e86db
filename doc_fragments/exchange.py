"""How Exchange is described to modules, and so in ``exchange_mailboxes__server``."""

from __future__ import annotations

from textwrap import indent

SERVER = r"""
type: dict
description:
  - How Exchange is reached, and what its mailboxes follow. Keys that are left out have their default.
  - In the playbooks it is C(exchange_mailboxes__server), with the password of the environment variable C(POSTROOM_EXCHANGE_PASSWORD) where
    it has none.
suboptions:
  url:
    description: >-
      The address of the PowerShell endpoint, as the server spells it; an Exchange server's own, such as
      V(https://mail.ugent.be/PowerShell/), or a Windows management host's, such as V(https://host.ugent.be:5986/wsman).
    type: str
    required: true
  configuration_name:
    description: The session configuration; V(Microsoft.PowerShell) on a management host.
    type: str
    default: Microsoft.Exchange
  authentication:
    description: How to log in. Basic over plain HTTP is refused, except to this machine.
    type: str
    choices: [basic, certificate, kerberos, credssp]
    default: kerberos
  user: {description: Who logs in., type: str, default: ''}
  password: {description: The password of that account., type: str, default: ''}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  certificate_file: {description: 'The client''s certificate (PEM), for V(certificate).', type: path}
  certificate_key_file: {description: Its key (PEM)., type: path}
  operation_timeout: {description: Seconds until the server answers that there is nothing yet., type: int, default: 20}
  read_timeout: {description: Seconds to wait for an answer; more than C(operation_timeout)., type: int, default: 30}
  deployment:
    description: Whether Send As is a right in Active Directory or one of Exchange Online.
    type: str
    choices: [on_premises, online]
    default: on_premises
  domain_controller:
    description: >-
      The domain controller that all commands use, so that each reads what the one before it wrote. Any when empty, which may miss what
      was just written.
    type: str
    default: ''
  organizational_unit: {description: Where accounts of new mailboxes are made; Exchange's choice when empty., type: str, default: ''}
  database: {description: Where new mailboxes are made; Exchange's choice when empty., type: str, default: ''}
  account_domain:
    description: >-
      The DNS domain whose login names declarations use, such as V(ugent.be), where several domains have accounts; any when empty, and a
      login name that two of them have is then refused.
    type: str
    default: ''
  largest_quota_gb:
    description: >-
      What the licence of a shared mailbox allows, in GB; a declaration of more is refused in the plan. V(0) for no limit, which is the
      default on premises; V(50) online.
    type: int
  mark_attribute:
    description: The attribute that holds the mark of ownership, C(postroom:<name>); V(CustomAttribute1) to V(CustomAttribute15).
    type: str
    default: CustomAttribute1
  ownership_mark:
    description: What the mark of ownership begins with.
    type: str
    default: postroom
  connect_commands:
    description: Cmdlets that run first in the session, as C(Connect-ExchangeOnline) must on a management host.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: The cmdlet., type: str, required: true}
      parameters: {description: Its parameters; no secrets., type: dict, default: {}}
"""


class ModuleDocFragment:
    """The option ``server``; as ``exchange.named`` the option ``exchange`` of modules that need what its mailboxes follow."""

    DOCUMENTATION = "options:\n  server:\n    required: true\n" + indent(SERVER, "    ")
    NAMED = "options:\n  exchange:\n" + indent(SERVER, "    ")
