"use strict";
// The view of findings: its columns, filters, what a row opens to, and what is exported.

const findings = {
  caption: "Findings: where the servers and the repository differ",
  words: ["finding", "findings"],
  columns: [
    {
      name: "severity",
      label: "Severity",
      sort: (row) => row.rank,
      cell: ({ finding }) => severityBadge(finding),
    },
    {
      name: "mailbox",
      label: "Mailbox",
      sort: (row) => row.name,
      cell: (row) => (row.mailbox ? stacked(mailboxLink(row.name), value(row.mailbox.mailbox.display_name)) : value(row.name)),
    },
    { name: "message", label: "What", sort: ({ finding }) => finding.message, cell: ({ finding }) => value(finding.message) },
    { name: "id", label: "Finding", sort: ({ finding }) => finding.id, cell: ({ finding }) => value(finding.id, "code") },
    { name: "system", label: "System", sort: ({ finding }) => finding.system, cell: ({ finding }) => value(finding.system) },
    {
      name: "date",
      label: "Last changed",
      sort: ({ finding }) => finding.date,
      cell: ({ finding }) => stacked(value(finding.date), value(finding.author)),
    },
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
  heads: [
    "severity",
    "finding",
    "mailbox",
    "system",
    "server",
    "message",
    "declared",
    "found",
    "file",
    "line",
    "author",
    "date",
    "commit",
    "subject",
  ],
  lines: ({ finding }) => [
    [
      finding.severity,
      finding.id,
      finding.mailbox,
      finding.system,
      finding.server,
      finding.message,
      finding.declared,
      finding.found,
      finding.file,
      finding.line,
      finding.author,
      finding.date,
      finding.commit,
      finding.subject,
    ],
  ],
};

function findingFacts(finding) {
  const compared = finding.declared !== null || finding.found !== null;
  return facts([
    ["Declared", compared ? (finding.declared ?? muted("nothing")) : null],
    ["Found", compared ? (finding.found ?? muted("nothing")) : null],
    ["On", [finding.system, finding.server].filter(Boolean).join(", ")],
    ["File", finding.file ? value(place(finding), "code") : null],
    ["Changed", blame(finding)],
    ["Commit", finding.commit ? element("span", {}, value(finding.commit, "code"), " ", value(finding.subject)) : null],
  ]);
}
