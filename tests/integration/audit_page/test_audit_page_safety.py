"""What the audit page does with data of all kinds, and lets nothing of them run or leave."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from ...audit_document import audit_document, document
from .page import ROWS, TEMPLATE, AuditPage

DOCUMENT = audit_document(300)
MAILBOXES: list[dict[str, Any]] = DOCUMENT["mailboxes"]
EXTRA = next(finding for finding in DOCUMENT["findings"] if finding["id"] == "member-extra")
HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", '"><svg onload=alert(3)>', "javascript:alert(4)"]


def hostile_document() -> dict[str, Any]:
    """Each value that people or servers give is hostile; names too, among which are those of objects in JavaScript."""
    base = audit_document(8)
    names = iter(["__proto__", "constructor", "\u202egpj.exe", "a" * 400, *HOSTILE])
    for box in base["mailboxes"]:
        box.update(dict.fromkeys(("address", "display_name", "purpose", "unit_name", "requested_by", "file"), HOSTILE[0]))
        box.update(name=next(names), last_mail=HOSTILE[1], state="constructor", unit_type="__proto__")
        box["members"] = [
            {"login": text, "declared": True, "live": False, "since": text, "author": text} for text in [*HOSTILE, "__proto__"]
        ]
    findings = [
        {
            **EXTRA,
            **dict.fromkeys(("message", "declared", "found", "author", "subject", "file", "id"), HOSTILE[number % 4]),
            "mailbox": box["name"],
            "severity": "constructor",
        }
        for number, box in enumerate(base["mailboxes"])
    ]
    return document({"__proto__": {"name": HOSTILE[1], "affiliations": [HOSTILE[2]], "active": True}}, base["mailboxes"], findings)


@pytest.mark.parametrize(("view", "rows"), [("findings", 8), ("mailboxes", 8), ("people", 5)])
def test_hostile_values_are_text(own: AuditPage, view: str, rows: int) -> None:
    own.write(hostile_document())
    own.resize(320)
    own.open(view=view)
    for button in own.all(f"{ROWS} .toggle button"):
        button.send_keys(Keys.ENTER)
    assert len(own.all("tr.detail")) == rows
    text = "\n".join(own.texts("#report"))
    for value in (*HOSTILE[:2], "\\u202egpj.exe", "__proto__"):
        assert value in text
    assert not [word for word in ("[object", "native code", "undefined") if word in text]
    assert "\u202e" not in "".join(own.texts("#report"))
    assert own.run("return document.querySelectorAll('img, svg, iframe, [onerror], [onload], a:not([href^=\"#\"])').length") == 0
    assert not own.is_too_wide


def test_nothing_that_got_in_could_run_or_leave(own: AuditPage) -> None:
    own.write(audit_document(3)).open()
    ran = """
    const done = arguments[0], refused = [];
    addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
    const script = document.createElement("script"); script.textContent = "globalThis.ran = true";
    const image = document.createElement("img"); image.src = "http://127.0.0.1:9/x";
    document.body.append(script, image);
    fetch("http://127.0.0.1:9/y").catch(() => setTimeout(() => done([globalThis.ran === true, refused.sort()]), 100));
    """
    assert own.browser.execute_async_script(ran) == [False, ["connect-src", "img-src", "script-src-elem"]]
    own.browser.get_log("browser")
    own.open()


def exported(page: AuditPage, folder: Path, delimiter: str = ",") -> list[dict[str, str]]:
    folder.mkdir()
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.one("#export").click()
    (file,) = WebDriverWait(page.browser, 30).until(lambda _: list(folder.glob("*.csv")))
    assert re.fullmatch(r"postroom-\w+-2026-11-2\d\.csv", file.name)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


def test_what_is_shown_is_exported_and_no_more(page: AuditPage, tmp_path: Path) -> None:
    page.open(view="mailboxes", backend="cyrus")
    cyrus = {box["name"]: box for box in MAILBOXES if box["backend"] == "cyrus"}
    lines = exported(page, tmp_path / "mailboxes")
    assert [line["mailbox"] for line in lines] == sorted(cyrus)
    for line in lines:
        live = [one["login"] for one in cyrus[line["mailbox"]]["members"] if one["live"]]
        assert (line["members live"], line["address"]) == (" ".join(live), cyrus[line["mailbox"]]["address"])
    page.open(view="people")
    assert len(exported(page, tmp_path / "people")) == 5 * 300


def test_no_spreadsheet_takes_a_value_for_a_formula(own: AuditPage, tmp_path: Path) -> None:
    formulas = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", ' =1,"x"\n']
    own.write(document({}, [], [{**EXTRA, "message": text} for text in formulas])).open(sort="message")
    assert {line["message"] for line in exported(own, tmp_path / "csv")} == {f"'{text}" for text in formulas}


def test_the_export_has_the_delimiter_of_the_site_and_what_to_do(own: AuditPage, tmp_path: Path) -> None:
    own.write({**document({}, [], [{**EXTRA, "message": "a;b,c"}]), "csv_delimiter": ";"}).open()
    (line,) = exported(own, tmp_path / "csv", ";")
    assert (line["message"], line["to do"]) == ("a;b,c", f"what helps with {EXTRA['id']}")


@pytest.mark.parametrize(
    ("data", "said"),
    [("{", "damaged"), ("null", "another format"), ('{"format":2}', "another format"), ('{"format":1,"mailboxes":[null]}', "do not fit")],
)
def test_data_that_cannot_be_shown_are_said_to_be_so(own: AuditPage, data: str, said: str) -> None:
    own.write({})
    own.file.write_text(own.file.read_text().replace(">{}<", f">{data}<"))
    own.open()
    assert said in own.one("#notice").text
    assert not own.one("#report").is_displayed()


def test_the_template_says_that_it_is_one(browser: webdriver.Chrome) -> None:
    browser.get(TEMPLATE.as_uri())
    assert "There are no data in this page yet" in browser.find_element("id", "notice").text
    assert browser.get_log("browser") == []
    browser.get("about:blank")


def test_without_findings_it_says_so(own: AuditPage) -> None:
    own.write(document({}, [], [])).open()
    assert own.one("#nothing").text == "No findings: the servers hold what the repository declares."
    own.write(document({}, [], [], unanswered=True)).open()
    assert own.one("#nothing").text == "No findings on the servers that answered."


def test_without_javascript_it_names_the_other_report(own: AuditPage) -> None:
    own.write(DOCUMENT)
    own.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        own.open()
        assert "audit.md" in own.one("noscript").text
    finally:
        own.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
