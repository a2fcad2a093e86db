"use strict";
// The page: what is shown is a state, the state is in the address after #, and every change of it is shown at once.

const TYPING = 60; // ms without a key before a search is done

let state = null;
let audit = null;
let table = null;
const kept = {}; // the state of each view that was left, to come back to
const inOrder = {}; // the rows of each view as they were sorted last

function start() {
  startColours();
  const read = readDocument();
  if (typeof read === "string") return notice(read);
  try {
    audit = { ...gather(read), document: read };
  } catch {
    return notice("This page and its data do not fit together. Run the audit again, or read audit.md.");
  }
  table = new Table(byId("table"), { sort: sortBy, toggle: () => remember(false) });
  byId("report").hidden = false;
  showHeader();
  listen();
  return fromAddress(false);
}

// The state and the address

/** Write the state into the address, as a new step back or in place of this one. */
function remember(asStep) {
  try {
    history[asStep ? "pushState" : "replaceState"](null, "", fragment(state));
  } catch {
    /* some browsers allow only so many a minute: the next one will be written */
  }
}

function fromAddress(focus = true) {
  clearTimeout(listen.timer);
  if (state) kept[state.view] = state;
  state = stateOf(location.hash);
  byId("search").value = state.q;
  show(true);
  // Who followed a link to one row goes on from that row.
  if (focus && state.only !== null) table.focus(0);
  else if (focus && document.activeElement === document.body) byId("results").focus({ preventScroll: true });
}

// Showing

/** Show the state; with `whole`, the tabs, filters and head too, for a view that was not shown before. */
function show(whole = false) {
  const view = VIEWS[state.view];
  if (whole) {
    showFilters(view);
    table.show(view);
    put(
      byId("order"),
      view.columns.flatMap((column) =>
        [false, true].map((descending) =>
          element("option", { value: sortingWord({ sort: column.name, descending }) }, `${column.label} ${descending ? "↓" : "↑"}`),
        ),
      ),
    );
  }
  const found = matching(rowsInOrder(), wordsOf(state.q), state.only, view.filters, state.chosen);
  table.mark(state.sort, state.descending);
  table.fill(found, state.open);
  showTabs();
  showStatus(view, found);
  byId("order").value = sortingWord(state);
  showRest();
}

function rowsInOrder() {
  const wanted = sortingWord(state);
  const column = VIEWS[state.view].columns.find(({ name }) => name === state.sort);
  if (inOrder[state.view]?.wanted !== wanted) inOrder[state.view] = { wanted, rows: sorted(audit[state.view], column, state.descending) };
  return inOrder[state.view].rows;
}

function showFilters(view) {
  put(
    byId("filters"),
    view.filters.map((filter) => {
      const select = element(
        "select",
        { id: `filter-${filter.name}`, "data-name": filter.name },
        element("option", { value: "" }, "all"),
        choices(filter, audit[state.view]).map(([choice, number]) =>
          element("option", { value: choice }, `${labelled(filter.labels, choice)} (${grouped.format(number)})`),
        ),
      );
      select.addEventListener("change", () => change({ chosen: { ...state.chosen, [filter.name]: select.value } }));
      return element("span", { class: "filter" }, element("label", { for: select.id }, filter.label), select);
    }),
  );
}

/** How many rows of each view match; those of the views that are not shown are counted when the shown ones are in place. */
function showTabs() {
  const words = wordsOf(state.q);
  for (const name of Object.keys(VIEWS)) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute("aria-selected", String(name === state.view));
    tab.tabIndex = name === state.view ? 0 : -1;
  }
  byId("results").setAttribute("aria-labelledby", `tab-${state.view}`);
  clearTimeout(showTabs.timer);
  showTabs.timer = setTimeout(() => {
    for (const name of Object.keys(VIEWS)) {
      put(
        byId(`tab-${name}`).querySelector("span"),
        grouped.format(words.length ? matching(audit[name], words, null, [], {}).length : audit[name].length),
      );
    }
  });
}

function showStatus(view, found) {
  const total = audit[state.view].length;
  const [one, many] = view.words;
  put(
    byId("count"),
    found.length === total ? counted(total, one, many) : `${grouped.format(found.length)} of ${counted(total, one, many)}`,
  );
  for (const select of byId("filters").querySelectorAll("select")) {
    const choice = state.chosen[select.dataset.name] ?? "";
    // A bookmark may name what this report has none of: it is said rather than passed over.
    if (![...select.options].some((option) => option.value === choice))
      select.append(element("option", { value: choice }, `${visible(choice)} (0)`));
    select.value = choice;
    select.classList.toggle("chosen", choice !== "");
  }
  byId("only").hidden = state.only === null;
  put(
    byId("only"),
    "Only ",
    value(state.only),
    element("span", { class: "unseen" }, ", show all"),
    element("span", { "aria-hidden": "true" }, " ×"),
  );
  byId("clear").hidden = !isNarrowed();
  byId("export").disabled = !found.length;
  byId("table").hidden = !found.length;
  byId("nothing").hidden = found.length > 0;
  put(byId("nothing"), total ? `No ${one} matches.` : nothingAtAll(many));
  put(byId("shown-for"), inWords(view));
}

