"""The interviewer's entry page and the feedback form in a real Chromium."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.conftest import NewPage, _launch_surveys, _wait_for
from servq.db import make_engine, make_sessions
from servq.responses.assisting import NewInterviewerLink, make_interviewer_link
from servq.responses.models import Administration

pytestmark = pytest.mark.browser

SERVQUAL = 1
MADE: dict[str, str] = {}
"""Address of the interviewer's link, made with the server."""


async def make_link(database: str) -> str:
    engine = make_engine(database)
    new = NewInterviewerLink(administration=Administration.COUNTER_INTERVIEWER, label="Desk 4")
    async with make_sessions(engine).begin() as session:
        made = await make_interviewer_link(session, SERVQUAL, new, now=datetime.now(UTC))
    await engine.dispose()
    return made.path


@pytest.fixture(scope="module")
def server(
    chromium: str,  # noqa: ARG001 (without a browser no server is needed)
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    path = tmp_path_factory.mktemp("interviewer") / "servq.db"
    shutil.copy(sqlite_template, path)
    database = f"sqlite:///{path}"
    asyncio.run(_launch_surveys(database))
    MADE["link"] = asyncio.run(make_link(database))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "servq", "serve", "--port", str(port), "--database", database],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_whole_interview_takes_one_key_an_answer_and_no_mouse(new_page: NewPage) -> None:
    page = new_page()
    page.goto(MADE["link"])
    fields = page.locator(".entry-row input")
    first = fields.first.get_attribute("id")
    asked = [
        (field.get_attribute("data-rated") is not None, field.get_attribute("data-high")) for field in fields.all()
    ]
    assert sum(high == "7" for _, high in asked) == 44
    assert page.evaluate("document.activeElement.id") == first
    for _ in range(2):
        for is_rated, high in asked:
            # points are left out with Enter, what is most important was not said
            page.keyboard.press("Enter" if not is_rated else "5" if high == "7" else "-")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[role=status]")
        assert "saved" in (page.locator("[role=status]").text_content() or "")
        assert fields.first.input_value() == ""
        assert page.evaluate("document.activeElement.id") == first


def test_the_cursor_stays_on_what_cannot_be_and_moves_as_the_keys_say(new_page: NewPage) -> None:
    page = new_page()
    page.goto(MADE["link"])
    fields = page.locator(".entry-row input")
    first, second = (fields.nth(n).get_attribute("id") for n in (0, 1))
    page.keyboard.type("9")
    assert page.evaluate("document.activeElement.id") == first
    assert fields.first.get_attribute("aria-invalid") == "true"
    page.keyboard.type("3")
    assert fields.first.input_value() == "3"
    assert page.evaluate("document.activeElement.id") == second
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == first
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == second
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.id") == second, "the first field at fault"
    assert fields.first.input_value() == "3"


def test_an_interview_can_be_entered_without_javascript(new_page: NewPage) -> None:
    page = new_page(javascript=False)
    page.goto(MADE["link"])
    for field in page.locator(".entry-row input[data-rated]").all():
        field.fill("4" if field.get_attribute("data-high") == "7" else "-")
    page.get_by_role("button", name="Save the interview").click()
    assert page.locator("[role=status]").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_axe_finds_nothing_on_these_pages(new_page: NewPage, theme: str, locale: str) -> None:
    page = new_page(theme=theme, locale=locale, width=390)
    found = {}
    for name, address, send in (
        ("entry", MADE["link"], False),
        ("entry with faults", MADE["link"], True),
        ("feedback", "/f/csat", False),
        ("feedback with faults", "/f/csat", True),
    ):
        page.goto(address)
        if send:
            page.locator("button.primary").click()
            page.wait_for_selector("[role=alert]")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        results = Axe().run(page)
        if results.violations_count:
            found[name] = results.generate_report()
    assert found == {}


def test_feedback_is_left_with_the_keyboard_alone(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/f/csat")
    page.locator("textarea").focus()
    page.keyboard.type("The lift is slow.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Your feedback is saved')")
