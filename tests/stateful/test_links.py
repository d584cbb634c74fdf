from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.errors import (
    LinkExpired,
    LinkUnknown,
    SurveyClosed,
    SurveyNotLaunched,
)
from servq.invitations.models import Disposition, Invitation
from servq.invitations.tokens import new_token
from servq.responses.closing import close_survey
from servq.responses.links import OpenLink, PersonalLink
from servq.responses.sittings import Sittings
from servq.surveys.models import Channel, SittingMode
from servq.surveys.service import get_wave, open_wave
from stateful.factories import (
    EXPECTATIONS,
    NOW,
    PERCEPTIONS,
    POINTS,
    answer,
    make_open_link,
    make_personal_link,
    make_survey,
    stored,
)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NOT_SHOWN = -3


async def test_a_personal_link_is_used_up_by_submitting(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North",))
    link = await make_personal_link(sessions, survey, site="North")
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions() as session:
        invitation = (await session.scalars(select(Invitation))).one()
    assert (invitation.used_at, invitation.disposition) == (None, Disposition.UNKNOWN)
    await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=NOW)
    async with sessions() as session:
        invitation = (await session.scalars(select(Invitation))).one()
    assert (invitation.used_at, invitation.disposition) == (NOW, Disposition.COMPLETE)
    (response,) = await stored(sessions)
    assert response.invitation_id == invitation.id
    assert response.attributes == {"site": "North"}
    assert response.channel is Channel.PERSONAL_LINK


async def test_the_token_of_a_link_is_not_stored(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    async with sessions() as session:
        row = (await session.execute(text("SELECT * FROM invitation"))).one()
    assert link.token not in repr(tuple(row))
    assert link.digest == bytes(row.digest)


@pytest.mark.parametrize("token", ["", "short", "x" * 22, "../../etc/passwd-000000", "é" * 22])
async def test_an_unknown_personal_link_leads_nowhere(sittings: Sittings, sessions: Sessions, token: str) -> None:
    await make_survey(sessions)
    with pytest.raises(LinkUnknown):
        await sittings.find(PersonalLink(token), now=NOW)
    with pytest.raises(LinkUnknown):
        await sittings.save(PersonalLink(token), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_an_unknown_open_link_leads_nowhere(sittings: Sittings) -> None:
    with pytest.raises(LinkUnknown):
        await sittings.find(OpenLink("no-such-survey", new_token()), now=NOW)
    with pytest.raises(LinkUnknown):
        await sittings.save(OpenLink("no-such-survey", "short"), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_a_personal_token_opens_nothing_at_an_open_link(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey)
    await answer(sittings, link)
    assert (await sittings.find(OpenLink(survey.slug, link.token), now=NOW)).pages_done == 0


async def test_a_draft_takes_no_answers(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, launched=False))
    with pytest.raises(SurveyNotLaunched):
        await sittings.find(link, now=NOW)
    with pytest.raises(SurveyNotLaunched):
        await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)


async def test_an_expired_link_takes_no_answers(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    link = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    later = NOW + timedelta(hours=1)
    with pytest.raises(LinkExpired):
        await sittings.find(link, now=later)
    with pytest.raises(LinkExpired):
        await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=later)
    fresh = await make_personal_link(sessions, survey, expires_at=NOW + timedelta(hours=1))
    with pytest.raises(LinkExpired):
        await sittings.save(fresh, 0, EXPECTATIONS, locale="en", submit=False, now=later)


async def test_a_closed_survey_takes_no_answers_but_still_says_that_yours_are_saved(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, allow_changes=True)
    finished = await make_personal_link(sessions, survey)
    begun, fresh = make_open_link(survey), make_open_link(survey)
    await answer(sittings, finished)
    await sittings.save(begun, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    async with sessions.begin() as session:
        await close_survey(session, survey.id, now=NOW)
    for link in (begun, fresh):
        with pytest.raises(SurveyClosed):
            await sittings.find(link, now=NOW)
        with pytest.raises(SurveyClosed):
            await sittings.save(link, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)
    sitting = await sittings.find(finished, now=NOW)
    assert sitting.submitted
    assert not sitting.changeable
    with pytest.raises(SurveyClosed):
        await sittings.save(finished, 0, {"e01": "1"}, locale="en", submit=False, now=NOW)


async def test_a_survey_closes_by_itself_at_its_time(sittings: Sittings, sessions: Sessions) -> None:
    link = make_open_link(await make_survey(sessions, closes_at=NOW + timedelta(days=1)))
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    later = NOW + timedelta(days=1)
    with pytest.raises(SurveyClosed):
        await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=later)
    with pytest.raises(SurveyClosed):
        await sittings.find(link, now=later)


async def test_only_a_site_that_the_survey_knows_is_kept(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    for site in ("South", "Atlantis", None):
        await sittings.save(make_open_link(survey, site=site), 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    kept = sorted(response.attributes.get("site", "") for response in await stored(sessions))
    assert kept == ["", "", "South"]


async def test_answers_belong_to_the_wave_that_was_open_or_invited(sittings: Sittings, sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    invited = await make_personal_link(sessions, survey)
    async with sessions.begin() as session:
        second = await open_wave(session, survey.id, now=NOW)
        first = await get_wave(session, survey.id, 1)
    await answer(sittings, invited)
    await answer(sittings, make_open_link(survey))
    waves = {response.channel: response.wave_id for response in await stored(sessions)}
    assert waves == {Channel.PERSONAL_LINK: first.id, Channel.OPEN_LINK: second.id}


async def test_expectations_before_and_perceptions_after_are_one_response(
    sittings: Sittings, sessions: Sessions
) -> None:
    survey = await make_survey(sessions, sitting=SittingMode.BEFORE_AFTER)
    link = await make_personal_link(sessions, survey)
    await sittings.save(link, 0, EXPECTATIONS, locale="en", submit=False, now=NOW)
    await sittings.save(link, 1, POINTS, locale="en", submit=False, now=NOW)
    after = NOW + timedelta(days=3)
    sitting = await sittings.find(link, now=after)
    assert sitting.next_page is not None
    assert sitting.next_page.part == "after"
    await sittings.save(link, 2, PERCEPTIONS, locale="en", submit=True, now=after)
    (response,) = await stored(sessions)
    assert response.mode is SittingMode.BEFORE_AFTER
    assert (response.started_at, response.submitted_at) == (NOW, after)
