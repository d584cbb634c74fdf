"""A real server process and a real Chromium; without a Chromium these tests are skipped and say so."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from branching import make_branching
from servq.db import make_engine, make_sessions
from servq.instruments import load_instrument
from servq.surveys.service import NewSurvey, create_survey, launch_survey
from stateful.factories import NOW

CHROMIUM_VARIABLE = "SERVQ_CHROMIUM"
"""Environment variable that names the browser, if it is not on the path."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTRUMENTS = ("servqual", "nps", "csat", "e-s-qual", "servqual-1994", "kano", "mystery-shopping", "e-recs-qual")
LONG_NAME = "Donaudampfschifffahrtsgesellschaft" * 5
"""As long as a name may nearly be, without a place to break it; it is measured at ``/o/long-name``."""

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    candidates = [os.environ.get(CHROMIUM_VARIABLE), *map(shutil.which, _NAMES)]
    found = next((path for path in candidates if path and Path(path).is_file()), None)
    if found is None:
        pytest.skip(f"no Chromium: install one (apt-get install chromium) or name it in {CHROMIUM_VARIABLE}")
    return found


@pytest.fixture(scope="module")
def server(
    chromium: str,  # noqa: ARG001 (without a browser no server is needed)
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Address of ``servq serve`` with one launched survey per instrument, at ``/o/<instrument>``, and a long name."""
    path = tmp_path_factory.mktemp("browser") / "servq.db"
    shutil.copy(sqlite_template, path)
    database = f"sqlite:///{path}"
    asyncio.run(_launch_surveys(database))
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


@pytest.fixture(scope="module")
def browser(
    server: str,  # noqa: ARG001 (its event loop has ended before that of the browser begins)
    chromium: str,
) -> Iterator[Browser]:
    # Closed after each module: its event loop must not run beside those of other tests.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[NewPage]:
    """Open pages that fail the test on a request to anywhere else, on a blocked script and on a script error."""
    contexts = []
    faults: list[str] = []

    def make(*, width: int = 1280, theme: str = "light", locale: str = "en-GB", javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale=locale,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: faults.append(request.url) if _is_foreign(request.url, server) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _is_foreign(url: str, server: str) -> bool:
    return not url.startswith((server, "data:"))


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "servq serve ended"
        time.sleep(0.1)
    pytest.fail("servq serve did not start within 30 s")


async def _launch_surveys(database: str) -> None:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        for name, slug, organisation in (
            *((name, name, "Hotel Aurora") for name in INSTRUMENTS),
            ("nps", "long-name", LONG_NAME),
        ):
            instrument = load_instrument(name)
            new = NewSurvey(instrument=name, title=name, organisation=organisation, slug=slug)
            survey = await create_survey(session, new, instrument, now=NOW)
            await launch_survey(session, survey.id, instrument, now=NOW)
        branching = make_branching(consent="I agree that my answers are used for research.")
        new = NewSurvey(instrument=branching.id, title="branching", organisation="Hotel Aurora", slug="branching")
        survey = await create_survey(session, new, branching, now=NOW)
        await launch_survey(session, survey.id, branching, now=NOW)
    await engine.dispose()
