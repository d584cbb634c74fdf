"""The service as a process of its own: how it ends, and what it writes about what went wrong."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import make_url

from servq.db import make_engine, make_sessions
from servq.responses.links import OpenLink
from stateful.factories import make_instrument, make_open_link, make_survey

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from servq import db
from servq.commands import serve
from servq.settings import Settings

serve.DRAIN_S = int(sys.argv[3])
db._LOCK_TIMEOUT_MS = int(sys.argv[4])
serve.run_server(Settings(database=sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))
"""
FORM = b"p01=1&p02=2&p03=3&p04=4&comment_remark=Clean+rooms&do=next"


@contextmanager
def serving(
    database: str, *, drain_s: int = 20, lock_timeout_ms: int = 20_000
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, database, str(port), str(drain_s), str(lock_timeout_ms)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as server:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.05)
        try:
            yield server, port
        finally:
            server.kill()


def begin(port: int, link: OpenLink, *, n_missing: int = 0) -> socket.socket:
    """Send the last page of a survey, or all but the last bytes of it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = (
        f"POST /o/{link.slug}/{link.token}?page=3 HTTP/1.1\r\nHost: servq.test\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(FORM)}\r\n\r\n"
    )
    connection.sendall(head.encode() + FORM[: len(FORM) - n_missing])
    return connection


def lock(database: str) -> sqlite3.Connection:
    held = sqlite3.connect(make_url(database).database or "", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    return held


def break_writing(database: str) -> None:
    """Let every new response fail in a way that nobody foresaw."""
    with sqlite3.connect(make_url(database).database or "") as writer:
        writer.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON response BEGIN SELECT RAISE(ABORT, 'the disk refuses'); END"
        )
    writer.close()


def count(database: str) -> int:
    with sqlite3.connect(make_url(database).database or "") as reader:
        n: int = reader.execute("SELECT count(*) FROM response").fetchone()[0]
    reader.close()
    return n


@pytest.fixture
def link(sqlite_database: str) -> OpenLink:
    async def make() -> OpenLink:
        engine = make_engine(sqlite_database)
        survey = await make_survey(make_sessions(engine), instrument=make_instrument())
        await engine.dispose()
        return make_open_link(survey)

    return asyncio.run(make())


def test_an_answer_under_way_is_stored_and_told_so_before_the_service_ends(
    sqlite_database: str, link: OpenLink
) -> None:
    held = lock(sqlite_database)
    with serving(sqlite_database) as (server, port), begin(port, link) as respondent:
        sleep(1)
        server.terminate()
        sleep(1)
        assert server.poll() is None, "it waits for the answer"
        held.execute("COMMIT")
        held.close()
        assert respondent.recv(1000).startswith(b"HTTP/1.1 303")
        server.wait(timeout=20)
    assert count(sqlite_database) == 1


def test_somebody_who_never_finishes_a_request_does_not_keep_the_service_from_ending(
    sqlite_database: str, link: OpenLink
) -> None:
    with serving(sqlite_database, drain_s=1) as (server, port), begin(port, link, n_missing=5):
        sleep(1)
        started = monotonic()
        server.terminate()
        server.wait(timeout=20)
        assert monotonic() - started < 10
    assert count(sqlite_database) == 0


def test_a_phone_that_loses_its_connection_costs_one_line(sqlite_database: str, link: OpenLink) -> None:
    with serving(sqlite_database) as (server, port):
        begin(port, link, n_missing=5).close()
        sleep(1)
        server.terminate()
        assert server.stderr is not None
        (_, line) = server.stderr.read().splitlines()
    assert "WARNING" in line
    assert "client disconnected" in line
    assert count(sqlite_database) == 0


def test_what_went_wrong_is_written_down_with_its_time_and_place_and_without_anything_of_the_respondent(
    sqlite_database: str, link: OpenLink
) -> None:
    break_writing(sqlite_database)
    with serving(sqlite_database) as (server, port), begin(port, link) as respondent:
        assert respondent.recv(1000).startswith(b"HTTP/1.1 500")
        server.terminate()
        assert server.stderr is not None
        written = server.stderr.read()
    assert "POST /o/{slug}/{token} failed." in written
    assert "the disk refuses" in written
    assert written.splitlines()[1].startswith("20"), "the date comes first"
    for secret in (link.token, "Clean"):
        assert secret not in written
