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

LOOKS = ((320, "light", "en-GB"), (320, "dark", "ar"), (1280, "dark", "en-GB"), (1280, "light", "ar"))
"""Every pair of width, theme and language once."""

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
        for width, theme, language in LOOKS:
            if language != locale:
                continue
            page.set_viewport_size({"width": width, "height": 900})
            # without transitions: axe would measure a colour on its way to another
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide at {width} px in {locale}"
            results = Axe().run(page)
            assert not results.violations_count, f"{path} {width} {theme} {locale}\n{results.generate_report()}"
