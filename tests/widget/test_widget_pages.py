"""The widget in real pages of another origin, under a strict Content-Security-Policy."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from servq.responses.models import Response
from widget.conftest import Host, Service, Visit, settled, until

pytestmark = pytest.mark.browser

IDENTIFY = (
    "fetch('/identity.json?user={asked}').then(reply => reply.json())"
    ".then(found => servq.identify('{said}', found.attributes, found.signature))"
)
MakeVisit = Callable[..., Visit]


def newest(service: Service, before: list[Response]) -> Response:
    known = {response.id for response in before}
    (new,) = [response for response in service.responses() if response.id not in known]
    return new


def place_order(page: Page) -> None:
    settled(page)
    page.locator("#order").click()
    page.locator("dialog[open]").wait_for()


def choose(page: Page, value: str) -> None:
    page.locator(f"dialog input[value='{value}']").check(force=True)


def test_a_rule_asks_after_an_event_and_the_answer_says_saved_only_when_it_is(
    visit: MakeVisit, host: Host, service: Service
) -> None:
    before = service.responses()
    page = visit().page
    page.goto(f"{host.address}/index.html")
    place_order(page)
    assert page.get_by_role("dialog", name="How likely are you to recommend Our shop").is_visible()
    assert not page.get_by_label("What went wrong").is_visible()
    choose(page, "3")
    page.get_by_label("What went wrong, and what should Our shop do differently?").fill("Too slow.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your answer is saved.").wait_for()
    response = newest(service, before)
    assert (response.channel, response.administration) == ("in_app", "self")
    assert response.attributes == {"touchpoint": "order"}
    assert response.texts == {"reason_detractor": "Too slow."}
    assert response.submitted_at is not None
    page.get_by_role("button", name="Close").click()
    page.locator("#servq").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "order"
    page.locator("#order").click()
    page.wait_for_timeout(400)
    assert page.locator("#servq").count() == 0, "the rest period of the contact policy holds for a browser too"


def test_a_closed_chat_opens_the_one_item_widget_in_the_chat_page(
    visit: MakeVisit, host: Host, service: Service
) -> None:
    before = service.responses()
    page = visit().page
    page.goto(f"{host.address}/chat.html")
    settled(page)
    page.locator("#close").click()
    page.get_by_role("radio", name="Very satisfied").check(force=True)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your answer is saved.").wait_for()
    assert newest(service, before).attributes == {"touchpoint": "chat"}


def test_the_dialog_works_with_the_keyboard_alone(visit: MakeVisit, host: Host, service: Service) -> None:
    before = service.responses()
    page = visit().page
    page.goto(f"{host.address}/index.html")
    settled(page)
    page.locator("#order").focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    focused = "(() => { const e = document.activeElement.shadowRoot.activeElement; return e.value || e.className; })()"
    assert page.evaluate(focused) == "0"
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "1"
    page.keyboard.press("Tab")
    page.keyboard.type("Keys.")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "send"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "close"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "1", "the focus stays in the dialog"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == "close"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your answer is saved.").wait_for()
    assert page.locator("[role=status]").inner_text() == "Your answer is saved."
    assert page.evaluate(focused) == "close"
    page.keyboard.press("Escape")
    page.locator("#servq").wait_for(state="detached")
    assert newest(service, before).texts == {"reason_detractor": "Keys."}


def test_escape_sends_nothing(visit: MakeVisit, host: Host, service: Service) -> None:
    before = len(service.responses())
    page = visit().page
    page.goto(f"{host.address}/index.html")
    place_order(page)
    choose(page, "9")
    page.keyboard.press("Escape")
    page.locator("#servq").wait_for(state="detached")
    page.wait_for_timeout(200)
    assert len(service.responses()) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_dialog(visit: MakeVisit, host: Host, theme: str) -> None:
    page = visit(theme=theme, width=390).page
    page.goto(f"{host.address}/index.html")
    settled(page)
    found = {}

    def look(state: str) -> None:
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        if results.violations_count:
            found[state] = results.generate_report()

    page.evaluate("void servq.show('shop')")
    page.locator("dialog[open]").wait_for()
    look("one question")
    page.get_by_role("button", name="Send").click()
    assert page.locator("[role=status]").inner_text() == "Please choose an answer first."
    look("nothing chosen")
    choose(page, "10")
    look("with a comment")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your answer is saved.").wait_for()
    look("saved")
    for order in ("servq.show('pulse')", "servq.feedback('chat')"):
        page.keyboard.press("Escape")
        page.evaluate(f"void {order}")
        page.locator("dialog[open]").wait_for()
        look(order)
    assert found == {}


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("lang", ["ar", "de"])
def test_the_dialog_speaks_the_language_of_the_page(visit: MakeVisit, host: Host, lang: str, width: int) -> None:
    page = visit(width=width).page
    page.goto(f"{host.address}/index.html?lang={lang}")
    place_order(page)
    dialog = page.locator("dialog[open]")
    assert (dialog.get_attribute("lang"), dialog.get_attribute("dir")) == (lang, "rtl" if lang == "ar" else "ltr")
    assert page.get_by_role("button", name={"ar": "إرسال", "de": "Senden"}[lang]).is_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    if width == 1280:
        assert (box["x"] < 100) == (lang == "ar"), "it opens at the end of the line"
    sizes = [label.bounding_box() for label in page.locator("dialog .row label").all()]
    assert all(size is not None and size["width"] >= 24 and size["height"] >= 44 for size in sizes)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_reduced_motion_is_respected(visit: MakeVisit, host: Host) -> None:
    moving = {}
    for motion in ("reduce", "no-preference"):
        page = visit(motion=motion).page
        page.goto(f"{host.address}/index.html")
        place_order(page)
        moving[motion] = page.locator("dialog").evaluate("e => getComputedStyle(e).animationName")
    assert moving == {"reduce": "none", "no-preference": "rise"}


def test_the_styles_of_page_and_dialog_leave_each_other_alone(visit: MakeVisit, host: Host) -> None:
    page = visit().page
    page.goto(f"{host.address}/index.html")
    page.evaluate(
        "(() => { const s = new CSSStyleSheet(); s.replaceSync('* { color: red !important; font-size: 40px !important;"
        " text-transform: uppercase }'); document.adoptedStyleSheets = [s]; })()"
    )
    before = page.locator("h1").evaluate("e => getComputedStyle(e).font")
    place_order(page)
    assert page.locator("dialog h2").evaluate("e => getComputedStyle(e).color") == "rgb(27, 37, 48)"
    assert page.locator("dialog h2").evaluate("e => getComputedStyle(e).textTransform") == "none"
    assert page.locator("h1").evaluate("e => getComputedStyle(e).font") == before


def test_a_signed_visitor_is_asked_by_the_contact_policy_and_answers_as_nobody_else(
    visit: MakeVisit, host: Host, service: Service
) -> None:
    before = service.responses()
    first = visit().page
    first.goto(f"{host.address}/index.html?user=C-1")
    place_order(first)
    choose(first, "7")
    first.get_by_role("button", name="Send").click()
    first.get_by_text("Your answer is saved.").wait_for()
    response = newest(service, before)
    assert response.invitation_id is not None
    assert (response.channel, response.attributes) == ("in_app", {"plan": "pro", "touchpoint": "order"})
    # Another browser of the same person: what the first one was asked counts.
    second = visit().page
    second.goto(f"{host.address}/chat.html")
    settled(second)
    second.evaluate(IDENTIFY.format(asked="C-1", said="C-1"))
    assert second.evaluate("servq.track('chat_closed')") is False
    # Somebody who says to be another person, with a signature of their own.
    third = visit()
    third.page.goto(f"{host.address}/index.html")
    settled(third.page)
    third.page.evaluate(IDENTIFY.format(asked="C-2", said="C-3"))
    assert third.page.evaluate("servq.track('order_placed')") is False
    assert [said for said in third.complaints if "403" not in said] == []
    third.complaints.clear()


def test_nothing_is_kept_but_what_is_documented_and_no_cookie(visit: MakeVisit, host: Host) -> None:
    one = visit()
    one.page.goto(f"{host.address}/index.html")
    place_order(one.page)
    assert one.context.cookies() == []
    kept = one.page.evaluate("Object.fromEntries(Object.entries(localStorage))")
    assert set(kept) <= {"servq.lot", "servq.seen", "servq.queue"}
    assert one.page.evaluate("document.querySelectorAll('iframe,[style]').length") == 0
    assert (
        one.page.evaluate("document.querySelector('#servq').shadowRoot.querySelectorAll('[style],style').length") == 0
    )


def test_an_acknowledgement_that_is_lost_makes_no_second_answer(visit: MakeVisit, host: Host, service: Service) -> None:
    before = service.responses()
    page = visit().page
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/answers", lose)
    page.goto(f"{host.address}/index.html")
    place_order(page)
    choose(page, "6")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("There is no connection.").wait_for()
    assert lost == [201]
    page.reload()
    until(page, "localStorage['servq.queue'] === '[]'")
    assert newest(service, before).submitted_at is not None


def test_with_the_server_killed_the_page_is_whole_and_answers_wait_and_arrive_once(
    visit: MakeVisit, host: Host, service: Service
) -> None:
    before = service.responses()
    one = visit()
    page = one.page
    page.goto(f"{host.address}/index.html")
    place_order(page)
    service.kill()
    try:
        choose(page, "8")
        page.get_by_role("button", name="Send").click()
        page.get_by_text("There is no connection. Your answer is kept in this browser").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("servq.show('pulse')") is False
        page.reload()
        page.locator("#order").click()
        page.get_by_text("Thank you for your order.").wait_for()
        one.check()
    finally:
        service.start()
    page.reload()
    until(page, "localStorage['servq.queue'] === '[]'")
    response = newest(service, before)
    assert response.submitted_at is not None
    assert time.time() - response.submitted_at.timestamp() < 60
