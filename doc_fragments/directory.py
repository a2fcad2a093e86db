"""How the directory is described to modules, and so in ``directory_entries__server``."""

from __future__ import annotations

from textwrap import indent

SERVER = r"""
type: dict
description:
  - How the directory is reached, and what its entries follow. Keys that are left out have their default.
  - In the playbooks it is C(directory_entries__server), with the password of the environment variable C(POSTROOM_DIRECTORY_PASSWORD) where
    it has none.
suboptions:
  uri: {description: The server's LDAP URI., type: str, required: true}
  bind_dn: {description: Who to bind as., type: str, required: true}
  bind_password: {description: The password to bind with., type: str, default: ''}
  people_base: {description: Where people are., type: str, required: true}
  mailboxes_base: {description: Where the entries of shared mailboxes are., type: str, required: true}
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  start_tls: {description: Whether to use StartTLS on an ldap URI., type: bool, default: true}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  ownership_mark:
    description: The mark of ownership, kept in the attribute sharedMailboxManagedBy.
    type: str
    default: postroom
  policy_subentry:
    description: >-
      The DN of the password policy that the entries of shared mailboxes name. Where the directory has a default policy, they need one that
      locks nobody out and keeps no history; else wrong guesses close the mailbox, and members cannot be changed at will.
    type: str
  ended_accounts:
    description: An LDAP filter for the people whose account has ended. A lock that ends by itself is not meant.
    type: str
    default: (pwdAccountLockedTime=000001010000Z)
"""


class ModuleDocFragment:
    """The option ``server``; as ``directory.named`` the option ``directory`` of modules that deal with other things too."""

    DOCUMENTATION = "options:\n  server:\n    required: true\n" + indent(SERVER, "    ")
    NAMED = "options:\n  directory:\n" + indent(SERVER, "    ")
