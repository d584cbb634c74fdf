"""The page of a wave in a real Chromium: every width, language and theme, keyboard, axe and paper."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import update

from browser.conftest import NewPage, _wait_for
from servq.contacts.deciding import decide_and_invite
from servq.contacts.models import DecisionSource
from servq.contacts.rows import NewContact
from servq.contacts.service import upsert_contacts
from servq.db import make_engine, make_sessions, table_of
from servq.fieldwork.service import link_to_page
from servq.invitations.models import Invitation, MessageStatus, OutgoingMessage
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel
from stateful.factories import make_survey

pytestmark = pytest.mark.browser

SECRET = "a secret of the installation in these tests"
MADE: dict[str, str] = {}
"""Address of the page, made with the server."""


async def make_wave(database: str) -> str:
    """Invite sixty people of three sites over eight days; half of them open the survey, and ten have no address."""
    engine = make_engine(database)
    sessions, tokens = make_sessions(engine), SecurityTokens(SECRET.encode())
    begun = datetime.now(UTC) - timedelta(days=8)
    sites = ("Harbour", "Donaudampfschifffahrtsgesellschaftsanlegestelle", "Old Town")
    survey = await make_survey(sessions, sites=sites, now=begun)
    people = [
        NewContact(
            reference=str(n), email=f"p{n}@example.org" if n % 6 else None, attributes={"site": sites[n % 20 // 9]}
        )
        for n in range(60)
    ]
    for day in range(3):
        now = begun + timedelta(days=2 * day)
        async with sessions.begin() as session:
            stored = await upsert_contacts(session, people[day::3], now=now)
            ids = [number for number in stored.contact_ids if number is not None]
            await decide_and_invite(
                session,
                survey.id,
                ids,
                channel=Channel.EMAIL,
                due_at=now,
                source=DecisionSource.API,
                now=now,
                tokens=tokens,
            )
    invitation, message = table_of(Invitation), table_of(OutgoingMessage)
    async with sessions.begin() as session:
        await session.execute(update(message).values(status=MessageStatus.SENT, sent_at=message.c.due_at))
        await session.execute(
            update(invitation).where(invitation.c.id % 2 == 0).values(opened_at=begun + timedelta(days=5))
        )
        made = await link_to_page(session, survey.id, days=3, tokens=tokens, now=datetime.now(UTC))
    await engine.dispose()
    return made.path


@pytest.fixture(scope="module")
def server(
    chromium: str,  # noqa: ARG001 (without a browser no server is needed)
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    path = tmp_path_factory.mktemp("fieldwork") / "servq.db"
    shutil.copy(sqlite_template, path)
    database = f"sqlite:///{path}"
    MADE["page"] = asyncio.run(make_wave(database))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "servq", "serve", "--port", str(port), "--no-worker", "--database", database],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SERVQ_SECRET": SECRET},
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize(("locale", "theme"), [("en", "light"), ("de", "dark"), ("ar", "light"), ("hi", "dark")])
def test_axe_finds_nothing_at_any_width_and_nothing_hangs_over_the_edge(
    new_page: NewPage, theme: str, locale: str
) -> None:
    for width in (320, 1280):
        page = new_page(theme=theme, width=width)
        page.goto(f"{MADE['page']}?lang={locale}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(page)
        assert not results.violations_count, results.generate_report()


def test_everything_can_be_reached_with_the_keyboard(new_page: NewPage) -> None:
    page = new_page(width=390, javascript=False)
    page.goto(MADE["page"])
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(page.locator(":focus").first.evaluate("e => e.tagName") if page.locator(":focus").count() else "")
    assert {"SUMMARY", "DIV", "A"} <= set(seen)
    page.locator("summary").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").is_visible()


def test_bars_and_columns_grow_from_where_reading_begins(new_page: NewPage) -> None:
    lefts = {}
    for locale in ("en", "ar"):
        page = new_page()
        page.goto(f"{MADE['page']}?lang={locale}")
        bar = page.locator(".bar.opened").bounding_box()
        fill = page.locator(".bar.opened .fill").bounding_box()
        assert bar is not None
        assert fill is not None
        assert fill["width"] == pytest.approx(bar["width"] / 2, rel=0.02)
        lefts[locale] = fill["x"] - bar["x"]
    assert lefts["en"] == pytest.approx(0, abs=1)
    assert lefts["ar"] > 50


def test_the_page_prints_with_every_number_and_within_a_few_sheets(new_page: NewPage, tmp_path: Path) -> None:
    page = new_page(theme="dark")
    page.goto(MADE["page"])
    page.pdf(path=tmp_path / "wave.pdf", format="A4")
    text = subprocess.run(["pdftotext", tmp_path / "wave.pdf", "-"], capture_output=True, check=True, text=True).stdout
    assert text.count("\f") <= 4, "sheets"
    for part in ("Guests", "Hotel Meridian", "Opted out", "Response rates", "RR6", "Not invited, and why"):
        assert part in text
