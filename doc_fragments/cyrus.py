"""How a Cyrus server is described to modules, and so in ``cyrus_mailboxes__server``."""

from __future__ import annotations

from textwrap import indent

SERVER = r"""
type: dict
description:
  - How the Cyrus server is reached, and what its mailboxes follow. Keys that are left out have their default.
  - In the playbooks it is C(cyrus_mailboxes__server), with the password of the environment variable C(POSTROOM_CYRUS_PASSWORD) where it
    has none.
suboptions:
  host: {description: The IMAP and ManageSieve server., type: str, required: true}
  port: {description: The port of IMAP., type: int, default: 143}
  tls:
    description: How TLS begins in IMAP. The certificate is always verified.
    type: str
    choices: [starttls, implicit]
    default: starttls
  ca_file: {description: The authorities to trust; the system's when left out., type: path}
  user: {description: An administrator of the server., type: str, default: cyrus}
  password: {description: The administrator's password., type: str, default: ''}
  timeout: {description: Seconds to wait for each answer., type: int, default: 60}
  sieve_port: {description: The port of ManageSieve. TLS begins with STARTTLS., type: int, default: 4190}
  host_tools:
    description:
      - Given when modules run on the Cyrus server itself. Cyrus' own tools then read all mailboxes in a second, and only mailboxes that
        have Sieve scripts are asked for them. V({}) stands for the defaults.
      - Without it, everything is read by IMAP, with two commands for each mailbox and one more for each of its folders. The special use
        of folders that exist is then not compared, and all mailboxes are asked for scripts, for which Cyrus 3.6 makes a hidden folder in
        each.
    type: dict
    suboptions:
      directory: {description: Where the tools are., type: path, default: /usr/lib/cyrus/bin}
      imapd_conf: {description: The server's configuration., type: path, default: /etc/imapd.conf}
      account: {description: The account that may read the databases., type: str, default: cyrus}
  member_rights:
    description: >-
      The rights (RFC 4314) of each member under the own login. Without V(x) nobody renames a folder, with its mail, into the own mailbox;
      folders are renamed and deleted under the shared login.
    type: str
    default: lrswipkte
  owner_rights: {description: The rights of the shared login., type: str, default: lrswipkxte}
  implicit_owner_rights:
    description: >-
      What the server adds to the rights of a mailbox's owner, whatever is set; the option of that name in its imapd.conf. Looked at only
      where the server itself does not tell.
    type: str
    default: lkxan
  folders:
    description: The folders that each mailbox has, and the special use (RFC 6154) of each.
    type: dict
    default: {Archive: \Archive, Drafts: \Drafts, Junk: \Junk, Sent: \Sent, Trash: \Trash}
  administrators:
    description: Identifiers whose ACL entries are left as they are.
    type: list
    elements: str
    default: [cyrus]
  ownership_mark:
    description: The mark of ownership, kept in the administrator's private comment on the mailbox.
    type: str
    default: postroom
"""


class ModuleDocFragment:
    """The option ``server``; as ``cyrus.named`` the option ``cyrus`` of modules that need what this server's mailboxes follow."""

    DOCUMENTATION = "options:\n  server:\n    required: true\n" + indent(SERVER, "    ")
    NAMED = "options:\n  cyrus:\n" + indent(SERVER, "    ")
