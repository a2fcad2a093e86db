"use strict";
// The three views: their columns, filters, what a row opens to, and what is exported.

const UNIT_TYPES = { department: "department", lab: "lab", research_group: "research group", student_association: "student association", service: "service" };
const SEVERITY_LABELS = Object.fromEntries(Object.entries(SEVERITIES).map(([severity, [label]]) => [severity, label]));

const named = (text) => (text === null || text === undefined || text === "" ? [] : [text]);
const place = ({ file, line }) => (file ? (line ? `${file}:${line}` : file) : "");

/** Where in git a line comes from: 2026-01-05, An Helpdesk. */
const blame = ({ date, author }) => [date, author].filter(Boolean).join(", ");

const nameOf = (login) => audit.names.get(login)?.name ?? "";

function agreement({ declared, live }) {
  if (declared && live) return "yes";
  return badge("error", live ? "not declared" : declared ? "no access" : "neither");
}

const stacked = (first, second) => element("span", { class: "stacked" }, first, muted(second));

const findings = {
  caption: "Findings: where the servers and the repository differ",
  words: ["finding", "findings"],
  columns: [
    { name: "severity", label: "Severity", sort: (row) => row.rank, cell: ({ finding }) => badge(finding.severity, SEVERITY_LABELS[finding.severity] ?? finding.severity) },
    { name: "mailbox", label: "Mailbox", sort: (row) => row.name, cell: (row) => (row.mailbox ? stacked(mailboxLink(row.name), value(row.mailbox.mailbox.display_name)) : value(row.name)) },
    { name: "message", label: "What", sort: ({ finding }) => finding.message, cell: ({ finding }) => value(finding.message) },
    { name: "id", label: "Finding", sort: ({ finding }) => finding.id, cell: ({ finding }) => value(finding.id, "code") },
    { name: "system", label: "System", sort: ({ finding }) => finding.system, cell: ({ finding }) => value(finding.system) },
    { name: "date", label: "Last changed", sort: ({ finding }) => finding.date, cell: ({ finding }) => stacked(value(finding.date), value(finding.author)) },
  ],
  order: "severity",
  filters: [
    { name: "severity", label: "Severity", values: ({ finding }) => named(finding.severity), labels: SEVERITY_LABELS },
    { name: "id", label: "Finding", values: ({ finding }) => named(finding.id) },
    { name: "system", label: "System", values: ({ finding }) => named(finding.system) },
    { name: "unit", label: "Unit", values: (row) => named(row.mailbox?.mailbox.unit_type), labels: UNIT_TYPES },
  ],
  title: ({ finding }) => `${finding.id}, ${finding.mailbox}`,
  detail: (row) => [findingFacts(row.finding)],
  heads: ["severity", "finding", "mailbox", "system", "server", "message", "declared", "found", "file", "line", "author", "date", "commit", "subject"],
  lines: ({ finding }) => [[
    finding.severity, finding.id, finding.mailbox, finding.system, finding.server, finding.message, finding.declared, finding.found,
    finding.file, finding.line, finding.author, finding.date, finding.commit, finding.subject,
  ]],
};

function findingFacts(finding) {
  const compared = finding.declared !== null || finding.found !== null;
  return facts([
    ["Declared", compared ? finding.declared ?? muted("nothing") : null],
    ["Found", compared ? finding.found ?? muted("nothing") : null],
    ["On", [finding.system, finding.server].filter(Boolean).join(", ")],
    ["File", finding.file ? value(place(finding), "code") : null],
    ["Changed", blame(finding)],
    ["Commit", finding.commit ? element("span", {}, value(finding.commit, "code"), " ", value(finding.subject)) : null],
  ]);
}

const fullness = ({ full, mailbox }) => {
  if (mailbox.quota_kib === null || mailbox.quota_kib === undefined) return ["unlimited"];
  if (full === null) return ["unknown"];
  return full >= 100 ? ["nearly", "full"] : full >= NEARLY_FULL ? ["nearly"] : [];
};

function states({ mailbox }) {
  if (!mailbox.declared) return ["undeclared"];
  return [mailbox.state, ...(mailbox.managed ? [] : ["unmanaged"])];
}