function nothingAtAll(many) {
  if (many !== "findings") return `There are no ${many} in this report.`;
  const complete = (audit.document.servers ?? []).every((server) => server.answered);
  return complete ? "No findings: the servers hold what the repository declares." : "No findings on the servers that answered.";
}

const isNarrowed = () => Boolean(state.q || state.only !== null || Object.values(state.chosen).some(Boolean));

/** For paper: what was searched and filtered. */
function inWords(view) {
  const filters = view.filters
    .filter(({ name }) => state.chosen[name])
    .map(({ name, label, labels }) => `${label}: ${labelled(labels, state.chosen[name])}`);
  return [state.q ? `Search: ${state.q}` : "", state.only !== null ? `Only ${state.only}` : "", ...filters].filter(Boolean).join(" · ");
}

function showRest() {
  const left = table.rows.length - table.count;
  byId("rest").hidden = !left;
  put(byId("more"), `Show ${grouped.format(Math.min(left, MORE_ROWS))} more of ${grouped.format(left)}`);
}

function showMore(number = MORE_ROWS) {
  table.add(number);
  showRest();
}

// What a person does

function change(changes, asStep = false) {
  state = { ...state, ...changes };
  if ("q" in changes || "chosen" in changes) state.open = new Set();
  byId("search").value = state.q;
  show();
  remember(asStep);
}

/** Another view: as it was left, but with the same search, which is for all views. */
function changeView(view) {
  if (view === state.view) return;
  kept[state.view] = state;
  state = { ...(kept[view] ?? initial(view)), q: state.q, only: null };
  show(true);
  remember(true);
}

function sortBy(name) {
  const column = VIEWS[state.view].columns.find((one) => one.name === name);
  change({ sort: name, descending: name === state.sort ? !state.descending : Boolean(column.descending) });
}

/** One step at a time: the search, then the one name, then the filters. */
function clearStep() {
  if (byId("search").value || state.q) change({ q: "" });
  else if (state.only !== null) change({ only: null });
  else if (isNarrowed()) change({ chosen: {} });
}

function exportShown() {
  const view = VIEWS[state.view];
  const blob = new Blob([csv([view.heads, ...table.rows.flatMap(view.lines)], audit.document.csv_delimiter)], { type: "text/csv;charset=utf-8" });
  const address = URL.createObjectURL(blob);
  const anchor = element("a", {
    href: address,
    download: `postroom-${state.view}-${localDay(audit.document.generated).replace(/[^0-9-]/g, "")}.csv`,
  });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function listen() {
  const search = byId("search");
  listenToSearch(search);
  byId("clear").addEventListener("click", () => {
    change({ q: "", only: null, chosen: {} });
    search.focus();
  });
  byId("only").addEventListener("click", () => {
    change({ only: null });
    search.focus();
  });
  byId("export").addEventListener("click", exportShown);
  byId("more").addEventListener("click", () => {
    const first = table.count;
    showMore();
    table.focus(first);
  });
  byId("order").addEventListener("change", (event) => change(sortingOf(event.target.value)));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("results").focus();
  });
  byId("tabs").addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) changeView(tab.id.slice(4));
  });
  byId("tabs").addEventListener("keydown", tabKeyed);
  addEventListener("keydown", pageKeyed);
  addEventListener("hashchange", () => fromAddress());
  addEventListener("beforeprint", fillPaper);
  new IntersectionObserver(
    (seen) => {
      if (seen.some((one) => one.isIntersecting) && table.hasMore) showMore();
    },
    { rootMargin: "600px" },
  ).observe(byId("rest"));
}

/** Paper cannot be scrolled: it gets all rows at once, and says so where they are too many for it. */
function fillPaper() {
  if (table.count < PRINTED_ROWS) showMore(PRINTED_ROWS - table.count);
  const cut = table.hasMore ? `The first ${grouped.format(table.count)} only: narrow the search, or export as CSV.` : "";
  put(byId("shown-for"), [inWords(VIEWS[state.view]), cut].filter(Boolean).join(" · "));
}

function listenToSearch(search) {
  search.addEventListener("input", () => {
    clearTimeout(listen.timer);
    // A search looks through everything, not only through the row that a link led to.
    listen.timer = setTimeout(() => change({ q: search.value, only: null }), TYPING);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    table.focus(0);
  });
  // The first key is then as quick as the next ones.
  search.addEventListener("focus", () => setTimeout(() => matching(audit[state.view], [""], null, [], {})), { once: true });
}

/** The keys of the ARIA tabs pattern. */
function tabKeyed(event) {
  const views = Object.keys(VIEWS);
  const at = views.indexOf(state.view);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1 + views.length, Home: 0, End: views.length - 1 }[event.key];
  if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  changeView(views[next % views.length]);
  byId(`tab-${state.view}`).focus();
}

function pageKeyed(event) {
  const isTyping = event.target.closest?.("input, select, textarea");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
    byId("search").select();
  } else if (event.key === "Escape" && event.target.tagName !== "SELECT" && !event.isComposing) {
    event.preventDefault();
    clearTimeout(listen.timer);
    clearStep();
  }
}

start();
