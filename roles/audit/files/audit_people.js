"use strict";
// The view of people.

const ACCOUNTS = { active: "active", ended: "not active", unknown: "not in the directory" };
const account = ({ person: known }) => (known === null ? "unknown" : known.active ? "active" : "ended");

const people = {
  caption: "People: who can read which mailboxes",
  words: ["person", "people"],
  columns: [
    { name: "login", label: "Login", sort: (row) => row.login, cell: (row) => value(row.login, "name") },
    { name: "name", label: "Name", sort: (row) => row.person?.name, cell: (row) => value(row.person?.name) },
    {
      name: "affiliation",
      label: "Affiliation",
      sort: (row) => row.person?.affiliations?.join(", "),
      cell: (row) => value(row.person?.affiliations?.join(", ")),
    },
    {
      name: "account",
      label: "Account",
      sort: account,
      cell: (row) => (account(row) === "active" ? ACCOUNTS.active : badge("warning", ACCOUNTS[account(row)])),
    },
    { name: "reads", label: "Can read", sort: (row) => row.readable, descending: true, cell: (row) => grouped.format(row.readable) },
    { name: "declared", label: "Declared", sort: (row) => row.declared, descending: true, cell: (row) => grouped.format(row.declared) },
    {
      name: "differs",
      label: "Differs",
      sort: (row) => row.differing,
      descending: true,
      cell: (row) => (row.differing ? badge("error", grouped.format(row.differing)) : ""),
    },
  ],
  order: "login",
  filters: [
    {
      name: "access",
      label: "Access",
      labels: { reads: "reads a mailbox", extra: "reads, not declared", missing: "declared, cannot read", none: "reads none" },
      values: access,
    },
    { name: "affiliation", label: "Affiliation", values: (row) => row.person?.affiliations ?? [] },
    { name: "account", label: "Account", values: (row) => [account(row)], labels: ACCOUNTS },
  ],
  title: (row) => row.login,
  detail: personDetail,
  heads: ["login", "name", "affiliations", "account", "mailbox", "address", "declared", "live", "since", "author"],
  // A line for each mailbox that a person has to do with: that is what a review of access needs.
  lines: (row) =>
    (row.memberships.length ? row.memberships : [null]).map((membership) => [
      row.login,
      row.person?.name,
      row.person?.affiliations?.join(" "),
      ACCOUNTS[account(row)],
      membership?.mailbox.name,
      membership?.mailbox.address,
      yesOrNo(membership?.member.declared),
      yesOrNo(membership?.member.live),
      membership?.member.since,
      membership?.member.author,
    ]),
};

function access(row) {
  const kinds = [row.readable ? "reads" : "none"];
  if (row.memberships.some(({ member }) => member.live && !member.declared)) kinds.push("extra");
  if (row.memberships.some(({ member }) => member.declared && !member.live)) kinds.push("missing");
  return kinds;
}

function personDetail(row) {
  const lines = row.memberships.map(({ mailbox, member }) => [
    mailboxLink(mailbox.name),
    mailbox.display_name,
    mailbox.backend,
    agreement(member),
    blame({ date: member.since, author: member.author }),
  ]);
  return [
    lines.length
      ? innerTable("Mailboxes", ["Mailbox", "Display name", "System", "Access as declared", "In the file since"], lines)
      : element("p", {}, "Is a member of no shared mailbox."),
    row.requested.length
      ? facts([
          [
            "Asked for",
            element(
              "span",
              { class: "list" },
              row.requested.map((mailbox) => mailboxLink(mailbox.name)),
            ),
          ],
        ])
      : null,
  ];
}
