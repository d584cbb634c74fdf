"""Pages of several batteries, choices, consent, files and writing from right to left, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browser.conftest import NewPage
from browser.walking import SEND
from pictures import picture

pytestmark = pytest.mark.browser

PAIRED = ("servqual-1994", "kano")


def begin(page: Page, survey: str, *, lang: str = "en") -> None:
    page.goto(f"/o/{survey}?lang={lang}")
    page.locator("a.primary").click()
    page.wait_for_selector(SEND)


def answer_everything(page: Page) -> None:
    """Choose the first point of every item."""
    page.evaluate("document.querySelectorAll('input[type=radio][id]').forEach((first) => { first.checked = true; })")


def rich_pages(page: Page) -> Iterator[str]:
    """Show a page of every kind in turn and name it."""
    for survey in PAIRED:
        begin(page, survey)
        yield survey
        page.locator(SEND).click()
        page.wait_for_selector("#summary")
        yield f"{survey} with an error summary"
    page.goto("/o/branching")
    yield "consent"
    page.locator("button.primary").click()
    page.wait_for_selector("#summary")
    yield "consent refused"
    begin(page, "mystery-shopping")
    yield "choices"
    answer_everything(page)
    page.locator(SEND).click()
    page.wait_for_selector("input[type=file]")
    yield "files"
    answer_everything(page)
    page.locator(SEND).click()
    page.wait_for_selector("#summary")
    yield "files with an error summary"
    page.goto(page.url.split("?")[0] + "?page=3")
    yield "last page of a checklist"
    page.goto("/o/servqual?lang=ar")
    yield "welcome from right to left"
    page.locator("a.primary").click()
    page.wait_for_selector(SEND)
    yield "statements from right to left"
    page.goto(page.url.replace("page=1", "page=3"))
    page.wait_for_selector(".shares")
    yield "points and choices from right to left"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_rich_page(new_page: NewPage, theme: str, width: int) -> None:
    page = new_page(theme=theme, width=width)
    axe, found = Axe(), {}
    for name in rich_pages(page):
        page.wait_for_timeout(200)
        results = axe.run(page)
        if results.violations_count:
            found[name] = results.generate_report()
    assert found == {}


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_rich_page_scrolls_sideways_and_points_fit_a_finger(new_page: NewPage, width: int) -> None:
    page = new_page(width=width)
    for name in rich_pages(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        sizes = page.evaluate(
            "[...document.querySelectorAll('.answer label')].map((label) => label.getBoundingClientRect())"
            ".map((box) => [box.width, box.height])"
        )
        assert all(box[1] >= 44 and box[0] >= 24 for box in sizes), name


def test_columns_are_stacked_on_a_phone_and_stand_side_by_side_on_a_wide_screen(new_page: NewPage) -> None:
    for width, is_wide in ((390, False), (1280, True)):
        page = new_page(width=width)
        for survey in PAIRED:
            begin(page, survey)
            boxes = [each.bounding_box() for each in page.locator(".abreast").first.locator("> fieldset").all()]
            tops = {round(box["y"]) for box in boxes if box is not None}
            lefts = {round(box["x"]) for box in boxes if box is not None}
            assert (len(tops) == 1, len(lefts) == 1) == (is_wide, not is_wide)


def test_a_screen_reader_hears_the_statement_and_the_name_of_each_column(new_page: NewPage) -> None:
    page = new_page()
    begin(page, "servqual-1994")
    tree = page.locator("fieldset.beside").first.aria_snapshot()
    lines = [line.strip() for line in tree.splitlines()]
    assert lines[0].startswith('- group "Keeping promises')
    assert [line.split('"')[1] for line in lines[1:] if line.startswith("- group")] == [
        "Minimum",
        "Desired",
        "Perceived",
    ]
    assert tree.count('radio "1 Low"') == tree.count('radio "9 High"') == 3


def test_a_pair_that_is_worded_differently_is_announced_by_its_two_wordings(new_page: NewPage) -> None:
    page = new_page()
    begin(page, "kano")
    tree = page.locator("fieldset.beside").first.aria_snapshot()
    groups = [line.split('"')[1] for line in tree.splitlines() if "- group" in line]
    assert groups[0] == "Statement 1"
    assert len(set(groups[1:])) == 2


def test_writing_from_right_to_left_turns_the_page_and_the_points_round(new_page: NewPage) -> None:
    page = new_page()
    begin(page, "servqual", lang="ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    first, last = (page.locator(f"input[name=e01][value='{point}']").bounding_box() for point in (1, 7))
    assert first is not None
    assert last is not None
    assert first["x"] > last["x"]
    low, high = (page.locator(".anchors").first.locator("span").nth(place).bounding_box() for place in (0, 1))
    assert low is not None
    assert high is not None
    assert low["x"] > high["x"]
    page.goto(page.url.replace("page=1", "page=3"))
    page.locator("#w_tangibles").fill("\u0664\u0660")
    assert page.locator(".total output").inner_text() == "40 / 100"


def test_consent_branching_and_a_file_work_with_the_keyboard_and_without_javascript(
    new_page: NewPage, tmp_path: Path
) -> None:
    page = new_page(javascript=False)
    page.goto("/o/branching")
    page.locator("#consent").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#m1")
    assert page.locator(".progress label").inner_text() == "Page 2 of up to 5"
    for field in ("m1", "p1", "m2", "p2"):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.locator(f"input[name={field}]:checked").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#w_fast")
    page.keyboard.press("Enter")
    page.locator(SEND).click()
    page.wait_for_selector("#evidence_c4")
    shown = tmp_path / "shelf.png"
    shown.write_bytes(picture())
    page.locator("#c4").check(force=True)
    page.locator("#evidence_c4").set_input_files(shown)
    page.locator(SEND).click()
    page.wait_for_selector("#summary")
    assert page.locator(".stored").inner_text().startswith("Saved: PNG picture")
    page.locator("#comment_when").fill("2026-02-28")
    page.locator(SEND).click()
    page.wait_for_selector("#comment_what_failed")
    page.locator("#comment_what_failed").fill("The wait.")
    page.locator(SEND).click()
    page.wait_for_url("**saved=1**")
