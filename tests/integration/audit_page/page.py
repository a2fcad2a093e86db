"""The audit page in a real browser, without a window: what a person does there and sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ansible.module_utils.postroom.backends.reports import read_audit_page
from ansible.module_utils.postroom.core.audit.page import as_html
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

TEMPLATE = Path(__file__).parents[3] / "roles" / "audit" / "files" / "audit.html"
ROWS = "#table > tbody > tr.row"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def chromium() -> webdriver.Chrome:
    """Debian's; with its own driver, so that selenium looks for none on the network."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


class AuditPage:
    def __init__(self, browser: webdriver.Chrome, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.file = folder / "audit.html"

    def write(self, document: Mapping[str, Any]) -> AuditPage:
        self.file.write_text(as_html(read_audit_page(TEMPLATE), document), encoding="utf-8")
        return self

    def open(self, **state: str) -> AuditPage:
        """As a bookmark with this state; another page comes between, or the browser would not load this one again."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.file.as_uri()}{'#' if state else ''}{urlencode(state)}")
        return self

    def resize(self, width: int, height: int = 900) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, colours: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": colours}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element("css selector", selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        return list(self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector))

    def press(self, *keys: str) -> None:
        """Keys to whatever has the focus."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    @property
    def focused(self) -> str:
        """What has the focus: its label for a screen reader, its text or its id."""
        active = "const one = document.activeElement; return one.getAttribute('aria-label') || one.id || one.textContent"
        return str(self.run(active))

    @property
    def count(self) -> str:
        return self.one("#count").text

    @property
    def address(self) -> str:
        return self.browser.current_url.partition("#")[2]

    def search(self, query: str, expected: str) -> None:
        """Type it, and wait for what the count should say then."""
        field = self.one("#search")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(query)
        self.wait_for(expected)

    def wait_for(self, expected: str) -> None:
        WebDriverWait(self.browser, 30).until(lambda _: self.count == expected, f"the count does not become {expected!r}")

    def choose(self, name: str, choice: str) -> None:
        self.one(f"#filter-{name} option[value='{choice}']").click()

    @property
    def is_too_wide(self) -> bool:
        return bool(self.run("return document.documentElement.scrollWidth > innerWidth"))

    def weak_contrasts(self) -> list[str]:
        """Texts in view whose contrast with what is behind them is under 4.5:1 (WCAG 2.2, 1.4.3)."""
        return list(self.run(CONTRASTS))


CONTRASTS = """
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const linear = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
const behind = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const ground = numbers(getComputedStyle(at).backgroundColor);
    if (ground.length === 3 || ground[3] > 0) return ground;
  }
  throw new Error("nothing behind");
};
const weak = [];
for (const one of document.querySelectorAll("body *")) {
  const written = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!written || !one.checkVisibility() || one.disabled || one.closest(".unseen, option")) continue;
  const [high, low] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
  if ((high + 0.05) / (low + 0.05) < 4.5) weak.push(`${one.textContent}: ${((high + 0.05) / (low + 0.05)).toFixed(2)}`);
}
return weak;
"""
