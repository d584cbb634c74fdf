"""An excluded response stays stored, enters no result, and can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Account, Role
from servq.errors import RequestInvalid
from servq.responses.closing import close_survey
from servq.responses.exclusions import count_reasons, exclude, take_back
from servq.responses.extraction import extract_answers, extract_with_texts
from servq.responses.importing import store_answers
from servq.responses.models import Exclusion, Response, ResponseVersion
from servq.surveys.models import Survey
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
CODES = np.array([[7, 6, 5, 4, 50, 50, 1, 2, 3, 4], [1] * 4 + [50, 50] + [1] * 4], dtype=np.int16)


async def filled(sessions: Sessions, **choices: object) -> tuple[Survey, list[bytes]]:
    survey = await make_survey(sessions, **choices)
    async with sessions.begin() as session:
        session.add(Account(id=5, email="r@example.org", role=Role.RESEARCHER, created_at=NOW))
        await store_answers(session, survey.id, CODES, answered_at=[NOW, NOW], attributes=[{}, {}])
        ids = list(await session.scalars(select(Response.id).where(Response.survey_id == survey.id)))
    return survey, ids


async def leave_out(sessions: Sessions, survey: Survey, ids: list[bytes], reason: str = "Test  entry") -> int:
    async with sessions.begin() as session:
        return await exclude(session, survey.id, ids, reason=reason, account_id=5, excluded_by="r@example.org", now=NOW)


async def test_an_excluded_response_leaves_results_is_counted_by_reason_and_comes_back(sessions: Sessions) -> None:
    survey, ids = await filled(sessions)
    assert await leave_out(sessions, survey, ids[:1]) == 1
    async with sessions() as session:
        answers = await extract_with_texts(session, survey.id)
        assert answers.n_respondents == 1
        assert answers.excluded == {"Test entry": 1}
        assert [len(texts) for texts in answers.texts.values()] == [1]
        stored = await session.get(Exclusion, ids[0])
        assert stored is not None
        assert (stored.excluded_by, stored.at, stored.account_id) == ("r@example.org", NOW, 5)
    async with sessions.begin() as session:
        assert await take_back(session, survey.id, ids) == 1
        assert (await extract_answers(session, survey.id)).n_respondents == 2
        assert await count_reasons(session, survey.id) == {}


async def test_who_excluded_first_stays_known_and_another_survey_is_not_touched(sessions: Sessions) -> None:
    survey, ids = await filled(sessions)
    assert await leave_out(sessions, survey, ids[:1], "First") == 1
    assert await leave_out(sessions, survey, ids, "Second") == 1
    async with sessions() as session:
        assert await count_reasons(session, survey.id) == {"First": 1, "Second": 1}
        assert await take_back(session, survey.id + 1, ids) == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
async def test_leaving_out_needs_a_reason(sessions: Sessions, reason: str) -> None:
    survey, ids = await filled(sessions)
    with pytest.raises(RequestInvalid, match="reason"):
        await leave_out(sessions, survey, ids, reason)


async def test_exclusions_and_versions_outlive_the_closing_of_an_anonymous_survey(sessions: Sessions) -> None:
    survey, ids = await filled(sessions, anonymous=True)
    await leave_out(sessions, survey, ids[:1])
    async with sessions.begin() as session:
        session.add(ResponseVersion(response_id=ids[1], number=1, answers=b"", texts={}, replaced_at=NOW))
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    async with sessions() as session:
        assert await count_reasons(session, survey.id) == {"Test entry": 1}
        assert list(await session.scalars(select(ResponseVersion.response_id))) == [ids[1]]
