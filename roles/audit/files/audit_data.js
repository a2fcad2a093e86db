"use strict";
// The document as rows for three views, and searching, filtering and sorting of rows. No element is touched here.

const NEARLY_FULL = 90;
const RANKS = ["error", "warning", "info"];
const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Rows of all views. A row has a key, what it shows, and the text that is searched, which is put together when it is first needed. */
function gather(audit) {
  const names = new Map(Object.entries(audit.people ?? {}));
  const mailboxes = (audit.mailboxes ?? []).map((mailbox) => mailboxRow(mailbox, names));
  const byName = new Map(mailboxes.map((row) => [row.key, row]));
  const findings = (audit.findings ?? []).map((finding, index) => findingRow(finding, index, byName));
  for (const row of findings) row.mailbox?.findings.push(row.finding);
  return { names, findings, mailboxes, people: peopleRows(names, mailboxes) };
}

function findingRow(finding, index, byName) {
  const mailbox = byName.get(finding.mailbox) ?? null;
  const rank = RANKS.indexOf(finding.severity);
  const row = { key: String(index), name: finding.mailbox, finding, mailbox, rank: rank < 0 ? RANKS.length : rank };
  return searchable(row, () => [
    finding.id,
    finding.severity,
    finding.mailbox,
    finding.system,
    finding.server,
    finding.message,
    finding.declared,
    finding.found,
    finding.file,
    finding.author,
    finding.date,
    finding.commit,
    finding.subject,
    mailbox?.mailbox.address,
    mailbox?.mailbox.display_name,
    mailbox?.mailbox.unit_name,
  ]);
}

function mailboxRow(mailbox, names) {
  const members = mailbox.members ?? [];
  const row = {
    key: mailbox.name,
    name: mailbox.name,
    mailbox,
    members,
    findings: [],
    differing: members.filter((member) => member.declared !== member.live).length,
    full: isMissing(mailbox.quota_kib) || isMissing(mailbox.used_kib) ? null : percent(mailbox.used_kib, mailbox.quota_kib),
  };
  const person = (login) => [login, names.get(login)?.name];
  return searchable(row, () => [
    mailbox.name,
    mailbox.address,
    mailbox.display_name,
    mailbox.purpose,
    mailbox.unit_type,
    mailbox.unit_name,
    mailbox.backend,
    mailbox.state,
    mailbox.file,
    ...person(mailbox.requested_by),
    ...members.flatMap((member) => person(member.login)),
  ]);
}

/** Everybody of the directory's people and everybody who is a member somewhere, whom the directory may not know. */
function peopleRows(names, mailboxes) {
  const rows = new Map();
  const rowOf = (login) => {
    if (!rows.has(login)) rows.set(login, personRow(login, names.get(login) ?? null));
    return rows.get(login);
  };
  for (const login of names.keys()) rowOf(login);
  for (const { mailbox, members } of mailboxes) {
    for (const member of members) rowOf(member.login).memberships.push({ mailbox, member });
    if (mailbox.requested_by) rowOf(mailbox.requested_by).requested.push(mailbox);
  }
  for (const row of rows.values()) {
    row.readable = row.memberships.filter(({ member }) => member.live).length;
    row.declared = row.memberships.filter(({ member }) => member.declared).length;
    row.differing = row.memberships.filter(({ member }) => member.declared !== member.live).length;
  }
  return [...rows.values()];
}

function personRow(login, person) {
  const row = { key: login, name: login, login, person, memberships: [], requested: [], readable: 0, declared: 0, differing: 0 };
  return searchable(row, () => [
    login,
    person?.name,
    ...(person?.affiliations ?? []),
    ...row.memberships.flatMap(({ mailbox }) => [mailbox.name, mailbox.address, mailbox.unit_name]),
  ]);
}

/** Words are looked for in the values of a row; the line feed between them keeps a match from spanning two. */
function searchable(row, values) {
  let text = null;
  Object.defineProperty(row, "text", { get: () => (text ??= plain(values().filter(Boolean).join("\n"))) });
  return row;
}

const wordsOf = (query) => plain(query).split(/\s+/).filter(Boolean);

/** The rows in which every word occurs, which every filter lets through, and which are about one name if one is asked for. */
function matching(rows, words, only, filters, chosen) {
  const active = filters.filter(({ name }) => chosen[name]);
  return rows.filter(
    (row) =>
      (only === null || row.name === only) &&
      active.every((filter) => filter.values(row).includes(chosen[filter.name])) &&
      words.every((word) => row.text.includes(word)),
  );
}

/** The choices of a filter with how many rows each has: in the order of its labels, else by name. */
function choices(filter, rows) {
  const counts = new Map();
  for (const row of rows) for (const found of filter.values(row)) counts.set(found, (counts.get(found) ?? 0) + 1);
  const labels = Object.keys(filter.labels ?? {});
  const place = (found) => (labels.includes(found) ? labels.indexOf(found) : labels.length);
  return [...counts].sort(([one], [other]) => place(one) - place(other) || order.compare(one, other));
}

/** Rows by a column. What has no value comes last, both ways; equal ones stay in the order that they had. */
function sorted(rows, column, descending) {
  const values = new Map(rows.map((row) => [row, column.sort(row)]));
  return [...rows].sort((one, other) => {
    const [left, right] = [values.get(one), values.get(other)];
    if (isMissing(left) || isMissing(right)) return isMissing(left) - isMissing(right);
    const compared = typeof left === "number" && typeof right === "number" ? left - right : order.compare(String(left), String(right));
    return descending ? -compared : compared;
  });
}
