"use strict";
// Elements. Text goes in as text nodes: a value cannot become markup.

const byId = (id) => document.getElementById(id);

/** An element with attributes (null and false leave one out) and children: elements, or values that are shown as text. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  put(made, ...children);
  return made;
}

/** Replace what is in an element. */
function put(parent, ...children) {
  parent.replaceChildren(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined)
      .map((child) => (child instanceof Node ? child : document.createTextNode(visible(child)))),
  );
}

/** A value of somebody else's: whichever way it is written, what stands beside it stays in place. */
const value = (text, className = null) => element("bdi", { class: className }, text);

const muted = (...children) => element("span", { class: "muted" }, ...children);

const SEVERITIES = { error: ["Error", "error", "errors"], warning: ["Warning", "warning", "warnings"], info: ["Note", "note", "notes"] };

const badge = (severity, text) => element("span", { class: `badge ${Object.hasOwn(SEVERITIES, severity) ? severity : "info"}` }, text);

/** How many findings of each severity, the gravest first. */
function severityCounts(findings) {
  const counts = new Map();
  for (const { severity } of findings) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  return Object.keys(SEVERITIES)
    .filter((severity) => counts.has(severity))
    .map((severity) => badge(severity, counted(counts.get(severity), SEVERITIES[severity][1], SEVERITIES[severity][2])));
}

/** A link to another view of this page. */
const link = (state, ...children) => element("a", { href: fragment(state) }, ...children);

const mailboxLink = (name) => link({ view: "mailboxes", only: name, open: [name] }, value(name));
const personLink = (login) => link({ view: "people", only: login, open: [login] }, value(login));

/** How full a mailbox is, in words and as a bar; the bar says nothing that the words do not. */
function quota({ used_kib: used, quota_kib: limit }) {
  if (isMissing(limit)) return muted(isMissing(used) ? "unknown" : `${size(used)}, no limit`);
  if (isMissing(used)) return muted(`unknown, of ${size(limit)}`);
  const full = percent(used, limit);
  const fill = element("span", { class: full >= 100 ? "fill full" : full >= NEARLY_FULL ? "fill nearly" : "fill" });
  fill.style.width = `${Math.min(100, full)}%`;
  const word = full >= 100 ? ", full" : full >= NEARLY_FULL ? ", nearly full" : "";
  return element(
    "span",
    { class: "quota" },
    element("span", { class: "amount" }, `${size(used)} of ${size(limit)}`),
    element("span", { class: "percent" }, `${full} %${word}`),
    element("span", { class: "track", "aria-hidden": "true" }, fill),
  );
}

/** Names and values, without those that have none. */
const facts = (pairs) =>
  element(
    "dl",
    {},
    pairs
      .filter(([, shown]) => !isMissing(shown))
      .map(([name, shown]) => element("div", {}, element("dt", {}, name), element("dd", {}, shown instanceof Node ? shown : value(shown)))),
  );

/** A small table inside a row; the roles keep it a table for a screen reader where CSS lays it out as cards. */
function innerTable(caption, heads, rows) {
  const cells = (row) =>
    row.map((cell, index) => element("td", { role: "cell", "data-label": heads[index] }, cell instanceof Node ? cell : value(cell ?? "")));
  return element(
    "table",
    { role: "table", class: "inner" },
    element("caption", {}, caption),
    element(
      "thead",
      { role: "rowgroup" },
      element(
        "tr",
        { role: "row" },
        heads.map((head) => element("th", { role: "columnheader", scope: "col" }, head)),
      ),
    ),
    element(
      "tbody",
      { role: "rowgroup" },
      rows.map((row) => element("tr", { role: "row" }, cells(row))),
    ),
  );
}

// What more than one view says

const UNIT_TYPES = {
  department: "department",
  lab: "lab",
  research_group: "research group",
  student_association: "student association",
  service: "service",
};
const SEVERITY_LABELS = Object.fromEntries(Object.entries(SEVERITIES).map(([severity, [label]]) => [severity, label]));

const severityBadge = ({ severity }) => badge(severity, labelled(SEVERITY_LABELS, severity));

const named = (text) => (isMissing(text) ? [] : [text]);
const place = ({ file, line }) => (file ? (line ? `${file}:${line}` : file) : "");

/** Where in git a line comes from: 2026-01-05, An Helpdesk. */
const blame = ({ date, author }) => [date, author].filter(Boolean).join(", ");

const nameOf = (login) => audit.names.get(login)?.name ?? "";

function agreement({ declared, live }) {
  if (declared && live) return "yes";
  return badge("error", live ? "not declared" : declared ? "no access" : "neither");
}

const stacked = (first, second) => element("span", { class: "stacked" }, first, muted(second));

const person = (login) => element("span", {}, personLink(login), " ", value(nameOf(login)));
