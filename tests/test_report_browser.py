"""The page in a real browser: the system's chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from contract_tests.report.compare import compare
from contract_tests.report.history import history
from contract_tests.report.history_page import history_page
from contract_tests.report.html import html
from contract_tests.report.model import Report
from tests.browser import CHROMIUM, launch
from tests.example_reports import EXAMPLES, green, hostile, missing_id, nights, one_cause, red, with_causes

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
every_example = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
Open = Callable[..., Page]
Scheme = Literal["light", "dark"]


class Tab:
    """A page without network, and what it complained of and asked for beside its file."""

    def __init__(self, browser: Browser, *, script: bool) -> None:
        self.page = browser.new_context(offline=True, java_script_enabled=script).new_page()
        self.uri, self.told = "", list[str]()
        self.page.on("request", lambda request: self.told.append(request.url) if request.url != self.uri else None)
        self.page.on("console", lambda message: self.told.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.on("dialog", lambda dialog: self.told.append(f"dialog {dialog.message}"))


@pytest.fixture(scope="module")
def tabs() -> Iterator[dict[bool, Tab]]:
    """One browser with two tabs for all pages of this file: to start one takes longer than to look at a page."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield {script: Tab(browser, script=script) for script in (True, False)}
        browser.close()


@pytest.fixture
def open_page(tabs: dict[bool, Tab], tmp_path: Path) -> Iterator[Open]:
    """Opens a page in a window of 1200 by 900; afterwards it has asked for nothing and complained of nothing."""
    for tab in tabs.values():
        tab.told.clear()

    def opened(text: str, scheme: Scheme = "light", *, script: bool = True) -> Page:
        file = tmp_path / "contract.html"
        file.write_text(text, encoding="utf-8")
        tab = tabs[script]
        tab.uri = file.as_uri()
        tab.page.set_viewport_size({"width": 1200, "height": 900})
        tab.page.emulate_media(media="null", color_scheme=scheme)
        tab.page.goto(tab.uri)
        return tab.page

    yield opened

    assert [tab.told for tab in tabs.values()] == [[], []]


@every_example
def test_the_page_shows_causes_and_cards_at_any_width(open_page: Open, make: Callable[[], Report]) -> None:
    """Causes, their number and five cards are visible, and at 375 px nothing is cut off or scrolled sideways."""
    report = make()
    page = open_page(html(report))

    assert page.locator(".card:visible").count() == 5
    assert page.locator(".strip a:visible").count() == 5
    if report.causes:
        assert page.locator("#causes").inner_text().startswith(f"{len(report.causes):,} cause")
        assert page.locator("article.cause:visible").count() >= min(4, len(report.causes))
    for width in (1200, 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert_nothing_is_outside(page, width)


@pytest.mark.parametrize(
    ("example", "scheme"),
    [
        ("green", "light"),
        ("green", "dark"),
        ("red", "light"),
        ("red", "dark"),
        ("hostile", "light"),
    ],
)
def test_axe_finds_no_serious_fault(open_page: Open, example: str, scheme: Scheme) -> None:
    """The accessibility checker finds nothing serious or critical, contrast included, in light and in dark."""
    report = EXAMPLES[example]()
    page = open_page(html(report, compared=compare(report, with_causes(green(), missing_id()))), scheme)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")

    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "reports", [nights, lambda: [hostile(), green()], lambda: [green()]], ids=["60 nights", "hostile", "one"]
)
def test_the_history_is_read_at_any_width(open_page: Open, reports: Callable[[], list[Report]], scheme: Scheme) -> None:
    """Nothing is cut off or scrolled sideways, bars and lines have one width, and axe finds nothing serious."""
    page = open_page(history_page(history(reports())), scheme)

    assert page.locator("svg.runs:visible").count() >= 5
    for width in (375, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        assert_nothing_is_outside(page, width)
        widths = "[...document.querySelectorAll('.drawn')].map(e => [...e.children].map(c => c.clientWidth))"
        assert all(len(set(both)) == 1 for both in page.evaluate(widths))
    assert_accessible(page)


def test_light_and_dark_differ(open_page: Open) -> None:
    """The page follows the reader's colour scheme."""
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = (open_page(html(red()), scheme).evaluate(colour) for scheme in ("light", "dark"))

    assert (light, dark) == ("rgb(251, 250, 247)", "rgb(22, 23, 25)")


def test_causes_are_in_sight_and_what_is_folded_opens_by_keyboard(open_page: Open) -> None:
    """The four causes with answer and command are in sight at once; cases and checks open with Tab and Enter."""
    page = open_page(html(red()))
    assert page.locator("article.cause dl:visible").count() == 4
    assert page.locator("pre.answer:visible").count() == 4
    folded = page.locator("details").count()
    assert page.locator("details[open]").count() == 0
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('details:not([open]) > summary')"):
            page.keyboard.press("Enter")

    assert page.locator("details[open]").count() == folded > 6
    assert page.locator("details li:visible").count() > 20


def test_the_command_is_copied_by_keyboard(open_page: Open) -> None:
    """The copy button copies the command as it is shown, and says so."""
    page = open_page(html(one_cause()))
    page.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = text; } }")

    page.locator("button:visible").first.focus()
    page.keyboard.press("Enter")

    assert page.evaluate("window.copied") == missing_id().example.repeat  # type: ignore[union-attr]
    assert page.locator(".copy [role=status]").first.inner_text() == "Copied."


def test_where_copying_is_refused_the_command_is_selected(open_page: Open) -> None:
    """Without the right to the clipboard the button selects the command instead."""
    page = open_page(html(one_cause()))
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")

    page.locator("button:visible").first.click()

    assert page.locator(".copy [role=status]").first.inner_text().startswith("Selected")
    assert page.evaluate("getSelection().toString()") == missing_id().example.repeat  # type: ignore[union-attr]


def test_the_page_is_read_without_script(open_page: Open) -> None:
    """Without script everything is said; only the copy buttons are not offered."""
    page = open_page(html(red()), script=False)

    assert page.locator("button:visible").count() == 0
    assert page.locator(".command pre:visible").count() == 4
    page.locator("article.cause details summary").first.click()
    assert page.locator("article.cause details[open] li:visible").count() == 4


def test_on_paper_everything_is_open(open_page: Open) -> None:
    """Printed, what is folded is laid out, dark or not, and no button is."""
    page = open_page(html(red()), "dark")

    page.emulate_media(media="print")

    heights = "[...document.querySelectorAll('details > :not(summary)')].map(e => e.getBoundingClientRect().height)"
    assert min(page.evaluate(heights)) > 10
    assert page.locator("button:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_headings_and_tables_are_structured(open_page: Open) -> None:
    """There is one h1, no level is skipped, and every table has a caption and headed columns."""
    page = open_page(html(red(), compared=compare(red(), with_causes(green(), missing_id()))))

    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(e => +e.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("table").count() == page.locator("table > caption").count() > 2
    assert page.locator("thead th:not([scope=col])").count() == 0


def assert_nothing_is_outside(page: Page, width: int) -> None:
    """Assert that no element is wider than the window, and that nothing scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = f"[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > {width})"
    assert page.evaluate(f"{outside}.map(e => e.outerHTML.slice(0, 200))") == []


def assert_accessible(page: Page) -> None:
    """Assert that the accessibility checker finds nothing serious or critical, and that it looked at contrast."""
    found = Axe().run(page).response
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    assert [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ] == []
