from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.deciding import attributes_of_answers, decide, decide_and_invite, decide_reminders, may_ask
from servq.contacts.gate import Candidate, Decided
from servq.contacts.models import Decision, DecisionSource, Outcome, Quota, Reason, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.rules import Policy, Reach, set_policy, set_reach
from servq.contacts.service import add_contact, erase_contact, suppress, upsert_contacts
from servq.errors import InvalidArgument
from servq.invitations.models import Invitation, MessageStatus, OutgoingMessage
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel, Survey
from servq.surveys.service import open_wave
from stateful.factories import NOW, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TOKENS = SecurityTokens(b"a secret that only these tests know, long enough")


async def test_a_contact_is_invited_once_a_wave_by_mail_and_the_second_time_is_told_why_not(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions.begin() as session:
        contact = await add_contact(session, email="Ada@Example.org", name="Ada", attributes={"site": "North"}, now=NOW)
    for expected in (None, Reason.ALREADY_INVITED):
        async with sessions.begin() as session:
            (decided,) = await decide_and_invite(
                session,
                survey.id,
                [contact.id],
                channel=Channel.EMAIL,
                due_at=NOW,
                source=DecisionSource.API,
                now=NOW,
                tokens=TOKENS,
            )
        assert decided.reason is expected
    async with sessions() as session:
        (invitation,) = await session.scalars(select(Invitation))
        (message,) = await session.scalars(select(OutgoingMessage))
        decisions = (await session.scalars(select(Decision).order_by(Decision.id))).all()
    assert invitation.attributes == {"site": "North"}
    assert (message.address, message.due_at) == ("ada@example.org", NOW)
    assert [row.outcome for row in decisions] == [Outcome.INVITED, Outcome.NOT_INVITED]


async def test_an_app_asks_by_the_same_rules(sessions: Sessions) -> None:
    survey, other = await make_survey(sessions), await make_survey(sessions)
    async with sessions.begin() as session:
        contact = await add_contact(session, email="ada@example.org", now=NOW)
        assert await may_ask(session, survey.id, contact.id, NOW)
        await decide_and_invite(
            session, survey.id, [contact.id], channel=Channel.IN_APP, due_at=NOW, source=DecisionSource.API, now=NOW
        )
    async with sessions.begin() as session:
        assert not await may_ask(session, other.id, contact.id, NOW + timedelta(days=29))
        assert await may_ask(session, other.id, contact.id, NOW + timedelta(days=30))
        await suppress(session, "Ada@example.org ", SuppressionReason.OPT_OUT, "unsubscribe link", now=NOW)
    async with sessions.begin() as session:
        assert not await may_ask(session, other.id, contact.id, NOW + timedelta(days=30))


async def add_people(sessions: Sessions, n: int, **attributes: str) -> list[int]:
    people = [NewContact(email=f"p{number}@example.org", attributes=attributes) for number in range(n)]
    async with sessions.begin() as session:
        done = await upsert_contacts(session, people, now=NOW)
    return [number for number in done.contact_ids if number is not None]


async def invite(
    sessions: Sessions, survey: Survey, contact_ids: Sequence[int], *, now: datetime = NOW, **given: object
) -> list[Decided]:
    usual = {"channel": Channel.EMAIL, "due_at": now, "source": DecisionSource.API, "tokens": TOKENS}
    async with sessions.begin() as session:
        return await decide_and_invite(session, survey.id, contact_ids, now=now, **{**usual, **given})


async def count(sessions: Sessions, kind: type[Invitation | OutgoingMessage | Decision]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_deciders_at_once_never_exceed_a_quota_nor_invite_anybody_twice(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    north, south = await add_people(sessions, 120, site="North"), await add_people(sessions, 0)
    async with sessions.begin() as session:
        quota = Quota(attribute="site", value="North", most=37)
        await set_reach(session, survey.id, Reach(quotas=(quota,)))
    parts = [north[:80], north[40:], list(reversed(north)), north[60:100], south]
    results = await asyncio.gather(*(invite(sessions, survey, part) for part in parts))
    invited = [each.contact_id for result in results for each in result if each.invited]
    assert len(invited) == len(set(invited)) == 37
    assert await count(sessions, Invitation) == await count(sessions, OutgoingMessage) == 37
    assert {each.reason for result in results for each in result} == {None, Reason.QUOTA_FULL, Reason.ALREADY_INVITED}


async def test_two_surveys_that_ask_at_once_do_not_both_get_the_same_person(sessions: Sessions) -> None:
    surveys = [await make_survey(sessions) for _ in range(4)]
    people = await add_people(sessions, 50)
    orders = [people, people[::-1], people[25:] + people[:25], people]
    results = await asyncio.gather(*(invite(sessions, *pair) for pair in zip(surveys, orders, strict=True)))
    invited = [each.contact_id for result in results for each in result if each.invited]
    assert sorted(number for number in invited if number is not None) == people


async def test_a_quota_is_counted_over_the_wave_also_when_it_comes_later(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    people = await add_people(sessions, 30, site="North")
    assert sum(each.invited for each in await invite(sessions, survey, people[:4])) == 4
    async with sessions.begin() as session:
        await set_reach(session, survey.id, Reach(quotas=(Quota(attribute="site", value="North", most=10),)))
    assert sum(each.invited for each in await invite(sessions, survey, people)) == 6
    async with sessions.begin() as session:
        await open_wave(session, survey.id, now=NOW)
    later = NOW + timedelta(days=200)
    assert sum(each.invited for each in await invite(sessions, survey, people, now=later)) == 10


async def test_an_invitation_waits_for_the_morning_of_the_person(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    people = (
        NewContact(email="berlin@example.org", time_zone="Europe/Berlin"),
        NewContact(email="kolkata@example.org", time_zone="Asia/Kolkata"),
        NewContact(email="nowhere@example.org"),
    )
    async with sessions.begin() as session:
        done = await upsert_contacts(session, people, now=NOW)
        await set_policy(session, Policy(time_zone="Asia/Tokyo"), now=NOW)
    evening = NOW.replace(hour=18, minute=30, second=0, microsecond=0)  # 19:30, 00:00 and 03:30 on the wall
    decided = await invite(sessions, survey, [number for number in done.contact_ids if number], now=evening)
    due = {each.contact_id: each.due_at for each in decided}
    shown = await make_survey(sessions)
    async with sessions.begin() as session:
        await set_policy(session, Policy(rest_days=0), now=NOW)
    (in_app,) = await invite(sessions, shown, [done.contact_ids[1] or 0], now=evening, channel=Channel.IN_APP)
    assert in_app.due_at == evening  # who is in the app is awake
    assert [due[number] for number in done.contact_ids] == [
        evening,
        datetime(2026, 3, 5, 2, 30, tzinfo=UTC),
        datetime(2026, 3, 4, 23, 0, tzinfo=UTC),
    ]
    async with sessions() as session:
        assert set(await session.scalars(select(OutgoingMessage.due_at))) == set(due.values())


async def test_reminders_ask_the_same_policy_and_stop_with_the_contact(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    people = await add_people(sessions, 3)
    decided = sorted(await invite(sessions, survey, people), key=lambda each: each.contact_id or 0)
    ids = [each.invitation_id for each in decided if each.invitation_id is not None]
    async with sessions.begin() as session:
        await set_policy(session, Policy(most_invitations=2, reminders_count=True), now=NOW)
        await suppress(session, "p0@example.org", SuppressionReason.OPT_OUT, "mail", now=NOW)
        await erase_contact(session, people[1])
    found = []
    for day in (3, 6):
        later = NOW.replace(hour=23) + timedelta(days=day)
        async with sessions.begin() as session:
            decided = await decide_reminders(session, survey.id, ids, due_at=later, now=later)
        found.append({each.invitation_id: each.reason for each in decided})
        assert [each.due_at for each in decided if each.invited] == [
            datetime(2026, 3, 8, 8, tzinfo=UTC) for each in decided if each.invited
        ]
    assert found == [
        dict(zip(ids, [Reason.SUPPRESSED, Reason.NO_ADDRESS, None], strict=True)),
        dict(zip(ids, [Reason.SUPPRESSED, Reason.NO_ADDRESS, Reason.TOO_MANY], strict=True)),
    ]


async def test_a_suppression_cancels_what_is_planned(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    people = await add_people(sessions, 2)
    await invite(sessions, survey, people)
    async with sessions.begin() as session:
        await suppress(session, "p1@example.org", SuppressionReason.HARD_BOUNCE, "mail", now=NOW)
    async with sessions() as session:
        rows = (await session.execute(select(OutgoingMessage.address, OutgoingMessage.status))).all()
    assert dict(map(tuple, rows)) == {
        "p0@example.org": MessageStatus.PLANNED,
        "p1@example.org": MessageStatus.CANCELLED,
    }


async def test_a_channel_that_a_survey_does_not_use_asks_nobody(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    people = await add_people(sessions, 2)
    async with sessions.begin() as session:
        await set_reach(session, survey.id, Reach(channels=(Channel.IN_APP,), link_days=7))
    assert {each.reason for each in await invite(sessions, survey, people)} == {Reason.CHANNEL_OFF}
    (shown, _) = await invite(sessions, survey, people, channel=Channel.IN_APP, tokens=None)
    assert shown.path is not None
    async with sessions() as session:
        expiries = set(await session.scalars(select(Invitation.expires_at)))
    assert expiries == {NOW + timedelta(days=7)}


async def test_the_same_refusal_is_kept_once_but_every_event_has_its_own(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    (person,) = await add_people(sessions, 1)
    async with sessions.begin() as session:
        await set_reach(session, survey.id, Reach(sampling_share=0))
    for _ in range(3):
        await invite(sessions, survey, [person])
    for event in (1, 2):
        candidate = Candidate(contact_id=person, due_at=NOW, event_id=event)
        async with sessions.begin() as session:
            await decide(session, survey.id, [candidate], channel=Channel.IN_APP, source=DecisionSource.EVENT, now=NOW)
    async with sessions() as session:
        events = (await session.scalars(select(Decision.event_id).order_by(Decision.id))).all()
    assert events == [None, 1, 2]


async def test_an_anonymous_survey_takes_nothing_from_a_contact_but_its_site(sessions: Sessions) -> None:
    open_survey = await make_survey(sessions, sites=("North",))
    anonymous = await make_survey(sessions, anonymous=True, sites=("North",))
    kinds = {"site": "North", "tier": "gold", "locale": "de"}
    assert attributes_of_answers(open_survey, kinds) == {"site": "North", "tier": "gold"}
    assert attributes_of_answers(anonymous, kinds) == {"site": "North"}
    assert attributes_of_answers(anonymous, {"site": "Elsewhere"}) == {}


async def test_mail_without_the_tokens_of_the_installation_is_a_mistake_of_the_caller(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    with pytest.raises(InvalidArgument, match="tokens"):
        await invite(sessions, survey, [1], tokens=None)
    with pytest.raises(InvalidArgument, match="kiosk"):
        await invite(sessions, survey, [1], channel=Channel.KIOSK)
    assert await invite(sessions, survey, [1]) == []
