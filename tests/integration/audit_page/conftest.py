"""One browser for each file of tests; no lab is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from ...audit_document import audit_document
from .page import AuditPage, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    browser = chromium()
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def page_of_300(browser: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> AuditPage:
    return AuditPage(browser, tmp_path_factory.mktemp("audit")).write(audit_document(300))


@pytest.fixture
def page(page_of_300: AuditPage) -> Iterator[AuditPage]:
    """The page of 300 mailboxes, as somebody opens it from disk; in the end it has complained of nothing and fetched nothing."""
    yield from used(page_of_300)


@pytest.fixture
def own(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[AuditPage]:
    """A page for a document of the test's own."""
    yield from used(AuditPage(browser, tmp_path))


def used(page: AuditPage) -> Iterator[AuditPage]:
    page.resize(1280)
    page.prefer("light")
    page.browser.get_log("browser")
    yield page
    assert page.browser.get_log("browser") == []
    assert page.run("return performance.getEntriesByType('resource').map((one) => one.name)") == []
    page.browser.get("about:blank")
