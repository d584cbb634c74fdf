"""Group commit: every caller learns the truth about its own answers, whatever happens to the others."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq import db
from servq.errors import AlreadyAnswered, SurveyClosed
from servq.invitations.tokens import new_token
from servq.responses import ingest
from servq.responses.closing import close_survey
from servq.responses.ingest import GroupWriter, RunAgain
from servq.responses.lanes import open_lane
from servq.responses.links import OpenLink
from servq.responses.sittings import Sittings
from stateful.factories import EXPECTATIONS, NOW, PERCEPTIONS, make_open_link, make_personal_link, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]

NOTE = "INSERT INTO note VALUES (:n)"


def insert(n: int, connection: Connection) -> int:
    connection.execute(text(NOTE), {"n": n})
    return n


async def make_notes(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (n INTEGER PRIMARY KEY)"))


async def notes(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        return list((await connection.execute(text("SELECT n FROM note ORDER BY n"))).scalars())


async def count_responses(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM response"))).scalar_one())


async def test_those_who_wait_together_are_committed_together(engine: AsyncEngine) -> None:
    await make_notes(engine)
    commits = []
    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        for watched in (getattr(lane, "_engine", engine), engine):
            event.listen(getattr(watched, "sync_engine", watched), "commit", commits.append)
        results = await asyncio.gather(*(writer.write(lambda c, n=n: insert(n, c)) for n in range(50)))
    assert results == list(range(50))
    assert await notes(engine) == list(range(50))
    assert len(commits) <= 4


async def test_one_that_fails_does_not_take_the_others_with_it(engine: AsyncEngine) -> None:
    await make_notes(engine)
    wanted = [1, 2, 2, 3, 4]
    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        outcomes = await asyncio.gather(
            *(writer.write(lambda c, n=n: insert(n, c)) for n in wanted), return_exceptions=True
        )
    assert [outcome for outcome in outcomes if not isinstance(outcome, Exception)] == [1, 2, 3, 4]
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [IntegrityError]
    assert await notes(engine) == [1, 2, 3, 4]


async def test_one_that_is_refused_does_not_undo_the_others(engine: AsyncEngine) -> None:
    await make_notes(engine)
    runs = []

    def store(n: int, connection: Connection) -> int:
        runs.append(n)
        if n == 2:
            raise AlreadyAnswered("before")
        return insert(n, connection)

    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        outcomes = await asyncio.gather(
            *(writer.write(lambda c, n=n: store(n, c)) for n in range(4)), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes] == [int, int, AlreadyAnswered, int]
    assert await notes(engine) == [0, 1, 3]
    assert runs == [0, 1, 2, 3], "a refusal costs the others nothing"


async def test_one_that_was_overtaken_runs_again_and_leaves_no_trace_of_the_first_run(engine: AsyncEngine) -> None:
    await make_notes(engine)
    attempts: list[int] = []

    def overtaken_once(connection: Connection) -> int:
        attempts.append(1)
        insert(len(attempts), connection)
        if len(attempts) == 1:
            raise RunAgain
        return len(attempts)

    def always_overtaken(_connection: Connection) -> None:
        raise RunAgain

    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        assert await writer.write(overtaken_once) == 2
        with pytest.raises(RunAgain):
            await writer.write(always_overtaken)
    assert await notes(engine) == [2]


async def test_a_caller_that_goes_away_does_not_stop_the_writer(engine: AsyncEngine) -> None:
    await make_notes(engine)
    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        leaving = asyncio.create_task(writer.write(lambda c: insert(1, c)))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await writer.write(lambda c: insert(2, c)) == 2
    assert await notes(engine) == [1, 2]


async def test_what_was_handed_over_before_the_end_is_still_stored(engine: AsyncEngine) -> None:
    await make_notes(engine)
    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        waiting = [asyncio.create_task(writer.write(lambda c, n=n: insert(n, c))) for n in range(500)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == list(range(500))
    assert len(await notes(engine)) == 500


# Failures of the database itself


FAILING_COMMIT = {
    "sqlite": [
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER orphan AFTER INSERT ON response WHEN NEW.locale = 'xx' BEGIN INSERT INTO child VALUES (1); END",
    ],
    "postgresql": [
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
        (
            "CREATE FUNCTION orphan() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN IF NEW.locale = ''xx'' THEN INSERT INTO child VALUES (1); END IF; RETURN NEW; END'"
        ),
        "CREATE TRIGGER orphan AFTER INSERT ON response FOR EACH ROW EXECUTE FUNCTION orphan()",
    ],
}


async def test_a_commit_that_fails_is_an_error_for_its_caller_alone_and_stores_nothing(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    async with engine.begin() as connection:
        for statement in FAILING_COMMIT[engine.dialect.name]:
            await connection.execute(text(statement))
    async with Sittings.running(engine) as sittings:
        good, bad = make_open_link(survey), make_open_link(survey)
        outcomes = await asyncio.gather(
            sittings.save(good, 0, EXPECTATIONS, locale="en", submit=False, now=NOW),
            sittings.save(bad, 0, EXPECTATIONS, locale="xx", submit=False, now=NOW),
            return_exceptions=True,
        )
        assert (await sittings.find(good, now=NOW)).pages_done == 1
        assert (await sittings.find(bad, now=NOW)).pages_done == 0
    assert isinstance(outcomes[1], DBAPIError)
    assert not isinstance(outcomes[0], BaseException)
    assert await count_responses(engine) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_stays_locked_is_said_to_all_who_wait_and_not_to_one_after_the_other(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_notes(engine)
    monkeypatch.setattr(db, "_LOCK_TIMEOUT_MS", 300)
    monkeypatch.setattr(ingest, "_PATIENCE_S", 0.2)
    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    async with open_lane(engine) as lane, GroupWriter.running(lane) as writer:
        other.execute("BEGIN IMMEDIATE")
        started = monotonic()
        outcomes = await asyncio.gather(
            *(writer.write(lambda c, n=n: insert(n, c)) for n in range(40)), return_exceptions=True
        )
        waited = monotonic() - started
        other.execute("COMMIT")
        assert {type(outcome) for outcome in outcomes} == {OperationalError}
        assert waited < 20 * 0.3, "not 0.3 s for each of the 40"
        assert await writer.write(lambda c: insert(1, c)) == 1
    other.close()
    assert await notes(engine) == [1]


async def test_a_table_that_is_gone_is_an_error_and_never_a_thank_you(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    async with Sittings.running(engine) as sittings:
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE invitation RENAME COLUMN used_at TO gone_at"))
        with pytest.raises(DBAPIError):
            await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE invitation RENAME COLUMN gone_at TO used_at"))
        assert not (await sittings.find(link, now=NOW)).submitted
        assert (await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)).submitted


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_lost_connections_to_a_server_are_replaced(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    async with Sittings.running(engine) as sittings:
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        async with engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert (await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)).submitted


async def test_closing_a_survey_while_people_answer_loses_nothing_that_was_called_saved(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    async with Sittings.running(engine) as sittings:

        async def answer_some() -> int:
            saved = 0
            try:
                for _ in range(100):
                    await sittings.save(make_open_link(survey), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
                    saved += 1
            except SurveyClosed:
                pass
            return saved

        tasks = [asyncio.create_task(answer_some()) for _ in range(4)]
        await asyncio.sleep(0.05)
        async with sessions.begin() as session:
            await close_survey(session, survey.id, now=NOW)
        saved = sum(await asyncio.gather(*tasks))
    assert await count_responses(engine) == saved


PROGRAM = """
import asyncio, sys
from servq.db import make_engine
from servq.invitations.tokens import new_token
from servq.responses.links import OpenLink
from servq.responses.sittings import Sittings
from stateful.factories import EXPECTATIONS, NOW

