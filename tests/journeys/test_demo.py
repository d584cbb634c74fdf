"""The demo from end to end: seeded once, answered in the browser's way, found in the next report.

1. The first run seeds four waves of six hotels, writes a PDF and prints links; the second one seeds nothing.
2. An answer given through a printed link is in the next report.
3. The printed key reads the report over the API.
4. The printed passwords open the workplace; a manager of one region sees no hotel of the other.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from litestar.testing import AsyncTestClient

from journeys.bot import Bot
from servq.cli import cli
from servq.db import make_engine, make_sessions
from servq.demo import PEOPLE, REGIONS
from servq.pipeline import Findings, report_survey
from servq.settings import Settings
from servq.web import create_app

pytestmark = pytest.mark.anyio

N_GUESTS = sum(n for sites in REGIONS.values() for n in sites.values())
ANSWERS = {
    **{f"{side}{number:02d}": "6" for side in "ep" for number in range(1, 23)},
    "w_tangibles": "10",
    "w_reliability": "40",
    "w_responsiveness": "20",
    "w_assurance": "15",
    "w_empathy": "15",
}


async def run_demo(folder: Path) -> str:
    """Output of the command, run in a thread because it has an event loop of its own."""
    run = partial(CliRunner().invoke, cli, ["demo", "--folder", str(folder), "--no-serve"], catch_exceptions=False)
    result = await asyncio.to_thread(run)
    assert result.exit_code == 0
    return result.output


async def sign_in(client: AsyncTestClient, email: str, printed: str) -> str:
    """The start page of somebody who signs in with the password that was printed."""
    client.cookies.clear()
    password = re.search(rf"{email}\s+(\S+)", printed)[1]
    entered = await client.post("/sign-in", data={"email": email, "password": password}, follow_redirects=False)
    assert entered.status_code == 303
    return (await client.get("/manage")).text


async def report(database: str) -> Findings:
    engine = make_engine(database)
    try:
        async with make_sessions(engine)() as session:
            return await report_survey(session, 1)
    finally:
        await engine.dispose()


async def test_the_demo_can_be_answered_and_reported_again(tmp_path: Path) -> None:
    first = await run_demo(tmp_path)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    links = re.findall(r"Personal link \d:\s+http://127\.0\.0\.1:8000(/s/\S+)", first)
    assert len(links) == 5
    database = f"sqlite:///{tmp_path / 'servq.db'}"
    before = await report(database)
    assert before.responses.n_respondents == N_GUESTS
    assert before.change.rows[0].id == "overall"

    app = create_app(Settings(database=database, address="http://servq.test"))
    async with AsyncTestClient(app, base_url="http://servq.test") as client:
        guest = Bot(client, f"http://servq.test{links[0]}")
        await guest.open()
        await guest.follow("Start")
        for _ in range(3):
            asked = {**guest.page.offered, **guest.page.fields}
            end = await guest.send({name: value for name, value in ANSWERS.items() if name in asked})
        assert "Your answers are saved" in end.text
        key = re.search(r"Bearer (servq_\S+)\"", first)[1]
        shown = await client.get("/api/v1/surveys/1", headers={"Authorization": f"Bearer {key}"})
        assert shown.json()["slug"] == "harbour-hotels"
        for person in PEOPLE:
            page = await sign_in(client, person.email, first)
            assert "How are we doing?" in page
            assert ("Airport" in page) == (person.region != "Coast")
            assert ("Lighthouse" in page) == (person.region != "Inland")

    after = await report(database)
    assert after.responses.n_respondents == N_GUESTS + 1


async def test_a_second_run_seeds_nothing_and_hands_out_new_links(tmp_path: Path) -> None:
    runs = [await run_demo(tmp_path) for _ in range(2)]
    assert "Simulating" in runs[0]
    assert "Simulating" not in runs[1]
    first, second = (set(re.findall(r"/s/(\S+)", run)) for run in runs)
    assert not first & second
    findings = await report(f"sqlite:///{tmp_path / 'servq.db'}")
    assert findings.responses.n_respondents == N_GUESTS
