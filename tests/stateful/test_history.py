"""A stored survey hands over its earlier waves for the trend."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.analysis.trend_findings import Trend
from servq.pipeline import report_survey
from servq.responses.importing import store_answers
from servq.surveys.service import open_wave
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio


async def test_the_report_of_a_stored_survey_has_the_trend_of_all_its_waves(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    survey = await make_survey(sessions)
    for number, name in enumerate(("", "Spring", "Summer", "Autumn")):
        generator = np.random.default_rng(number)
        codes = generator.integers(1, 8, size=(24, 10)).astype(np.int16)
        codes[:, 4], codes[:, 5] = 60, 40
        async with sessions.begin() as session:
            if name:
                await open_wave(session, survey.id, name=name, now=NOW)
            await store_answers(
                session,
                survey.id,
                codes,
                answered_at=[NOW] * 24,
                attributes=[{"site": ("North", "South")[row % 2]} for row in range(24)],
            )
    async with sessions.begin() as session:
        newest = await report_survey(session, survey.id)
        second = await report_survey(session, survey.id, wave=2)
    assert isinstance(newest.trend, Trend)
    assert newest.trend.waves[1:] == ("Spring", "Summer", "Autumn")
    assert {one.id for one in newest.trend.sites} == {"North", "South"}
    assert "(Autumn)" in newest.trend.reading
    assert [point.estimate.n for point in newest.trend.series[0].points] == [24] * 4
    assert second.trend is not None
    assert not isinstance(second.trend, Trend)  # two waves are a change
