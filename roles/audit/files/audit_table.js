"use strict";
// The table: its head, and as many of its rows as are looked at. Ten thousand rows are never in the page at once.

const FIRST_ROWS = 100;
const MORE_ROWS = 200;
const PRINTED_ROWS = 2000;

class Table {
  /** @param on what happens: sort(column name), toggle(row, whether it opens) */
  constructor(table, on) {
    [this.table, this.on] = [table, on];
    [this.caption, this.head, this.body] = [table.caption, table.tHead, table.tBodies[0]];
    this.rows = [];
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.keyed(event));
  }

  /** Another view: other columns. */
  show(view) {
    this.view = view;
    this.table.dataset.view = view.words[1];
    put(this.caption, view.caption);
    const heads = view.columns.map((column) => {
      const button = element("button", { type: "button" }, column.label);
      button.addEventListener("click", () => this.on.sort(column.name));
      return element("th", { role: "columnheader", scope: "col", class: `at-${column.name}`, "data-label": column.label }, button);
    });
    const toggles = element("th", { role: "columnheader", scope: "col", class: "toggle" }, element("span", { class: "unseen" }, "Details"));
    this.heads = element("tr", { role: "row" }, toggles, heads);
    // Paper repeats the head on each page: so each says what it belongs to.
    const paper = element("th", { colspan: view.columns.length + 1 }, `${paperTitle()}. ${view.caption}`);
    put(this.head, element("tr", { class: "paper" }, paper), this.heads);
  }

  /** Say by which column it is sorted. */
  mark(name, descending) {
    this.view.columns.forEach((column, index) => {
      const head = this.heads.cells[index + 1];
      if (column.name === name) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  /** Other rows, of which those with a key in `open` are opened. */
  fill(rows, open) {
    [this.rows, this.open] = [rows, open];
    this.body.replaceChildren();
    this.count = 0;
    this.add(FIRST_ROWS);
  }

  /** The next rows. */
  add(number) {
    const added = document.createDocumentFragment();
    for (const row of this.rows.slice(this.count, this.count + number)) {
      added.append(this.row(row, this.count));
      if (this.open.has(row.key)) added.append(this.detail(row, this.count));
      this.count += 1;
    }
    this.body.append(added);
  }

  get hasMore() {
    return this.count < this.rows.length;
  }

  row(row, index) {
    const opened = this.open.has(row.key);
    const button = element("button", {
      type: "button",
      "aria-expanded": String(opened),
      "aria-controls": opened ? `detail-${index}` : null,
      "aria-label": `Details of ${visible(this.view.title(row))}`,
    });
    const cells = this.view.columns.map((column) =>
      element("td", { role: "cell", class: `at-${column.name}`, "data-label": column.label }, column.cell(row)),
    );
    return element(
      "tr",
      { role: "row", class: "row", "data-index": index },
      element("td", { role: "cell", class: "toggle" }, button),
      cells,
    );
  }

  detail(row, index) {
    const content = element(
      "td",
      { role: "cell", colspan: this.view.columns.length + 1 },
      element("div", { class: "details" }, this.view.detail(row)),
    );
    return element("tr", { role: "row", class: "detail", id: `detail-${index}` }, content);
  }

  toggle(line) {
    const index = Number(line.dataset.index);
    const row = this.rows[index];
    const button = line.querySelector(".toggle button");
    const opens = !this.open.has(row.key);
    button.setAttribute("aria-expanded", String(opens));
    if (opens) {
      this.open.add(row.key);
      line.after(this.detail(row, index));
      button.setAttribute("aria-controls", `detail-${index}`);
    } else {
      this.open.delete(row.key);
      line.nextElementSibling.remove();
      button.removeAttribute("aria-controls");
    }
    this.on.toggle();
  }

  /** A click anywhere on a row opens it, except on a link, and except when it ends the selection of some text. */
  clicked(event) {
    const line = event.target.closest("tr.row");
    const selects = !event.target.closest("button") && String(getSelection()) !== "";
    if (line && !event.target.closest("a") && !selects) this.toggle(line);
  }

  keyed(event) {
    const button = event.target.closest(".toggle button");
    if (!button || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.focus(Number(button.closest("tr").dataset.index) + steps[event.key]);
  }

  /** Put the focus on a row, by its number; past the last one in the page, more are added. */
  focus(index) {
    if (index >= this.count && Number.isFinite(index)) this.add(MORE_ROWS);
    const wanted = Math.max(0, Math.min(index, this.count - 1));
    this.body.querySelector(`tr[data-index="${wanted}"] .toggle button`)?.focus();
  }
}
