"use strict";
// What is shown, as a state and as the part of an address after #, so that it can be bookmarked and sent.
// A state: { view, q: what is searched, only: one name or null, sort: a column, descending, open: keys of rows, chosen: { filter: value } }

const VIEWS = { findings, mailboxes, people };

const initial = (view) => ({ view, q: "", only: null, sort: VIEWS[view].order, descending: false, open: new Set(), chosen: {} });

/** A column and a direction as one word: quota, or -quota from the highest on. */
const sortingWord = ({ sort, descending }) => `${descending ? "-" : ""}${sort}`;
const sortingOf = (word) => ({ sort: word.replace(/^-/, ""), descending: word.startsWith("-") });

/** A state as the part of an address after #; what is as it would be anyway is left out. */
function fragment({ view, q = "", only = null, sort = null, descending = false, open = [], chosen = {} }) {
  const words = new URLSearchParams({ view });
  if (q) words.set("q", q);
  if (only !== null) words.set("only", only);
  for (const [name, choice] of Object.entries(chosen)) if (choice) words.set(name, choice);
  if (sort && (sort !== VIEWS[view].order || descending)) words.set("sort", sortingWord({ sort, descending }));
  for (const key of open) words.append("open", key);
  return `#${words}`;
}

/** The reverse; whatever an address says, what comes out can be shown. */
function stateOf(address) {
  const words = new URLSearchParams(address.replace(/^#/, ""));
  const view = Object.hasOwn(VIEWS, words.get("view") ?? "") ? words.get("view") : "findings";
  const read = { ...initial(view), q: words.get("q") ?? "", only: words.get("only"), open: new Set(words.getAll("open")) };
  for (const { name } of VIEWS[view].filters) read.chosen[name] = words.get(name) ?? "";
  const sorting = sortingOf(words.get("sort") ?? "");
  return VIEWS[view].columns.some(({ name }) => name === sorting.sort) ? { ...read, ...sorting } : read;
}
