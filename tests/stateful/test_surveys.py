from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import (
    AlreadyExists,
    RequestInvalid,
    SurveyClosed,
    SurveyLaunched,
    SurveyNotLaunched,
    SurveyUnknown,
)
from servq.instruments import freeze, revision_of, thaw
from servq.invitations.service import create_personal_links
from servq.responses.closing import close_survey
from servq.surveys.launched import get_launched
from servq.surveys.models import SittingMode, Survey, SurveyStatus
from servq.surveys.pages import pages_of
from servq.surveys.service import (
    NewSurvey,
    create_survey,
    get_survey,
    get_wave,
    launch_survey,
    list_surveys,
    list_waves,
    open_wave,
)
from stateful.factories import NOW, make_instrument, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def test_a_new_survey_is_a_draft_with_one_wave_and_nothing_frozen(sessions: Sessions) -> None:
    survey = await make_survey(sessions, launched=False)
    async with sessions() as session:
        waves = await list_waves(session, survey.id)
        content = await session.scalar(select(Survey.content).where(Survey.id == survey.id))
    assert survey.status is SurveyStatus.DRAFT
    assert survey.revision is None
    assert content is None
    assert survey.locale == "en"
    assert [wave.number for wave in waves] == [1]


async def test_the_open_link_is_made_of_the_title_and_something_that_cannot_be_guessed(sessions: Sessions) -> None:
    first = await make_survey(sessions, launched=False)
    second = await make_survey(sessions, launched=False)
    assert first.slug.startswith("guests-")
    assert first.slug != second.slug


async def test_every_problem_of_a_new_survey_is_named(sessions: Sessions) -> None:
    new = NewSurvey(
        instrument="small",
        title=" ",
        organisation="x" * 201,
        slug="Not a slug",
        locale="fr",
        anonymous=True,
        allow_changes=True,
        closes_at=NOW - timedelta(days=1),
    )
    async with sessions() as session:
        with pytest.raises(RequestInvalid) as refused:
            await create_survey(session, new, make_instrument(), now=NOW)
    fields = [problem.column for problem in refused.value.problems]
    assert fields == ["title", "organisation", "slug", "locale", "allow_changes", "closes_at"]


async def test_two_surveys_cannot_share_an_address(sessions: Sessions) -> None:
    await make_survey(sessions, slug="guests")
    with pytest.raises(AlreadyExists, match="guests"):
        await make_survey(sessions, slug="guests")


async def test_launching_freezes_the_instrument_for_ever(sessions: Sessions) -> None:
    asked = make_instrument(statement="Answers come fast.")
    survey = await make_survey(sessions, instrument=asked)
    edited = make_instrument(statement="Answers come slowly.")
    async with sessions.begin() as session:
        with pytest.raises(SurveyLaunched):
            await launch_survey(session, survey.id, edited, now=NOW)
    async with sessions() as session:
        launched = await (await session.connection()).run_sync(get_launched, survey.id)
    assert launched.instrument == asked
    assert launched.revision == revision_of(asked) != revision_of(edited)
    assert thaw(freeze(launched.instrument)) == asked


async def test_a_draft_follows_its_instrument_until_it_is_launched(sessions: Sessions) -> None:
    survey = await make_survey(sessions, launched=False)
    edited = make_instrument(statement="Answers come slowly.")
    async with sessions.begin() as session:
        launched = await launch_survey(session, survey.id, edited, now=NOW)
    assert launched.revision == revision_of(edited)
    assert launched.opened_at == NOW


async def test_the_database_itself_refuses_an_open_survey_without_frozen_content(sessions: Sessions) -> None:
    survey = await make_survey(sessions, launched=False)
    async with sessions() as session:
        with pytest.raises(IntegrityError, match="frozen"):
            await session.execute(update(Survey).where(Survey.id == survey.id).values(status=SurveyStatus.LAUNCHED))


