"""The kiosk in a real Chromium: large, closed in itself, and keeping every answer until the server has it, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from servq.installation import installation_tokens
from servq.settings import Settings
from servq.surveys.places import SignedPlace
from widget.conftest import SECRET, Host, Service, until

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def kiosks(host: Host, service: Service) -> Service:  # noqa: ARG001 (the service runs as soon as its host does)
    return service


@pytest.fixture
def kiosk(browser: Browser, kiosks: Service) -> Iterator[Open]:
    """Open a kiosk on a device of its own; no script fails on it and no policy is broken."""
    faults: list[str] = []
    contexts = []
    tokens = installation_tokens(Settings(database=kiosks.database, secret=SECRET))

    def show(
        slug: str = "shop",
        *,
        width: int = 1280,
        height: int = 800,
        theme: str = "light",
        locale: str = "en-GB",
        query: str = "",
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale=locale, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        place = SignedPlace(slug=slug, site="North", touchpoint="exit").sign(tokens, "kiosk")
        page.goto(f"{kiosks.address}/k/{place}{query}")
        page.locator("#asked").wait_for()
        return page

    yield show
    for context in contexts:
        context.close()
    assert faults == []


def answer(page: Page, point: int) -> None:
    page.locator(f".point >> text='{point}'").click()
    page.locator("textarea").wait_for()
    page.locator(".primary").click()
    page.locator(".thanks h1").wait_for()


def begin_again(page: Page) -> None:
    """Go to the next visitor without waiting for the page to do so."""
    page.evaluate("reset()")
    page.locator(".point").first.wait_for()


def codes(service: Service) -> list[int]:
    return sorted(int.from_bytes(response.answers[:2], "little") for response in service.responses())


def test_an_answer_is_stored_with_its_place_and_the_page_begins_again(kiosk: Open, kiosks: Service) -> None:
    before = {response.id for response in kiosks.responses()}
    page = kiosk(query="?thanks=2")
    page.locator(".point >> text='3'").click()
    page.get_by_role("textbox", name="What went wrong").fill("Slow.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your answer is saved.").wait_for()
    (response,) = [each for each in kiosks.responses() if each.id not in before]
    assert (response.channel, response.administration) == ("kiosk", "self")
    assert (response.attributes, response.texts) == (
        {"site": "North", "touchpoint": "exit"},
        {"reason_detractor": "Slow."},
    )
    page.locator(".point").first.wait_for(timeout=8000)
    assert page.locator("[aria-pressed=true].point").count() == 0
    assert "Slow." not in page.content()


def test_who_walks_away_leaves_nothing_on_the_screen(kiosk: Open, kiosks: Service) -> None:
    before = len(kiosks.responses())
    page = kiosk("pulse", query="?idle=3")
    page.locator(".point >> text='4'").click()
    page.get_by_text("Question 2 of 6").wait_for()
    page.get_by_role("dialog", name="Are you still there?").wait_for()
    page.get_by_role("button", name="Continue").click()
    assert page.locator("dialog").count() == 0
    page.get_by_role("dialog").wait_for()
    page.get_by_text("Question 1 of 6").wait_for(timeout=8000)
    assert page.locator("dialog, [aria-pressed=true].point").count() == 0
    assert len(kiosks.responses()) == before


def test_nothing_leads_out(kiosk: Open) -> None:
    page = kiosk()
    assert page.locator("a, form, iframe").count() == 0
    prevented = "!dispatchEvent(new MouseEvent('contextmenu', {cancelable: true}))"
    assert page.evaluate(prevented)


def test_without_a_network_answers_wait_survive_a_reload_and_arrive_once(kiosk: Open, kiosks: Service) -> None:
    before = codes(kiosks)
    page = kiosk()
    until(page, "'kept' in document.documentElement.dataset && !!navigator.serviceWorker.controller")
    page.context.set_offline(True)
    for point in (1, 2):
        answer(page, point)
        page.get_by_text("Your answer is kept on this device").wait_for()
        begin_again(page)
    page.get_by_text("Waiting to be sent: 2").wait_for()
    page.reload()
    page.get_by_text("Waiting to be sent: 2").wait_for()
    answer(page, 3)
    page.get_by_text("Waiting to be sent: 3").wait_for()
    assert codes(kiosks) == before
    page.context.set_offline(False)
    until(page, "document.getElementById('waiting').textContent === ''")
    assert codes(kiosks) == sorted([*before, 1, 2, 3])


def test_with_the_server_stopped_answers_wait_and_arrive_once_when_it_is_back(kiosk: Open, kiosks: Service) -> None:
    before = codes(kiosks)
    page = kiosk()
    until(page, "'kept' in document.documentElement.dataset && !!navigator.serviceWorker.controller")
    kiosks.kill()
    try:
        answer(page, 5)
        begin_again(page)
        page.reload()
        answer(page, 6)
        page.get_by_text("Waiting to be sent: 2").wait_for()
    finally:
        kiosks.start()
    page.evaluate("void Promise.all([flush(), flush(), flush()])")
    until(page, "document.getElementById('waiting').textContent === ''")
    assert codes(kiosks) == sorted([*before, 5, 6])


def test_a_lost_acknowledgement_makes_no_second_answer(kiosk: Open, kiosks: Service) -> None:
    before = codes(kiosks)
    page = kiosk()
    lost = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/answers", lose)
    answer(page, 8)
    page.get_by_text("Your answer is kept on this device").wait_for()
    assert lost == [201]
    page.unroute("**/answers")
    page.evaluate("void flush()")
    until(page, "document.getElementById('waiting').textContent === ''")
    assert codes(kiosks) == sorted([*before, 8])


def test_what_the_server_refuses_for_good_is_shown_and_not_thrown_away(kiosk: Open) -> None:
    page = kiosk()
    page.route("**/answers", lambda route: route.fulfill(status=410, json={"code": "survey.closed"}))
    answer(page, 9)
    page.get_by_text("Your answer could not be saved.").wait_for()
    page.get_by_text("Not stored: 1").wait_for()


@pytest.mark.parametrize(
    ("width", "theme", "locale"), [(320, "dark", "de-DE"), (768, "light", "ar"), (1280, "dark", "en-GB")]
)
def test_every_state_is_accessible_large_and_within_the_screen(
    kiosk: Open, width: int, theme: str, locale: str
) -> None:
    found: dict[str, object] = {}

    def look(page: Page, state: str) -> None:
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        if results.violations_count:
            found[state] = results.generate_report()
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[f"{state} is too wide"] = width
        # in one call: a dialog that closes meanwhile would leave a button without a box
        small = page.locator("button:visible").evaluate_all(
            """buttons => buttons.map(button => [button.textContent, button.getBoundingClientRect()])
                .filter(([, box]) => box.height < 48 || box.width < 44).map(([text]) => text)"""
        )
        if small:
            found[f"{state} has small targets"] = small

    page = kiosk(width=width, theme=theme, locale=locale)
    direction = "rtl" if locale == "ar" else "ltr"
    assert page.locator("html").get_attribute("dir") == direction
    look(page, "one question")
    page.locator(".point").nth(2).click()
    page.locator("textarea").wait_for()
    look(page, "comment")
    page.locator(".primary").click()
    page.locator(".thanks h1").wait_for()
    look(page, "thanks")
    page = kiosk("pulse", width=width, theme=theme, locale=locale, query="?idle=600")
    page.locator(".point").nth(2).click()
    look(page, "several questions")
    if width != 1280:
        # the clock stands still a little before the end, however long the looking takes
        page.clock.set_fixed_time(page.evaluate("touchedAt / 1000 + 595"))
        page.locator("dialog").wait_for()
        look(page, "idle")
    assert found == {}


def test_a_visitor_chooses_the_language_and_the_next_one_finds_the_first(kiosk: Open) -> None:
    page = kiosk()
    page.get_by_role("button", name="Deutsch").click()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.get_by_role("button", name="Deutsch").get_attribute("aria-pressed") == "true"
    page.evaluate("reset()")
    assert page.locator("html").get_attribute("lang") == "en"