const STATE_LABELS = { present: "present", retired: "retired", undeclared: "not declared", unmanaged: "not managed" };

function memberCount(row) {
  const live = row.members.filter((member) => member.live).length;
  return element("span", {}, grouped.format(live), row.differing ? [" ", badge("error", `${grouped.format(row.differing)} differ${row.differing === 1 ? "s" : ""}`)] : null);
}

const mailboxes = {
  caption: "Mailboxes: what there is, declared or not",
  words: ["mailbox", "mailboxes"],
  columns: [
    { name: "mailbox", label: "Mailbox", sort: (row) => row.name, cell: ({ mailbox }) => stacked(value(mailbox.name, "name"), value(mailbox.display_name)) },
    { name: "unit", label: "Unit", sort: ({ mailbox }) => mailbox.unit_name, cell: ({ mailbox }) => stacked(value(mailbox.unit_name), value(UNIT_TYPES[mailbox.unit_type] ?? mailbox.unit_type)) },
    { name: "system", label: "System", sort: ({ mailbox }) => mailbox.backend, cell: (row) => stacked(value(row.mailbox.backend), states(row).map((state) => STATE_LABELS[state] ?? state).join(", ")) },
    { name: "members", label: "Members", sort: (row) => row.members.length, descending: true, cell: memberCount },
    { name: "quota", label: "Quota", sort: (row) => row.full, descending: true, cell: ({ mailbox }) => quota(mailbox) },
    { name: "mail", label: "Last mail", sort: ({ mailbox }) => mailbox.last_mail, descending: true, cell: ({ mailbox }) => (mailbox.last_mail ? localDay(mailbox.last_mail) : muted("unknown")) },
    { name: "findings", label: "Findings", sort: (row) => row.findings.length, descending: true, cell: (row) => element("span", { class: "badges" }, severityCounts(row.findings)) },
  ],
  order: "mailbox",
  filters: [
    { name: "with", label: "Findings", labels: { any: "any", ...SEVERITY_LABELS, none: "none" },
      values: (row) => (row.findings.length ? ["any", ...new Set(row.findings.map((finding) => finding.severity))] : ["none"]) },
    { name: "backend", label: "System", values: ({ mailbox }) => named(mailbox.backend) },
    { name: "state", label: "State", values: states, labels: STATE_LABELS },
    { name: "unit", label: "Unit", values: ({ mailbox }) => named(mailbox.unit_type), labels: UNIT_TYPES },
    { name: "quota", label: "Quota", values: fullness, labels: { nearly: `${NEARLY_FULL} % and more`, full: "full", unlimited: "no limit", unknown: "use unknown" } },
  ],
  title: (row) => row.name,
  detail: mailboxDetail,
  heads: ["mailbox", "address", "display name", "purpose", "unit type", "unit", "requested by", "system", "state", "declared", "managed", "file",
    "members declared", "members live", "quota KiB", "used KiB", "used %", "last mail", "last login", "findings"],
  lines: (row) => [[
    row.mailbox.name, row.mailbox.address, row.mailbox.display_name, row.mailbox.purpose, row.mailbox.unit_type, row.mailbox.unit_name,
    row.mailbox.requested_by, row.mailbox.backend, row.mailbox.state, yesOrNo(row.mailbox.declared), yesOrNo(row.mailbox.managed), row.mailbox.file,
    row.members.filter((member) => member.declared).map((member) => member.login).join(" "),
    row.members.filter((member) => member.live).map((member) => member.login).join(" "),
    row.mailbox.quota_kib, row.mailbox.used_kib, row.full, row.mailbox.last_mail, row.mailbox.last_login, row.findings.length,
  ]],
};

