from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.responses.extraction import extract_answers
from servq.responses.importing import store_answers
from servq.responses.models import Response
from servq.results import load_scored
from servq.results.memory import memory_of
from servq.results.models import ResultBlock, ResultChange
from servq.scoring import AnswerTable
from servq.surveys.models import Survey
from servq.surveys.service import open_wave
from stateful.factories import NOW, STORED, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
SITES = ("North", "South", "West")


def draw(n: int, seed: int) -> np.ndarray:
    """Answers of `n` respondents, some left out, to the small instrument."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(1, 8, size=(n, 10)).astype(np.int16)
    codes[generator.random((n, 10)) < 0.1] = -1
    codes[:, 4], codes[:, 5] = 60, 40
    return codes


async def store(sessions: Sessions, survey: Survey, n: int, seed: int, **choices: object) -> None:
    async with sessions.begin() as session:
        await store_answers(
            session,
            survey.id,
            draw(n, seed),
            answered_at=[NOW] * n,
            attributes=[{"site": SITES[row % 3], **({"team": "A"} if row % 2 else {})} for row in range(n)],
            **choices,
        )


def comparable(table: AnswerTable) -> list[tuple[object, ...]]:
    names = sorted(table.attributes)
    attributes = [tuple(str(table.attributes[name][row]) for name in names) for row in range(table.n_respondents)]
    return sorted(zip(map(tuple, table.codes.tolist()), attributes, [tuple(names)] * len(attributes), strict=True))


async def assert_same(sessions: Sessions, survey: Survey) -> None:
    """What is loaded is what extraction reads, wave by wave and together."""
    async with sessions.begin() as session:
        scored = await load_scored(session, survey.id)
        for wave in (None, *(one.number for one in scored.waves)):
            expected = await extract_answers(session, survey.id, wave=wave)
            found = scored.select(waves=None if wave is None else [wave]).answers()
            assert comparable(found) == comparable(expected)
            assert found.n_partial == expected.n_partial


def restart(engine: AsyncEngine) -> None:
    """Forget what this process keeps in memory, as another process would begin."""
    memory_of(engine.sync_engine).surveys.clear()


async def count(sessions: Sessions, table: type[ResultBlock | ResultChange]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_what_is_loaded_is_what_extraction_reads_through_every_change(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    await assert_same(sessions, survey)
    await store(sessions, survey, 40, 1)
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring", now=NOW)
    await store(sessions, survey, 30, 2)
    await assert_same(sessions, survey)
    assert await count(sessions, ResultBlock) == 2
    async with sessions() as session:
        some = (await session.scalars(select(Response.id).limit(7))).all()
    async with sessions.begin() as session:
        await session.execute(
            update(Response).where(Response.id.in_(some[:3])).values(answers=np.array(STORED, dtype="<i2").tobytes())
        )
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await session.execute(update(Response).where(Response.id.in_(some[3:5])).values(attributes={"site": "East"}))
    await assert_same(sessions, survey)
    async with sessions.begin() as session:
        await session.execute(delete(Response).where(Response.id.in_(some[5:])))
    await assert_same(sessions, survey)
    restart(engine)
    await assert_same(sessions, survey)
