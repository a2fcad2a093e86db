"""What an auditor does with the audit page, in Chromium; no lab is needed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from ...audit_document import audit_document
from .page import ROWS, AuditPage

DOCUMENT = audit_document(300)
MAILBOXES: list[dict[str, Any]] = DOCUMENT["mailboxes"]
FINDINGS: list[dict[str, Any]] = DOCUMENT["findings"]
EXTRA = next(finding for finding in FINDINGS if finding["id"] == "member-extra")


def test_its_head_says_what_was_audited(page: AuditPage) -> None:
    page.open()
    head = page.one("header").text + page.one("#overview").text
    for said in ("2026-11-24", "0123abcd", "300 mailboxes", f"{DOCUMENT['summary']['error']} errors", "exchange1.ugent.be"):
        assert said in head
    assert page.count == f"{len(FINDINGS)} findings"
    assert not page.one("#alarm").is_displayed()


def test_a_server_without_an_answer_is_loud(own: AuditPage) -> None:
    own.write(audit_document(10, unanswered=True)).open()
    assert own.one("#alarm").text == "1 server gave no answer: this report is not complete\nexchange exchange1.ugent.be: connection refused"
    assert "exchange" not in own.one("#servers").text


def test_ten_thousand_mailboxes_are_not_all_in_the_page(own: AuditPage) -> None:
    own.write(audit_document(10_000, findings=2000)).open(view="mailboxes")
    assert own.count == "10,000 mailboxes"
    assert 50 < len(own.texts(ROWS)) < 500
    own.search("bestel.09999", "1 of 10,000 mailboxes")
    assert own.texts(f"{ROWS} .name") == ["bestel.09999"]
    own.one("#clear").click()
    own.wait_for("10,000 mailboxes")
    first = len(own.texts(ROWS))
    own.run("document.getElementById('rest').scrollIntoView()")
    WebDriverWait(own.browser, 30).until(lambda _: first < len(own.texts(ROWS)) < 2000)


def test_every_word_must_match_and_accents_do_not_matter(page: AuditPage) -> None:
    page.open(view="people")
    expected = [login for login, person in DOCUMENT["people"].items() if person["name"] == "Maïté Sørensen"]
    assert expected
    page.search("SORENSEN maite", f"{len(expected)} of 150 people")
    assert sorted(page.texts(f"{ROWS} .at-login")) == sorted(expected)
    page.press(Keys.ESCAPE)
    page.wait_for("150 people")


def test_one_search_is_for_all_views(page: AuditPage) -> None:
    page.open(view="mailboxes")
    page.search(EXTRA["mailbox"], "1 of 300 mailboxes")
    about = sum(finding["mailbox"] == EXTRA["mailbox"] for finding in FINDINGS)
    WebDriverWait(page.browser, 30).until(lambda _: page.texts("[role=tab] span") == [str(about), "1", "5"])
    page.one("#tab-people").click()
    assert page.count == "5 of 150 people"


FILTERS = {
    ("findings", "severity", "warning"): [one["mailbox"] for one in FINDINGS if one["severity"] == "warning"],
    ("findings", "id", "member-missing"): [one["mailbox"] for one in FINDINGS if one["id"] == "member-missing"],
    ("mailboxes", "quota", "nearly"): [one["name"] for one in MAILBOXES if (one["used_kib"] or 0) >= 0.9 * (one["quota_kib"] or 10**12)],
    ("mailboxes", "quota", "unlimited"): [one["name"] for one in MAILBOXES if one["quota_kib"] is None],
    ("mailboxes", "state", "undeclared"): [one["name"] for one in MAILBOXES if not one["declared"]],
    ("mailboxes", "backend", "exchange"): [one["name"] for one in MAILBOXES if one["backend"] == "exchange"],
    ("mailboxes", "unit", "lab"): [one["name"] for one in MAILBOXES if one["unit_type"] == "lab"],
    ("mailboxes", "with", "none"): [one["name"] for one in MAILBOXES if one["name"] not in {found["mailbox"] for found in FINDINGS}],
    ("people", "account", "ended"): [login for login, one in DOCUMENT["people"].items() if not one["active"]],
    ("people", "access", "extra"): list(
        {one["login"] for box in MAILBOXES for one in box["members"] if one["live"] and not one["declared"]}
    ),
}


@pytest.mark.parametrize(("view", "name", "choice"), FILTERS)
def test_a_filter_leaves_what_it_says(page: AuditPage, view: str, name: str, choice: str) -> None:
    expected = FILTERS[view, name, choice]
    page.open(view=view)
    page.choose(name, choice)
    page.run("showMore(1000)")
    column = {"findings": ".at-mailbox bdi:first-child", "mailboxes": ".at-mailbox .name", "people": ".at-login"}[view]
    assert sorted(page.texts(f"{ROWS} {column}:not(.muted bdi)")) == sorted(expected)
    assert 0 < len(expected) < len(page.run("return audit[state.view]"))
    assert f"{name}={choice}" in page.address


def test_columns_sort_by_click_and_key_and_say_so(page: AuditPage) -> None:
    page.open(view="mailboxes")
    head = page.one("th.at-quota")
    head.find_element("tag name", "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    full = [int(found[0]) for text in page.texts(f"{ROWS} .at-quota") if (found := re.findall(r"(\d+) %", text))]
    assert full == sorted(full, reverse=True)
    assert max(full) >= 100
    head.find_element("tag name", "button").send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    full = [int(found[0]) for text in page.texts(f"{ROWS} .at-quota") if (found := re.findall(r"(\d+) %", text))]
    assert full == sorted(full)
    assert "sort=quota" in page.address
    assert len(page.all("th[aria-sort]")) == 1


def test_quota_is_said_in_words_beside_its_bar(page: AuditPage) -> None:
    page.open(view="mailboxes", quota="nearly")
    for text, track in zip(page.texts(f"{ROWS} .at-quota"), page.all(f"{ROWS} .track"), strict=True):
        assert re.fullmatch(r"[\d.]+ [GM]B of \d+ GB\d+ %, (nearly )?full", text)
        fill = track.find_element("tag name", "span")
        assert fill.rect["width"] >= 0.89 * track.rect["width"]


def test_a_row_opens_to_members_and_findings_and_leads_to_the_person(page: AuditPage) -> None:
    page.open(view="mailboxes", only=EXTRA["mailbox"])
    page.one(f"{ROWS} .toggle button").click()
    detail = page.one("tr.detail").text
    box = next(one for one in MAILBOXES if one["name"] == EXTRA["mailbox"])
    declared = next(one for one in box["members"] if one["declared"])
    for said in (box["purpose"], box["file"], EXTRA["message"], EXTRA["commit"], f"{box['file']}:8", declared["since"], "not declared"):
        assert said in detail
    login = EXTRA["message"].split()[0]
    next(one for one in page.all("tr.detail a") if one.text == login).click()
    assert page.texts(f"{ROWS} .at-login") == [login]
    assert page.focused == f"Details of {login}"
    assert page.one("tr.detail a").is_displayed()
    page.browser.back()
    assert page.texts(f"{ROWS} .at-mailbox .name") == [EXTRA["mailbox"]]
    assert page.count == "1 of 300 mailboxes"


def test_a_search_leaves_the_one_row_that_a_link_led_to(page: AuditPage) -> None:
    page.open(view="mailboxes", only=EXTRA["mailbox"])
    assert page.one("#only").text.split()[:2] == ["Only", EXTRA["mailbox"]]
    page.search("bestel", "30 of 300 mailboxes")
    assert not page.one("#only").is_displayed()
    page.open(view="mailboxes", only=EXTRA["mailbox"])
    page.one("#only").click()
    assert page.count == "300 mailboxes"


def test_what_is_shown_is_in_the_address(page: AuditPage) -> None:
    page.open(view="mailboxes", q="labo", backend="cyrus", sort="-members")
    shown = page.texts(f"{ROWS} .name")
    assert shown
    assert page.one("#search").get_attribute("value") == "labo"
    assert page.one("th.at-members").get_attribute("aria-sort") == "descending"
    page.one("#tab-people").click()
    page.one("#tab-mailboxes").click()
    again = page.browser.current_url
    page.browser.get("about:blank")
    page.browser.get(again)
    assert page.texts(f"{ROWS} .name") == shown


@pytest.mark.parametrize("state", [{"view": "__proto__"}, {"view": "people", "sort": "constructor", "open": "zz"}, {"q": "%", "x": "y"}])
def test_any_address_shows_something(page: AuditPage, state: dict[str, str]) -> None:
    page.open(**state)
    assert page.count


def test_an_address_may_ask_for_what_there_is_no_more(page: AuditPage) -> None:
    page.open(view="findings", id="an-old-one")
    assert page.count == f"0 of {len(FINDINGS)} findings"
    assert page.one("#nothing").text == "No finding matches."
    assert page.one("#filter-id").get_attribute("value") == "an-old-one"


def test_it_is_used_with_the_keyboard_alone(page: AuditPage) -> None:
    page.open()
    page.press(Keys.TAB)
    assert page.focused == "skip"
    assert page.one("#skip").rect["y"] >= 0
    page.press(Keys.ENTER)
    assert page.focused == "results"
    page.press("/")
    assert page.focused == "search"
    page.press(*"labo")
    WebDriverWait(page.browser, 30).until(lambda _: "q=labo" in page.address)
    page.press(Keys.TAB)
    assert page.focused == "tab-findings"
    page.press(Keys.ARROW_RIGHT)
    assert page.focused == "tab-mailboxes"
    page.press(Keys.END, Keys.HOME, Keys.ARROW_LEFT)
    assert page.focused == "tab-people"
    assert page.one("#results").get_attribute("aria-labelledby") == "tab-people"
    page.press("/", Keys.ARROW_DOWN)
    names = page.texts(f"{ROWS} .at-login")
    assert page.focused == f"Details of {names[0]}"
    page.press(Keys.ARROW_DOWN, Keys.ENTER)
    assert page.focused == f"Details of {names[1]}"
    assert page.browser.switch_to.active_element.get_attribute("aria-expanded") == "true"
    assert page.one(f"#{page.browser.switch_to.active_element.get_attribute('aria-controls')}").is_displayed()
    page.press(Keys.ENTER)
    assert page.all("tr.detail") == []
    page.press(Keys.ESCAPE)
    page.wait_for("150 people")


def test_each_thing_with_the_focus_shows_it(page: AuditPage) -> None:
    page.open(view="mailboxes", open=MAILBOXES[0]["name"])
    for _ in range(30):
        page.press(Keys.TAB)
        assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("view", ["findings", "mailboxes", "people"])
def test_texts_stand_out_in_both_schemes(own: AuditPage, view: str, colours: str) -> None:
    own.write(audit_document(40, unanswered=True))
    own.prefer(colours)
    own.open(view=view, sort="-findings" if view == "mailboxes" else "", open="0")
    own.one(f"{ROWS} .toggle button").click()
    assert own.weak_contrasts() == []
    ground = own.run("return getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", ground)[0]) < 128) == (colours == "dark")


def test_colours_can_be_chosen_and_are_kept(page: AuditPage) -> None:
    page.open()
    system = page.run("return getComputedStyle(document.body).backgroundColor")
    page.one("#theme").click()
    page.one("#theme").click()
    assert page.one("#theme").text == "Colours: dark"
    assert page.run("return getComputedStyle(document.body).backgroundColor") != system
    page.open()
    assert page.one("#theme").text == "Colours: dark"
    page.one("#theme").click()
    assert page.run("return getComputedStyle(document.body).backgroundColor") == system


@pytest.mark.parametrize("view", ["findings", "mailboxes", "people"])
def test_a_phone_shows_all_without_scrolling_sideways(page: AuditPage, view: str) -> None:
    page.resize(320, 700)
    page.open(view=view)
    page.one(f"{ROWS} .toggle button").click()
    assert page.one("tr.detail").is_displayed()
    assert not page.is_too_wide
    assert page.one("#order").is_displayed()
    page.one("#order option:last-child").click()
    assert page.address.partition("sort=-")[2]


def test_paper_has_all_that_is_shown_and_why(page: AuditPage) -> None:
    page.open(view="mailboxes", backend="cyrus")
    page.browser.print_page()
    assert f"{len(page.texts(ROWS))} of 300 mailboxes" == page.count
    assert page.texts("#shown-for") == ["System: cyrus"]


def test_each_page_of_paper_says_what_it_is_and_has_the_heads(page: AuditPage) -> None:
    page.open(view="mailboxes")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        head = page.one("#table > thead")
        assert head.value_of_css_property("display") == "table-header-group"  # which browsers repeat
        assert "Postroom audit 2026-11-" in head.text and "commit 0123abcd" in head.text
        # Chromium repeats text, and not buttons.
        shown = "return getComputedStyle(document.querySelector('#table > thead .at-quota'), '::after').content"
        assert page.browser.execute_script(shown) == '"Quota"'
        assert not page.one("#table > thead .at-quota button").is_displayed()
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert "Postroom audit" not in head.text


def test_a_finding_says_what_to_do_and_accuses_nobody(page: AuditPage) -> None:
    page.open(view="findings")
    assert "Declared since" in page.one("#table > thead").text and "Last changed" not in page.one("#table > thead").text
    page.one(f"{ROWS} .toggle button").click()
    said = page.one("tr.detail").text
    assert "what helps with" in said and "who changed the server is not known" in said


def test_paper_that_would_be_too_much_says_so(own: AuditPage) -> None:
    own.write(audit_document(2500, findings=10)).open(view="mailboxes")
    own.run("dispatchEvent(new Event('beforeprint'))")  # 2,000 rows take Chromium half a minute to put on paper
    assert len(own.texts(ROWS)) == 2000
    assert own.texts("#shown-for") == ["The first 2,000 only: narrow the search, or export as CSV."]
