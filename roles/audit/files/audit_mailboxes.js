"use strict";
// The view of mailboxes.

const fullness = ({ full, mailbox }) => {
  if (isMissing(mailbox.quota_kib)) return ["unlimited"];
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
  return element(
    "span",
    {},
    grouped.format(live),
    row.differing ? [" ", badge("error", `${grouped.format(row.differing)} differ${row.differing === 1 ? "s" : ""}`)] : null,
  );
}

const mailboxes = {
  caption: "Mailboxes: what there is, declared or not",
  words: ["mailbox", "mailboxes"],
  columns: [
    {
      name: "mailbox",
      label: "Mailbox",
      sort: (row) => row.name,
      cell: ({ mailbox }) => stacked(value(mailbox.name, "name"), value(mailbox.display_name)),
    },
    {
      name: "unit",
      label: "Unit",
      sort: ({ mailbox }) => mailbox.unit_name,
      cell: ({ mailbox }) => stacked(value(mailbox.unit_name), value(labelled(UNIT_TYPES, mailbox.unit_type))),
    },
    {
      name: "system",
      label: "System",
      sort: ({ mailbox }) => mailbox.backend,
      cell: (row) =>
        stacked(
          value(row.mailbox.backend),
          states(row)
            .map((state) => labelled(STATE_LABELS, state))
            .join(", "),
        ),
    },
    { name: "members", label: "Members", sort: (row) => row.members.length, descending: true, cell: memberCount },
    { name: "quota", label: "Quota", sort: (row) => row.full, descending: true, cell: ({ mailbox }) => quota(mailbox) },
    {
      name: "mail",
      label: "Last mail",
      sort: ({ mailbox }) => mailbox.last_mail,
      descending: true,
      cell: ({ mailbox }) => (mailbox.last_mail ? localDay(mailbox.last_mail) : muted("unknown")),
    },
    {
      name: "findings",
      label: "Findings",
      sort: (row) => row.findings.length,
      descending: true,
      cell: (row) => element("span", { class: "badges" }, severityCounts(row.findings)),
    },
  ],
  order: "mailbox",
  filters: [
    {
      name: "with",
      label: "Findings",
      labels: { any: "any", ...SEVERITY_LABELS, none: "none" },
      values: (row) => (row.findings.length ? ["any", ...new Set(row.findings.map((finding) => finding.severity))] : ["none"]),
    },
    { name: "backend", label: "System", values: ({ mailbox }) => named(mailbox.backend) },
    { name: "state", label: "State", values: states, labels: STATE_LABELS },
    { name: "unit", label: "Unit", values: ({ mailbox }) => named(mailbox.unit_type), labels: UNIT_TYPES },
    {
      name: "quota",
      label: "Quota",
      values: fullness,
      labels: { nearly: `${NEARLY_FULL} % and more`, full: "full", unlimited: "no limit", unknown: "use unknown" },
    },
  ],
  title: (row) => row.name,
  detail: mailboxDetail,
  heads: [
    "mailbox",
    "address",
    "display name",
    "purpose",
    "unit type",
    "unit",
    "requested by",
    "system",
    "state",
    "declared",
    "managed",
    "file",
    "members declared",
    "members live",
    "quota KiB",
    "used KiB",
    "used %",
    "last mail",
    "last login",
    "findings",
  ],
  lines: (row) => [
    [
      row.mailbox.name,
      row.mailbox.address,
      row.mailbox.display_name,
      row.mailbox.purpose,
      row.mailbox.unit_type,
      row.mailbox.unit_name,
      row.mailbox.requested_by,
      row.mailbox.backend,
      row.mailbox.state,
      yesOrNo(row.mailbox.declared),
      yesOrNo(row.mailbox.managed),
      row.mailbox.file,
      row.members
        .filter((member) => member.declared)
        .map((member) => member.login)
        .join(" "),
      row.members
        .filter((member) => member.live)
        .map((member) => member.login)
        .join(" "),
      row.mailbox.quota_kib,
      row.mailbox.used_kib,
      row.full,
      row.mailbox.last_mail,
      row.mailbox.last_login,
      row.findings.length,
    ],
  ],
};

function mailboxDetail(row) {
  return [mailboxFacts(row.mailbox), membersTable(row.members), row.findings.length ? findingsOf(row) : null];
}

const mailboxFacts = (mailbox) =>
  facts([
    ["Address", mailbox.address],
    ["Purpose", mailbox.purpose],
    ["Requested by", mailbox.requested_by ? person(mailbox.requested_by) : null],
    ["File", mailbox.file ? value(mailbox.file, "code") : muted("none: it is not declared")],
    ["Managed", mailbox.managed ? "yes" : "no: it bears no mark of Postroom"],
    ["On", (mailbox.systems ?? []).join(", ")],
    ["Last mail", mailbox.last_mail ? localTime(mailbox.last_mail) : muted("unknown")],
    ["Last login", mailbox.last_login ? localTime(mailbox.last_login) : muted("unknown")],
  ]);

function membersTable(members) {
  if (!members.length) return element("p", {}, "It has no members.");
  const lines = members.map((member) => [
    personLink(member.login),
    nameOf(member.login),
    agreement(member),
    blame({ date: member.since, author: member.author }),
  ]);
  return innerTable("Members", ["Login", "Name", "Access as declared", "In the file since"], lines);
}

function findingsOf({ name, findings: found }) {
  const said = (finding) => [severityBadge(finding), " ", value(finding.message), " ", value(finding.id, "code muted")];
  return element(
    "section",
    { class: "found" },
    element("h3", {}, "Findings ", link({ view: "findings", only: name }, "as a list")),
    element(
      "ul",
      {},
      found.map((finding) => element("li", {}, element("p", {}, said(finding)), findingFacts(finding))),
    ),
  );
}
