"""Measures the answer path: whole SERVQUAL surveys, every page read and sent, against a real server process.

Run from the root of the project: ``python benchmarks/answering.py``. The server runs as a process of its own on
loopback; its CPU time is read from the operating system. SQL statements are counted in a second, short run with the
application in this process, where its database driver can be listened to.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlencode

import psutil
from clients.raw_http import Answer, Connection
from sqlalchemy import event
from sqlalchemy.engine import Engine

from servq.db import make_engine, make_sessions, upgrade
from servq.instruments import load_instrument
from servq.invitations.service import create_personal_links
from servq.surveys.service import NewSurvey, create_survey, launch_survey

CPU_BUDGET_MS, SQL_BUDGET, BYTES_BUDGET, REQUESTS_BUDGET = 6.0, 8, 20_000, 3

FORMS = (
    urlencode({f"e{number:02d}": "6" for number in range(1, 23)} | {"do": "next"}),
    urlencode({f"p{number:02d}": "5" for number in range(1, 23)} | {"do": "next"}),
    urlencode(
        {"w_tangibles": 20, "w_reliability": 20, "w_responsiveness": 20, "w_assurance": 20, "w_empathy": 20}
        | {"comment_remark": "All was well.", "do": "next"}
    ),
)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the clients saw."""

    surveys: int
    seconds: float
    request_seconds: Sequence[float]
    survey_seconds: Sequence[float]
    cpu_ms_per_survey: float


async def prepare(database: str, n_links: int) -> list[str]:
    """Create and launch a SERVQUAL survey; return the paths of personal links."""
    engine = make_engine(database)
    await upgrade(engine)
    instrument, now = load_instrument("servqual"), datetime.now(UTC)
    async with make_sessions(engine).begin() as session:
        new = NewSurvey(instrument="servqual", title="Benchmark", organisation="Hotel Aurora", slug="benchmark")
        survey = await create_survey(session, new, instrument, now=now)
        await launch_survey(session, survey.id, instrument, now=now)
        paths = []
        for start in range(0, n_links, 5000):
            links = await create_personal_links(session, survey.id, min(5000, n_links - start), now=now)
            paths += [link.path for link in links]
    await engine.dispose()
    return paths


async def answer_survey(
    get: Callable[[str], Awaitable[Answer]], post: Callable[[str, str], Awaitable[Answer]], link: str
) -> None:
    """Read and send every page as a browser does, following each redirect, and insist on the last page."""
    welcome = await get(link)
    if welcome.status == 303:  # an open link gives every visitor an address of their own
        link = welcome.headers["location"]
        welcome = await get(link)
    _expect(welcome, 200)
    path = f"{link}?page=1&lang=en"
    for form in FORMS:
        _expect(await get(path), 200)
        sent = await post(path, form)
        _expect(sent, 303)
        path = sent.headers["location"]
    if "saved=1" not in path:
        raise RuntimeError(f"The survey ended at {path}.")
    _expect(await get(path), 200)


async def run_load(port: int, links: Sequence[str], n_clients: int, process: psutil.Process) -> Load:
    """Answer one survey per link with `n_clients` connections at a time."""
    waiting = iter(links)
    survey_seconds: list[float] = []
    connections = [Connection("127.0.0.1", port) for _ in range(n_clients)]

    async def client(connection: Connection) -> None:
        await connection.open()
        for link in waiting:
            started = perf_counter()
            await answer_survey(connection.get, connection.post, link)
            survey_seconds.append(perf_counter() - started)
        await connection.close()

    cpu_before, started = _cpu_seconds(process), perf_counter()
    await asyncio.gather(*map(client, connections))
    seconds = perf_counter() - started
    return Load(
        surveys=len(survey_seconds),
        seconds=seconds,
        request_seconds=[each for connection in connections for each in connection.seconds],
        survey_seconds=survey_seconds,
        cpu_ms_per_survey=1000 * (_cpu_seconds(process) - cpu_before) / len(survey_seconds),
    )


