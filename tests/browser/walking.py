"""Ways through the pages that several tests take."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

SEND = "button[name=do][value=next]"
SHARES = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")


def choose_all(page: Page, battery: str, point: int = 5) -> None:
    """Choose the same point for all 22 statements."""
    for number in range(1, 23):
        page.locator(f"input[name={battery}{number:02d}][value='{point}']").check(force=True)


def every_page(page: Page) -> Iterator[str]:
    """Show every kind of respondent page in turn, loaded to its end, and name it."""
    for name in _every_page(page):
        page.wait_for_load_state()
        page.wait_for_selector("main")
        yield name


def _every_page(page: Page) -> Iterator[str]:
    page.goto("/o/servqual")
    yield "welcome"
    page.locator("a.primary").click()
    yield "statements"
    page.locator(SEND).click()
    yield "statements with an error summary"
    choose_all(page, "e")
    page.locator(SEND).click()
    yield "statements with not applicable"
    choose_all(page, "p")
    page.locator(SEND).click()
    yield "points and comment"
    page.locator("#w_tangibles").fill("40")
    page.locator(SEND).click()
    yield "points with an error summary"
    for name in SHARES:
        page.locator(f"#w_{name}").fill("20")
    page.locator(SEND).click()
    page.wait_for_url("**saved=1**")
    yield "saved"
    page.goto("/o/nps")
    yield "one question of eleven points"
    page.goto("/o/csat")
    yield "one question with labelled points"
    page.goto("/s/nothing")
    yield "notice"
