from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browser.conftest import LONG_NAME, NewPage
from browser.walking import SEND, SHARES, choose_all, every_page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(new_page: NewPage, theme: str, locale: str) -> None:
    page = new_page(theme=theme, locale=locale, width=390)
    axe, found = Axe(), {}
    for name in every_page(page):
        assert page.locator("html").get_attribute("lang") == locale[:2]
        # A colour that is still fading in would be measured half-way.
        page.wait_for_timeout(200)
        results = axe.run(page)
        assert len(results.response["passes"]) > 10
        if results.violations_count:
            found[name] = results.generate_report()
    assert found == {}


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_no_page_scrolls_sideways(new_page: NewPage, width: int, locale: str) -> None:
    page = new_page(width=width, locale=locale)
    widths = {name: page.evaluate("document.documentElement.scrollWidth") for name in every_page(page)}
    assert {name: seen for name, seen in widths.items() if seen > width} == {}


@pytest.mark.parametrize("width", [320, 1280])
def test_a_long_name_stays_on_the_page(new_page: NewPage, width: int) -> None:
    page = new_page(width=width)
    page.goto("/o/long-name")
    assert LONG_NAME in (page.locator(".masthead").text_content() or "")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_points_are_large_enough_for_a_finger_on_the_smallest_phone(new_page: NewPage) -> None:
    page = new_page(width=320)
    for name in every_page(page):
        boxes = [label.bounding_box() for label in page.locator(".answer label").all()]
        assert all(box is not None and box["height"] >= 44 and box["width"] >= 30 for box in boxes), name


def test_the_whole_survey_works_without_javascript(new_page: NewPage) -> None:
    page = new_page(javascript=False)
    names = list(every_page(page))
    assert "saved" in names


def test_the_whole_survey_works_with_the_keyboard_alone(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual")
    _press_until(page, "Tab", "document.activeElement.matches('a.primary')")
    page.keyboard.press("Enter")
    for battery in ("e", "p"):
        page.wait_for_selector(f"input[name={battery}01]")
        for number in range(1, 23):
            page.keyboard.press("Tab")
            assert _focused(page, "name") == f"{battery}{number:02d}"
            page.keyboard.press("Space")
            page.keyboard.press("ArrowRight")
            assert page.locator(f"input[name={battery}{number:02d}]:checked").get_attribute("value") == "2"
        page.keyboard.press("Tab")
        assert _focused(page, "value") == "next"
        page.keyboard.press("Enter")
    page.wait_for_selector("#w_tangibles")
    for name in SHARES:
        page.keyboard.press("Tab")
        assert _focused(page, "name") == f"w_{name}"
        page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.keyboard.type("All was well.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**saved=1**")
    assert page.locator("h1").inner_text() == "Your answers are saved"


def test_enter_in_a_number_field_sends_the_page_and_does_not_switch_the_language(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=3")
    page.locator("#w_tangibles").fill("100")
    page.locator("#w_tangibles").press("Enter")
    page.wait_for_selector("html[lang=en] h1")
    assert "page=1" in page.url


def test_focus_is_always_visible(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=2")
    for _ in range(3):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const e = document.activeElement, s = e.matches('input[type=radio]') ? e.nextElementSibling : e;"
            " const c = getComputedStyle(s); return c.outlineStyle + parseFloat(c.outlineWidth); })()"
        )
        assert outline == "solid3"


def test_an_error_takes_the_focus_and_leads_to_the_statement(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=1")
    choose_all(page, "e")
    page.evaluate("document.querySelector('input[name=e07]:checked').checked = false")
    page.locator(SEND).click()
    page.wait_for_selector("#summary")
    assert _focused(page, "id") == "summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _focused(page, "name") == "e07"
    assert page.locator("input[name=e08]:checked").get_attribute("value") == "5"


def test_the_browsers_back_button_shows_what_was_saved(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=1")
    choose_all(page, "e", point=6)
    page.locator(SEND).click()
    page.wait_for_selector("input[name=p01]")
    page.go_back()
    assert page.locator("input[name=e22]:checked").get_attribute("value") == "6"
    page.locator(SEND).click()
    page.wait_for_selector("input[name=p01]")


def test_switching_the_language_keeps_what_is_chosen(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=1")
    page.locator("input[name=e03][value='4']").check(force=True)
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_selector("html[lang=de]")
    assert page.locator("input[name=e03]:checked").get_attribute("value") == "4"


def test_the_running_total_follows_the_points(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=3")
    page.locator("#w_empathy").fill("40")
    assert page.locator(".total output").inner_text() == "40 / 100"


def test_a_screen_reader_hears_each_statement_with_its_points(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/o/servqual?page=1")
    tree = page.locator("fieldset").first.aria_snapshot()
    assert tree.startswith('- group "Excellent')
    assert tree.count("- radio") == 7
    assert 'radio "1 Strongly disagree"' in tree
    assert 'radio "7 Strongly agree"' in tree


def _focused(page: Page, attribute: str) -> str:
    return str(page.evaluate(f"document.activeElement.getAttribute('{attribute}')"))


def _press_until(page: Page, key: str, condition: str) -> None:
    for _ in range(20):
        if page.evaluate(condition):
            return
        page.keyboard.press(key)
    pytest.fail(f"{condition} did not come true")