async def measure_page(port: int, link: str) -> tuple[int, int]:
    """Return requests and bytes as sent of a cold visit to the page of 22 statements."""
    connection = Connection("127.0.0.1", port)
    await connection.open()
    page = await connection.get(f"{link}?page=1")
    html = _decoded(page)
    parts = re.findall(r'(?:href|src)="(/[^"]+)"', html)
    answers = [page, *[await connection.get(part) for part in parts]]
    await connection.close()
    return len(answers), sum(len(answer.body) for answer in answers)


async def count_sql(database: str, link: str, warm_up: str) -> int:
    """Count the statements of one survey with the application in this process."""
    from litestar.testing import AsyncTestClient

    from servq.settings import Settings
    from servq.web import create_app

    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async with AsyncTestClient(create_app(Settings(database=database))) as client:

        async def get(path: str) -> Answer:
            response = await client.get(path, follow_redirects=False)
            return Answer(response.status_code, dict(response.headers), response.content)

        async def post(path: str, form: str) -> Answer:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            response = await client.post(path, content=form, headers=headers, follow_redirects=False)
            return Answer(response.status_code, dict(response.headers), response.content)

        await answer_survey(get, post, warm_up)
        event.listen(Engine, "before_cursor_execute", count)
        await answer_survey(get, post, link)
        event.remove(Engine, "before_cursor_execute", count)
    return len(statements)


@contextmanager
def serving(database: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run ``servq serve`` as a process of its own and yield it with its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "servq", "serve", "--port", str(port), "--database", database]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.05)
        else:
            raise RuntimeError("The server did not start.")
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=20)


async def measure(database: str, n_surveys: int, n_clients: int, kind: str) -> list[tuple[str, str, str]]:
    """Run everything for one kind of link and return the rows of the table."""
    paths = await prepare(database, n_surveys + 60)
    links = paths if kind == "personal" else ["/o/benchmark"] * len(paths)
    with serving(database) as (process, port):
        server = psutil.Process(process.pid)
        await run_load(port, links[:50], n_clients, server)
        load = await run_load(port, links[50:-10], n_clients, server)
        requests, size = await measure_page(port, paths[-1])
    n_sql = await count_sql(database, links[-2], links[-3])
    return [
        ("server CPU per survey", f"{load.cpu_ms_per_survey:.2f} ms", f"≤ {CPU_BUDGET_MS:.0f} ms"),
        ("SQL statements per survey", str(n_sql), f"≤ {SQL_BUDGET}"),
        ("surveys per second", f"{load.surveys / load.seconds:.0f}", "≥ 150"),
        ("request p95", f"{1000 * quantiles(load.request_seconds, n=20)[-1]:.1f} ms", "≤ 200 ms"),
        ("survey p95", f"{1000 * quantiles(load.survey_seconds, n=20)[-1]:.1f} ms", ""),
        ("22-item page, cold: requests", str(requests), f"≤ {REQUESTS_BUDGET}"),
        ("22-item page, cold: bytes", str(size), f"≤ {BYTES_BUDGET}"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surveys", type=int, default=400)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    for kind in ("personal", "open"):
        with tempfile.TemporaryDirectory() as folder:
            database = f"sqlite:///{Path(folder) / 'benchmark.db'}"
            rows = asyncio.run(measure(database, options.surveys, options.clients, kind))
        print(f"\nAnswering SERVQUAL by {kind} link: {options.surveys} surveys, {options.clients} clients, SQLite")
        for name, figure, budget in rows:
            print(f"  {name:<30} {figure:>12}   {budget}")


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _expect(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(f"Expected {status}, got {answer.status}: {answer.headers}")


def _decoded(answer: Answer) -> str:
    import brotli

    body = brotli.decompress(answer.body) if answer.headers.get("content-encoding") == "br" else answer.body
    return body.decode()


if __name__ == "__main__":
    main()