function mailboxDetail(row) {
  const { mailbox } = row;
  const members = row.members.map((member) => [
    personLink(member.login), nameOf(member.login), agreement(member), blame({ date: member.since, author: member.author }),
  ]);
  const found = row.findings.map((finding) => element("li", {},
    element("p", {}, badge(finding.severity, SEVERITY_LABELS[finding.severity] ?? finding.severity), " ", value(finding.message), " ", value(finding.id, "code muted")),
    findingFacts(finding)));
  return [
    facts([
      ["Address", mailbox.address], ["Purpose", mailbox.purpose], ["Requested by", mailbox.requested_by ? person(mailbox.requested_by) : null],
      ["File", mailbox.file ? value(mailbox.file, "code") : muted("none: it is not declared")],
      ["Managed", mailbox.managed ? "yes" : "no: it bears no mark of Postroom"], ["On", (mailbox.systems ?? []).join(", ")],
      ["Last mail", mailbox.last_mail ? localTime(mailbox.last_mail) : muted("unknown")],
      ["Last login", mailbox.last_login ? localTime(mailbox.last_login) : muted("unknown")],
    ]),
    members.length ? innerTable("Members", ["Login", "Name", "Access as declared", "In the file since"], members) : element("p", {}, "It has no members."),
    found.length ? element("section", { class: "found" },
      element("h3", {}, "Findings ", link({ view: "findings", only: mailbox.name }, "as a list")), element("ul", {}, found)) : null,
  ];
}

const person = (login) => element("span", {}, personLink(login), " ", value(nameOf(login)));

const ACCOUNTS = { active: "active", ended: "not active", unknown: "not in the directory" };
const account = ({ person: known }) => (known === null ? "unknown" : known.active ? "active" : "ended");

const people = {
  caption: "People: who can read which mailboxes",
  words: ["person", "people"],
  columns: [
    { name: "login", label: "Login", sort: (row) => row.login, cell: (row) => value(row.login, "name") },
    { name: "name", label: "Name", sort: (row) => row.person?.name, cell: (row) => value(row.person?.name) },
    { name: "affiliation", label: "Affiliation", sort: (row) => row.person?.affiliations?.join(", "), cell: (row) => value(row.person?.affiliations?.join(", ")) },
    { name: "account", label: "Account", sort: account, cell: (row) => (account(row) === "active" ? ACCOUNTS.active : badge("warning", ACCOUNTS[account(row)])) },
    { name: "reads", label: "Can read", sort: (row) => row.readable, descending: true, cell: (row) => grouped.format(row.readable) },
    { name: "declared", label: "Declared", sort: (row) => row.declared, descending: true, cell: (row) => grouped.format(row.declared) },
    { name: "differs", label: "Differs", sort: (row) => row.differing, descending: true, cell: (row) => (row.differing ? badge("error", grouped.format(row.differing)) : "") },
  ],
  order: "login",
  filters: [
    { name: "access", label: "Access", labels: { reads: "reads a mailbox", extra: "reads, not declared", missing: "declared, cannot read", none: "reads none" }, values: access },
    { name: "affiliation", label: "Affiliation", values: (row) => row.person?.affiliations ?? [] },
    { name: "account", label: "Account", values: (row) => [account(row)], labels: ACCOUNTS },
  ],
  title: (row) => row.login,
  detail: personDetail,
  heads: ["login", "name", "affiliations", "account", "mailbox", "address", "declared", "live", "since", "author"],
  // A line for each mailbox that a person has to do with: that is what a review of access needs.
  lines: (row) => (row.memberships.length ? row.memberships : [null]).map((membership) => [
    row.login, row.person?.name, row.person?.affiliations?.join(" "), ACCOUNTS[account(row)], membership?.mailbox.name, membership?.mailbox.address,
    yesOrNo(membership?.member.declared), yesOrNo(membership?.member.live), membership?.member.since, membership?.member.author,
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
    mailboxLink(mailbox.name), mailbox.display_name, mailbox.backend, agreement(member), blame({ date: member.since, author: member.author }),
  ]);
  return [
    lines.length ? innerTable("Mailboxes", ["Mailbox", "Display name", "System", "Access as declared", "In the file since"], lines)
      : element("p", {}, "Is a member of no shared mailbox."),
    row.requested.length ? facts([["Asked for", element("span", { class: "list" }, row.requested.map((mailbox) => mailboxLink(mailbox.name)))]]) : null,
  ];
}

const VIEWS = { findings, mailboxes, people };
