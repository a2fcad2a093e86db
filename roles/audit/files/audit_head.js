"use strict";
// The head of the page: what was audited, when, and which servers gave no answer; or what is wrong with the data.

/** The document, or what to say instead. */
function readDocument() {
  const text = byId("audit-data").textContent;
  // In two parts, because the whole may stand in this file once only: where the data go.
  if (text.trim() === `__AUDIT_${"JSON"}__`) {
    return (
      "There are no data in this page yet: it is the template. ansible-playbook playbooks/audit.yml fills it and writes " +
      "reports/audit.html: open that one."
    );
  }
  try {
    const read = JSON.parse(text);
    if (read?.format === 1) return read;
    return "This page and its data do not fit together: the data have another format. Run the audit again, or read audit.md.";
  } catch {
    return "The data in this page are damaged, perhaps by a download that was cut short. Fetch it again, or read audit.md.";
  }
}

function notice(text) {
  byId("notice").hidden = false;
  put(byId("notice"), text);
}

function showHeader() {
  const { generated, commit, servers = [] } = audit.document;
  put(
    byId("when"),
    element("time", { datetime: visible(generated) }, localTime(generated)),
    " · ",
    commit ? element("span", {}, "commit ", value(commit, "code")) : "no commit",
    " · ",
    counted(audit.mailboxes.length, "mailbox", "mailboxes"),
    " · ",
    counted(audit.people.length, "person", "people"),
  );
  document.title = `Postroom audit ${localDay(generated)}`;
  put(
    byId("severities"),
    Object.entries(SEVERITIES).map(([severity, [, one, many]]) => {
      const number = audit.findings.filter(({ finding }) => finding.severity === severity).length;
      const shown = [element("strong", {}, grouped.format(number)), ` ${number === 1 ? one : many}`];
      return element("li", { class: number ? severity : "none" }, number ? link({ view: "findings", chosen: { severity } }, shown) : shown);
    }),
  );
  const answered = servers.filter((server) => server.answered);
  put(
    byId("servers"),
    answered.length ? "Answered: " : "No server answered.",
    element(
      "span",
      { class: "list" },
      answered.map((server) => element("span", {}, value(server.system), " ", muted(value(server.server)))),
    ),
  );
  showAlarm(servers.filter((server) => !server.answered));
}

/** Which audit a page of paper is from. */
function paperTitle() {
  const { generated, commit } = audit.document;
  return `Postroom audit ${localTime(generated)}${commit ? `, commit ${visible(commit).slice(0, 12)}` : ""}`;
}

function showAlarm(silent) {
  if (!silent.length) return;
  byId("alarm").hidden = false;
  put(byId("alarm-title"), `${counted(silent.length, "server")} gave no answer: this report is not complete`);
  put(
    byId("alarm-servers"),
    silent.map((server) =>
      element("li", {}, value(server.system), " ", value(server.server), server.message ? [": ", value(server.message)] : null),
    ),
  );
}

// Colours: as the system has them, or as chosen. A page from disk may not be allowed to keep the choice.

const COLOURS = ["system", "light", "dark"];

function startColours() {
  const button = byId("theme");
  const set = (colours) => {
    if (colours === "system") delete document.documentElement.dataset.colours;
    else document.documentElement.dataset.colours = colours;
    put(button, `Colours: ${colours}`);
  };
  let chosen = "system";
  try {
    chosen = localStorage.getItem("postroom-colours") ?? chosen;
  } catch {
    /* not kept */
  }
  set(COLOURS.includes(chosen) ? chosen : "system");
  button.hidden = false;
  button.addEventListener("click", () => {
    chosen = COLOURS[(COLOURS.indexOf(chosen) + 1) % COLOURS.length];
    set(chosen);
    try {
      localStorage.setItem("postroom-colours", chosen);
    } catch {
      /* not kept */
    }
  });
}
