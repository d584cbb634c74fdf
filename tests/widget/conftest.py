"""A server that can be killed and started again, a host page of another origin, a Chromium that hears everything."""

from __future__ import annotations

import asyncio
import os
import runpy
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select

from browser.conftest import chromium  # noqa: F401 (a fixture)
from servq.contacts.rules import Policy, set_policy
from servq.db import make_engine, make_sessions
from servq.installation import installation_tokens
from servq.instruments import load_instrument
from servq.responses.models import Response
from servq.settings import Settings
from servq.surveys.service import NewSurvey, create_survey, launch_survey
from servq.widgets.service import NewDisplayRule, NewWidget, add_rule, add_widget
from stateful.factories import NOW

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "widget" / "serve.py"
SECRET = "a secret of the installation in tests"
SURVEYS = {"shop": "nps", "chat": "csat-transactional", "effort": "ces", "pulse": "rater", "arabic": "nps"}


class Service:
    """``servq serve`` on a database of its own, on one port for good."""

    def __init__(self, database: str) -> None:
        self.database = database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "servq", "serve", "--port", str(self.port), "--database", self.database],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SERVQ_SECRET": SECRET},
        )
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "servq serve ended"
            time.sleep(0.05)
        pytest.fail("servq serve did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def responses(self) -> list[Response]:
        """What is stored and complete, whoever else is running an event loop."""

        async def read() -> list[Response]:
            engine = make_engine(self.database)
            async with make_sessions(engine)() as session:
                found = list((await session.scalars(select(Response))).all())
            await engine.dispose()
            return found

        return in_thread(read)


class Host:
    """The organisation's site: pages under a strict policy, from another origin than the service."""

    def __init__(self, service: Service, prepared: dict[str, str]) -> None:
        make_server = runpy.run_path(str(EXAMPLE))["make_server"]
        self.server = make_server(
            prepared.get("port", 0), servq=service.address, key=prepared["key"], secret=prepared["secret"]
        )
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def in_thread(work: Any) -> Any:
    """Run a coroutine function beside the event loop of the browser."""
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.append(asyncio.run(work())))
    thread.start()
    thread.join()
    return outcome[0]


async def prepare(database: str, origin: str) -> dict[str, str]:
    engine = make_engine(database)
    tokens = installation_tokens(Settings(database=database, secret=SECRET))
    async with make_sessions(engine).begin() as session:
        # The tests run by day and by night.
        await set_policy(session, Policy(quiet_from="08:00", quiet_until="08:00"), now=NOW)
        numbers = {}
        for slug, name in SURVEYS.items():
            instrument = load_instrument(name)
            new = NewSurvey(instrument=name, title=slug, organisation="Our shop", slug=slug, sites=("North", "South"))
            survey = await create_survey(session, new, instrument, now=NOW)
            await launch_survey(session, survey.id, instrument, now=NOW)
            numbers[slug] = survey.id
        widget, secret = await add_widget(session, NewWidget(name="Shop", origins=(origin,)), tokens=tokens, now=NOW)
        for rule in (
            NewDisplayRule(survey_id=numbers["shop"], event="order_placed", pages=("/index.html",), touchpoint="order"),
            NewDisplayRule(survey_id=numbers["chat"], event="chat_closed", touchpoint="chat"),
            NewDisplayRule(survey_id=numbers["effort"], event="help_read", pages=("/help/*",)),
        ):
            await add_rule(session, widget.id, rule, now=NOW)
        key = widget.key
    await engine.dispose()
    return {"key": key, "secret": secret}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def service(
    chromium: str,  # noqa: ARG001, F811 (without a browser no server is needed)
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("widget") / "servq.db"
    shutil.copy(sqlite_template, path)
    service = Service(f"sqlite:///{path}")
    yield service
    service.kill()


@pytest.fixture(scope="session")
def host(service: Service) -> Iterator[Host]:
    port = free_port()
    prepared = asyncio.run(prepare(service.database, f"http://127.0.0.1:{port}"))
    service.start()
    host = Host(service, {**prepared, "port": port})  # type: ignore[dict-item]  # the port alone is a number
    yield host
    host.server.shutdown()
    host.server.server_close()


@pytest.fixture(scope="module")
def browser(host: Host, chromium: str) -> Iterator[Browser]:  # noqa: ARG001, F811 (their event loops have ended)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


class Visit:
    """One browser, and everything that it complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.add_init_script(
            "window.unhandled = []; addEventListener('unhandledrejection', e => unhandled.push(String(e.reason)))"
        )

    def _hear(self, said: ConsoleMessage) -> None:
        # The browser itself notes every request that found nobody; no script can keep it from doing so.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource: net::"):
            self.complaints.append(said.text)

    def check(self) -> None:
        assert self.complaints == []
        assert self.page.evaluate("window.unhandled || []") == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """Open browsers of visitors; at the end none of their pages has complained."""
    opened: list[Visit] = []

    def make(*, width: int = 1280, theme: str = "light", motion: str = "reduce", locale: str = "en-GB") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion=motion, locale=locale
        )
        opened.append(Visit(context))
        return opened[-1]

    yield make
    for each in opened:
        each.check()
        each.context.close()


def settled(page: Page) -> None:
    """Wait until the script of the widget has arrived."""
    until(page, "!!(window.servq && window.servq.show)")


def until(page: Page, condition: str, *, within_s: float = 20) -> None:
    """Wait for a condition; the policy of the page lets no waiting script be made from a text."""
    end = time.monotonic() + within_s
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)