async def answer_for_ever(sittings, slug):
    while True:
        link = OpenLink(slug, new_token())
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        print(link.token, flush=True)

async def main(database, slug):
    async with Sittings.running(make_engine(database)) as sittings:
        await asyncio.gather(*(answer_for_ever(sittings, slug) for _ in range(8)))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_was_called_saved_survives_killing_the_server(
    engine: AsyncEngine, sessions: Sessions, database: str
) -> None:
    survey = await make_survey(sessions)
    root = Path(__file__).parents[2]
    server = subprocess.Popen(  # noqa: ASYNC220 (the test reads its lines one after the other)
        [sys.executable, "-c", PROGRAM, database, survey.slug],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root / 'tests'}"},
    )
    assert server.stdout is not None
    with server:
        told = [server.stdout.readline().strip() for _ in range(100)]
        server.kill()
        told += server.stdout.read().split("\n")[:-1]
    async with Sittings.running(engine) as sittings:
        for token in told:
            assert (await sittings.find(OpenLink(survey.slug, token), now=NOW)).pages_done == 1
        link = OpenLink(survey.slug, new_token())
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    assert len(told) >= 100


async def test_an_error_of_the_database_never_shows_what_somebody_answered(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE response RENAME COLUMN duration_s TO gone_s"))
    async with Sittings.running(engine) as sittings:
        with pytest.raises(DBAPIError) as failed:
            await sittings.save(make_open_link(survey), 2, PERCEPTIONS, locale="en", submit=False, now=NOW)
    assert "Clean rooms" not in str(failed.value)
    assert "parameters hidden" in str(failed.value)
