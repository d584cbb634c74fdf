from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.responses.sittings import Sittings
from stateful.factories import FORMS, NOW, STORED, make_open_link, make_survey

pytestmark = pytest.mark.anyio


async def test_a_whole_survey_is_stored_page_by_page(
    engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]
) -> None:
    survey = await make_survey(sessions)
    link = make_open_link(survey)
    async with Sittings.running(engine) as sittings:
        for number, form in enumerate(FORMS):
            saved = await sittings.save(link, number, form, locale="en", submit=number == 2, seconds=10, now=NOW)
        sitting = await sittings.find(link, now=NOW)
    assert saved.submitted
    assert sitting.submitted
    assert sitting.codes == STORED
    assert sitting.texts == {"remark": "Clean rooms."}
