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
    { name: "message", label: "What", sort: ({ finding }) => finding.message, cell: ({ finding }) => stacked(value(finding.message), toDo(finding)) },
    { name: "id", label: "Finding", sort: ({ finding }) => finding.id, cell: ({ finding }) => value(finding.id, "code") },
    { name: "system", label: "System", sort: ({ finding }) => finding.system, cell: ({ finding }) => value(finding.system) },
    {
      name: "date",
      label: "Declared since",
      sort: ({ finding }) => finding.date,
      cell: ({ finding }) => value(finding.date),
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
    "to do",
    "declared",
    "found",
    "file",
    "line",
    "declaration written by",
    "declared since",
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
      toDo(finding),
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

/** What to do about a finding of this kind. */
function toDo({ id }) {
  const rules = audit.document.rules ?? {};
  return Object.hasOwn(rules, id) ? visible(rules[id]?.action).replaceAll("`", "") : "";
}

/** Who wrote the declaration is whom to ask. It is not who changed the server: that is not known. */
function findingFacts(finding) {
  const compared = finding.declared !== null || finding.found !== null;
  return facts([
    ["To do", toDo(finding)],
    ["Declared", compared ? (finding.declared ?? muted("nothing")) : null],
    ["Found", compared ? (finding.found ?? muted("nothing")) : null],
    ["On", [finding.system, finding.server].filter(Boolean).join(", ")],
    ["File", finding.file ? value(place(finding), "code") : null],
    ["Declared since", finding.date ? value(finding.date) : null],
    ["To ask", finding.author ? [value(finding.author), muted(", who wrote this in the file; who changed the server is not known")] : null],
    ["Commit", finding.commit ? element("span", {}, value(finding.commit, "code"), " ", value(finding.subject)) : null],
  ]);
}
