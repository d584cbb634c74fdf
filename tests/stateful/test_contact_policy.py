from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.deciding import decide_and_invite, may_ask
from servq.contacts.models import Decision, DecisionSource, Outcome, Reason, SuppressionReason
from servq.contacts.service import add_contact, suppress
from servq.invitations.models import Invitation, OutgoingMessage
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel
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
