from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.answerfiles.exporting import export_answers
from servq.contacts.service import add_contact
from servq.errors import InvalidArgument, RequestInvalid, SurveyClosed, SurveyNotLaunched, SurveyUnknown
from servq.invitations.models import Invitation
from servq.responses.closing import close_survey
from servq.responses.counting import Counts, count_responses
from servq.responses.extraction import extract_answers, extract_with_texts
from servq.responses.importing import store_answers
from servq.responses.models import Response
from servq.responses.sittings import Sittings
from servq.surveys.models import Survey
from servq.surveys.service import open_wave
from stateful.factories import (
    EXPECTATIONS,
    FORMS,
    NOW,
    PERCEPTIONS,
    STORED,
    answer,
    make_instrument,
    make_open_link,
    make_personal_link,
    make_survey,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def store(sessions: Sessions, survey: Survey, codes: np.ndarray, **choices: object) -> int:
    async with sessions.begin() as session:
        return await store_answers(
            session,
            survey.id,
            codes,
            **{"answered_at": [NOW] * len(codes), "attributes": [{}] * len(codes), **choices},
        )


async def test_what_respondents_wrote_is_exported_beside_their_answers(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with Sittings.running(engine) as sittings:
        await answer(sittings, make_open_link(survey))
        await answer(sittings, make_open_link(survey), last={**PERCEPTIONS, "p01": "7", "comment_remark": "=1+1"})
        await sittings.save(make_open_link(survey), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions() as session:
        table = await extract_with_texts(session, survey.id)
        assert (await extract_answers(session, survey.id)).texts == {}
    rated = [column.item for column in table.columns].index("fast_1", 6)
    written = dict(zip(table.codes[:, rated].tolist(), table.texts["remark"].tolist(), strict=True))
    assert written == {1: "Clean rooms.", 7: "=1+1", -3: ""}
    exported = export_answers(table, "csv", made_at=NOW).content.decode("utf-8-sig")
    assert exported.splitlines()[0].endswith(",remark")
    assert "'=1+1" in exported


async def test_answers_come_out_as_they_went_in(engine: AsyncEngine, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North",))
    async with Sittings.running(engine) as sittings:
        link = make_open_link(survey, site="North")
        for number, form in enumerate(FORMS):
            await sittings.save(link, number, form, locale="de", submit=number == 2, now=NOW)
        await sittings.save(make_open_link(survey), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions() as session:
        table = await extract_answers(session, survey.id)
        counts = await count_responses(session)
    assert table.instrument == make_instrument()
    assert table.codes.dtype == np.int16
    assert sorted(map(tuple, table.codes.tolist())) == sorted([STORED, (*STORED[:4], *(-3,) * 6)])
    assert table.n_partial == 1
    assert table.respondent_ids is None
    assert counts == {survey.id: Counts(submitted=1, partial=1)}
    rows = dict(zip(table.attributes["locale"], table.attributes["site"], strict=True))
    assert rows == {"de": "North", "en": ""}
    assert set(table.attributes["channel"]) == {"open_link"}
    assert set(table.attributes["administration"]) == {"self"}
    assert set(table.attributes["wave"]) == {"1"}


async def test_one_wave_can_be_taken_alone(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    await store(sessions, survey, np.array([STORED] * 2, dtype=np.int16))
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring", now=NOW)
    await store(sessions, survey, np.array([STORED] * 3, dtype=np.int16))
    async with sessions() as session:
        tables = [await extract_answers(session, survey.id, wave=wave) for wave in (1, 2, None)]
        with pytest.raises(RequestInvalid):
            await extract_answers(session, survey.id, wave=3)
    assert [table.n_respondents for table in tables] == [2, 3, 5]
    assert sorted(tables[2].attributes["wave"]) == ["1", "1", "Spring", "Spring", "Spring"]


async def test_a_survey_without_answers_is_an_empty_table(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions() as session:
        table = await extract_answers(session, survey.id)
    assert table.codes.shape == (0, 10)
    assert table.n_partial == 0


async def test_a_draft_or_no_survey_cannot_be_extracted(sessions: Sessions) -> None:
    survey = await make_survey(sessions, launched=False)
    async with sessions() as session:
        with pytest.raises(SurveyNotLaunched):
            await extract_answers(session, survey.id)
        with pytest.raises(SurveyUnknown):
            await extract_answers(session, 999)


async def test_respondents_have_ids_only_when_every_one_is_a_known_contact(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    async with sessions.begin() as session:
        contact = await add_contact(session, reference="guest-7", now=NOW)
        (await session.scalars(select(Invitation))).one().contact_id = contact.id
    async with Sittings.running(engine) as sittings:
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        async with sessions() as session:
            known = await extract_answers(session, survey.id)
        await sittings.save(make_open_link(survey), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
        async with sessions() as session:
            mixed = await extract_answers(session, survey.id)
    assert known.respondent_ids is not None
    assert known.respondent_ids.tolist() == ["guest-7"]
    assert mixed.respondent_ids is None


async def test_the_hash_tells_two_sets_of_answers_apart_and_stays_the_same_otherwise(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    hashes = []
    for rows in (1, 0, 1):
        await store(sessions, survey, np.array([STORED] * rows, dtype=np.int16).reshape(rows, 10))
        async with sessions() as session:
            hashes.append((await extract_answers(session, survey.id)).source_sha256)
    assert hashes[0] == hashes[1] != hashes[2]


async def test_stored_tables_are_complete_or_partial_by_the_pages_they_show(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    rows = np.array([STORED, (*STORED[:4], *(-3,) * 6), (*STORED[:4], -3, -3, *STORED[6:])], dtype=np.int16)
    sites = [{"site": site} for site in "abc"]
    days = [NOW + timedelta(days=day) for day in range(3)]
    assert await store(sessions, survey, rows, attributes=sites, answered_at=days) == 2
    async with sessions() as session:
        responses = {row.attributes["site"]: row for row in await session.scalars(select(Response))}
    assert [responses[site].pages_done for site in "abc"] == [0b111, 0b001, 0b101]
    assert [responses[site].submitted_at for site in "abc"] == [days[0], None, days[2]]


async def test_a_stored_table_of_an_anonymous_survey_keeps_days(sessions: Sessions) -> None:
    survey = await make_survey(sessions, anonymous=True)
    await store(sessions, survey, np.array([STORED], dtype=np.int16))
    async with sessions() as session:
        row = (await session.scalars(select(Response))).one()
    assert row.submitted_at == NOW.replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ([[1] * 9], "shape"),
        ([[8, *STORED[1:]]], "e01: 8 is not on the scale"),
        ([[-2, *STORED[1:]]], "e01: -2 is not on the scale"),
        ([[-3] * 10], "shows nothing"),
    ],
)
async def test_a_table_that_does_not_fit_is_refused_whole(
    sessions: Sessions, codes: list[list[int]], reason: str
) -> None:
    survey = await make_survey(sessions)
    with pytest.raises(InvalidArgument, match=reason):
        await store(sessions, survey, np.array(codes, dtype=np.int16))
    async with sessions() as session:
        assert (await extract_answers(session, survey.id)).n_respondents == 0


async def test_a_closed_survey_takes_no_table(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    with pytest.raises(SurveyClosed):
        await store(sessions, survey, np.array([STORED], dtype=np.int16))