async def test_closing_is_final_and_may_be_repeated(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    for hours in (1, 2):
        async with sessions.begin() as session:
            closed = await close_survey(session, survey.id, now=NOW + timedelta(hours=hours))
        assert closed.status is SurveyStatus.CLOSED
        assert closed.closed_at == NOW + timedelta(hours=1)
    async with sessions() as session:
        with pytest.raises(SurveyClosed):
            await launch_survey(session, survey.id, make_instrument(), now=NOW)
        with pytest.raises(SurveyClosed):
            await open_wave(session, survey.id, now=NOW)
        with pytest.raises(SurveyClosed):
            await create_personal_links(session, survey.id, 1, now=NOW)


async def test_a_draft_cannot_be_closed_and_has_no_links_or_further_waves(sessions: Sessions) -> None:
    survey = await make_survey(sessions, launched=False)
    async with sessions() as session:
        with pytest.raises(SurveyNotLaunched, match=f"servq survey launch {survey.id}"):
            await create_personal_links(session, survey.id, 1, now=NOW)
        with pytest.raises(SurveyNotLaunched):
            await close_survey(session, survey.id, now=NOW)
        with pytest.raises(SurveyNotLaunched):
            await open_wave(session, survey.id, now=NOW)


async def test_waves_are_numbered_and_the_newest_is_the_default(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        await open_wave(session, survey.id, name="Spring 2026", now=NOW)
    async with sessions() as session:
        assert (await get_wave(session, survey.id)).name == "Spring 2026"
        assert (await get_wave(session, survey.id, 1)).number == 1
        with pytest.raises(RequestInvalid, match="1 to 2"):
            await get_wave(session, survey.id, 3)


async def test_a_survey_that_does_not_exist_is_said_so(sessions: Sessions) -> None:
    async with sessions() as session:
        for wanted in (get_survey, list_waves):
            with pytest.raises(SurveyUnknown, match="999"):
                await wanted(session, 999)


async def test_surveys_are_listed_the_newest_first(sessions: Sessions) -> None:
    made = [(await make_survey(sessions, launched=False)).id for _ in range(3)]
    async with sessions() as session:
        assert [survey.id for survey in await list_surveys(session)] == made[::-1]


async def test_too_many_links_or_links_that_have_expired_are_refused(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions() as session:
        for n in (0, 10_001):
            with pytest.raises(RequestInvalid, match="1 to 10,000"):
                await create_personal_links(session, survey.id, n, now=NOW)
        with pytest.raises(RequestInvalid, match="expired"):
            await create_personal_links(session, survey.id, 1, now=NOW, expires_at=NOW)


async def test_names_with_control_characters_are_refused(sessions: Sessions) -> None:
    for choices in ({"sites": ("a\0",)}, {"placeholders": {"organisation": "b\0"}}):
        with pytest.raises(RequestInvalid, match="control character"):
            await make_survey(sessions, **choices)
    survey = await make_survey(sessions)
    async with sessions() as session:
        with pytest.raises(RequestInvalid, match="control character"):
            await open_wave(session, survey.id, name="a\0", now=NOW)


async def test_links_to_an_unknown_site_or_with_too_much_attached_are_refused(sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    async with sessions() as session:
        with pytest.raises(RequestInvalid, match=r'no site "Nort"\. It has: North, South'):
            await create_personal_links(session, survey.id, 1, now=NOW, attributes={"site": "Nort"})
        for attributes in (
            {"": "a"},
            {"a": ""},
            {"a": "b" * 201},
            {"a": "b\0"},
            {str(number): "a" for number in range(21)},
        ):
            with pytest.raises(RequestInvalid, match="attribute"):
                await create_personal_links(session, survey.id, 1, now=NOW, attributes=attributes)
        assert await create_personal_links(session, survey.id, 1, now=NOW, attributes={"site": "South", "desk": "3"})


async def test_what_a_response_says_by_itself_cannot_come_from_a_link(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions() as session:
        with pytest.raises(RequestInvalid, match='its "wave" by itself'):
            await create_personal_links(session, survey.id, 1, now=NOW, attributes={"wave": "9"})


def test_the_pages_cover_every_column_once_and_in_order() -> None:
    instrument = make_instrument()
    pages = pages_of(instrument, SittingMode.ONE_SITTING, comments=True)
    assert tuple(column for page in pages for column in page.columns) == instrument.columns
    assert [page.first for page in pages] == [0, 4, 6]
    assert [page.bit for page in pages] == [1, 2, 4]
    assert [page.fields[0] for page in pages] == ["e01", "w_fast", "p01"]
    assert [len(page.comments) for page in pages] == [0, 0, 1]
    assert [page.required for page in pages] == [True, False, True]


def test_everything_before_the_first_battery_about_the_service_is_asked_before_it() -> None:
    instrument = make_instrument()
    before_after = pages_of(instrument, SittingMode.BEFORE_AFTER, comments=False)
    assert [page.part for page in before_after] == ["before", "before", "after"]
    assert not any(page.comments for page in before_after)
    one_sitting = pages_of(instrument, SittingMode.ONE_SITTING, comments=True)
    assert {page.part for page in one_sitting} == {"after"}
