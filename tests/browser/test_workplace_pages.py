"""Every page of the workplace in a real Chromium: both themes, both widths, left to right and right to left."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browser.conftest import NewPage
from workplace.addresses import PAGES, PageCase
from workplace.conftest import seeded_sqlite, workplace  # noqa: F401 (fixtures)
from workplace.installation import PASSWORD, Workplace

pytestmark = pytest.mark.browser

EVERY_RULE = {"resultTypes": ["violations"]}
RULES_OF_LOOKS = {**EVERY_RULE, "runOnly": ["color-contrast", "target-size", "link-in-text-block"]}
LOOKS = (
    (320, "light", "en-GB", EVERY_RULE),
    (1280, "dark", "en-GB", RULES_OF_LOOKS),
    (1280, "light", "ar", EVERY_RULE),
    (320, "dark", "ar", RULES_OF_LOOKS),
)
"""Every pair of width, theme and language once; every rule at each width and in each language, and in both themes those
that hang on colours and sizes."""

NAMES = {"manager": "north", "researcher": "researcher", "admin": "admin"}


@pytest.fixture(scope="module")
def server(workplace: Workplace, chromium: str) -> str:  # noqa: ARG001, F811 (without a browser no server is needed)
    return workplace.address


@pytest.fixture(scope="module")
def signed_in() -> dict[str, list[dict[str, object]]]:
    """Cookies of those who signed in already, so that each signs in once."""
    return {}


def open_page(
    new_page: NewPage,
    signed_in: dict[str, list[dict[str, object]]],
    role: str,
    **look: object,
) -> Page:
    page = new_page(**look)
    if not role:
        return page
    if role not in signed_in:
        page.goto("/sign-in")
        page.fill("input[name=email]", f"{NAMES[role]}@example.org")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/manage")
        signed_in[role] = page.context.cookies()
    page.context.add_cookies(signed_in[role])
    return page


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case.path)
def test_axe_finds_nothing_and_nothing_hangs_over_the_edge(
    new_page: NewPage,
    workplace: Workplace,  # noqa: F811 (the fixture)
    signed_in: dict[str, list[dict[str, object]]],
    case: PageCase,
) -> None:
    path = case.path.format(**workplace.places)
    for locale in ("en-GB", "ar"):
        page = open_page(new_page, signed_in, case.role, locale=locale)
        page.goto(path)
        page.wait_for_load_state()
        page.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true; })")
        for width, theme, language, rules in LOOKS:
            if language != locale:
                continue
            page.set_viewport_size({"width": width, "height": 900})
            # without transitions: axe would measure a colour on its way to another
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide at {width} px in {locale}"
            results = Axe().run(page, options=rules)
            assert not results.violations_count, f"{path} {width} {theme} {locale}\n{results.generate_report()}"


def test_the_keyboard_alone_reaches_everything_and_is_trapped_nowhere(
    new_page: NewPage, signed_in: dict[str, list[dict[str, object]]]
) -> None:
    page = open_page(new_page, signed_in, "admin", width=390)
    page.goto("/manage/people")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0, "the skip link shows itself"  # type: ignore[index]  # it has one
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"

    menu = page.locator("#menu")
    assert not menu.is_visible()
    page.locator(".menu-button").focus()
    page.keyboard.press("Enter")
    assert menu.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#menu') !== null"), "the next stop is in the menu"
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert page.evaluate("document.activeElement.classList.contains('menu-button')"), "back where it was opened"

    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        place = page.evaluate(
            "(() => { const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);"
            " return [e.tagName, e.getAttribute('href') || e.className, b.width > 0, s.outlineStyle !== 'none'] })()"
        )
        if place[0] == "BODY":
            break
        assert place[2:] == [True, True], f"{place[:2]} cannot be seen when it has the focus"
        seen.add(place[1])
    else:
        pytest.fail("the focus never left the page")
    assert "/manage/people/new" in seen


def test_signing_in_and_out_needs_no_script(new_page: NewPage) -> None:
    page = new_page(width=390, javascript=False)
    page.goto("/manage/people")
    page.fill("input[name=email]", "admin@example.org")
    page.fill("input[name=password]", "not the password at all")
    page.keyboard.press("Enter")
    page.wait_for_selector("#password-error")
    assert page.locator("input[name=email]").input_value() == "admin@example.org"
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/manage/people")
    page.click(".menu-button")
    page.click(".me button")
    page.wait_for_url("**/sign-in")
    page.wait_for_selector(".notice.good")
    page.reload()
    assert page.locator(".notice").count() == 0, "shown once"


def test_the_theme_of_the_account_goes_before_that_of_the_device(
    new_page: NewPage, signed_in: dict[str, list[dict[str, object]]]
) -> None:
    page = open_page(new_page, signed_in, "admin", theme="light")
    page.goto("/manage/account")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.select_option("#theme", "dark")
    page.click("main form .button.primary")
    page.wait_for_selector(".notice.good")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.select_option("#theme", "system")
    page.click("main form .button.primary")
    page.wait_for_selector(".notice.good")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
