from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts.deciding import decide_and_invite
from servq.contacts.models import Contact, Decision, DecisionSource, Suppression, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.rules import Reach, set_reach
from servq.contacts.service import Decided, suppress, upsert_contacts
from servq.errors import RecordUnknown, SurveyNotLaunched
from servq.fieldwork.erasure import erase_contact
from servq.fieldwork.numbers import Fieldwork, Progress
from servq.fieldwork.service import get_fieldwork
from servq.invitations.models import Invitation, MessageStatus, OutgoingMessage
from servq.responses.links import PersonalLink
from servq.responses.models import Response
from servq.responses.sittings import Sittings
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel, Survey
from stateful.factories import EXPECTATIONS, NOW, answer, make_survey

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
TOKENS = SecurityTokens(b"a secret that only these tests know, long enough")
SITES = ("North", "South")


async def invite(sessions: Sessions, survey: Survey, n: int, *, channel: Channel = Channel.EMAIL) -> list[Decided]:
    """Invite `n` new contacts, in turn from both sites; the result is in their order."""
    people = [
        NewContact(
            email=f"p{number}-{survey.id}-{channel}@example.org", attributes={"site": SITES[number % 2], "tier": "gold"}
        )
        for number in range(n)
    ]
    async with sessions.begin() as session:
        stored = await upsert_contacts(session, people, now=NOW)
        ids = [number for number in stored.contact_ids if number is not None]
        decided = await decide_and_invite(
            session,
            survey.id,
            ids,
            channel=channel,
            due_at=NOW,
            source=DecisionSource.API,
            now=NOW,
            tokens=TOKENS,
        )
    return sorted(decided, key=lambda each: each.contact_id or 0)


async def set_messages(sessions: Sessions, decided: list[Decided], status: MessageStatus) -> None:
    ids = [each.invitation_id for each in decided]
    async with sessions.begin() as session:
        await session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.invitation_id.in_(ids))
            .values(status=status, sent_at=None if status is MessageStatus.PLANNED else NOW)
        )


async def set_opened(sessions: Sessions, decided: list[Decided]) -> None:
    ids = [each.invitation_id for each in decided]
    async with sessions.begin() as session:
        await session.execute(update(Invitation).where(Invitation.id.in_(ids)).values(opened_at=NOW))


def link_of(decided: Decided) -> PersonalLink:
    assert decided.token is not None
    return PersonalLink(decided.token)


@pytest.mark.parametrize("anonymous", [False, True])
async def test_every_step_of_a_wave_is_counted_by_day_channel_and_site(
    sessions: Sessions,
    sittings: Sittings,
    anonymous: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    survey = await make_survey(sessions, sites=SITES, anonymous=anonymous)
    decided = await invite(sessions, survey, 10)
    await set_messages(sessions, decided, MessageStatus.SENT)
    await set_messages(sessions, decided[8:9], MessageStatus.BOUNCED)
    await set_messages(sessions, decided[9:], MessageStatus.FAILED)
    await set_opened(sessions, decided[:6])
    later = NOW + timedelta(days=2)
    for each in decided[:3]:
        await answer(sittings, link_of(each), now=later)
    await sittings.save(link_of(decided[3]), 0, EXPECTATIONS, locale="en", submit=False, now=later)
    async with sessions.begin() as session:
        leaver = await session.get_one(Contact, decided[7].contact_id)
        await suppress(session, leaver.email or "", SuppressionReason.OPT_OUT, "mail", now=later)
    async with sessions() as session:
        found = await get_fieldwork(session, survey.id, now=later)
    total = Progress(invited=10, delivered=8, bounced=2, opened=6, started=4, completed=3, opted_out=1)
    assert found.total == total
    assert found.by_channel == {"email": total}
    assert found.by_site == {
        "North": Progress(invited=5, delivered=4, bounced=1, opened=3, started=2, completed=2),
        "South": Progress(invited=5, delivered=4, bounced=1, opened=3, started=2, completed=1, opted_out=1),
    }
    assert found.by_day == {
        "2026-03-04": Progress(invited=10, delivered=8, bounced=2, opened=6),
        "2026-03-06": Progress(started=4, completed=3, opted_out=1),
    }
    assert {name: n for name, n in found.dispositions.items() if n} == {
        "complete": 3,
        "partial": 1,
        "refused": 1,
        "opened_only": 2,
        "silent": 1,
        "undelivered": 2,
    }
    # I = 3, P = 1, R = 3, U = 3, and of nobody known to be ineligible: e = 1
    assert [rate.value for rate in found.response_rates] == pytest.approx(
        [3 / 10, 4 / 10, 3 / 10, 4 / 10, 3 / 7, 4 / 7]
    )
    assert found.is_open


async def test_who_was_not_asked_is_counted_once_by_the_last_reason(sessions: Sessions) -> None:
    survey, other = await make_survey(sessions, sites=SITES), await make_survey(sessions, sites=SITES)
    invited = await invite(sessions, survey, 4)
    ids = [each.contact_id for each in invited if each.contact_id is not None]
    async with sessions.begin() as session:
        await set_reach(session, other.id, Reach(sampling_share=0))
    for share in (0, 1):
        async with sessions.begin() as session:
            await set_reach(session, other.id, Reach(sampling_share=share))
            for channel in (Channel.IN_APP, Channel.EMAIL):
                await decide_and_invite(
                    session,
                    other.id,
                    ids,
                    channel=channel,
                    due_at=NOW,
                    source=DecisionSource.API,
                    now=NOW,
                    tokens=TOKENS,
                )
    async with sessions() as session:
        (reason,) = (await get_fieldwork(session, other.id, now=NOW)).not_invited
        assert (await get_fieldwork(session, survey.id, now=NOW)).not_invited == ()
    assert (reason.reason, reason.n, reason.by_site) == ("resting", 4, {"North": 2, "South": 2})


async def test_erasing_a_contact_leaves_the_counts_the_answers_and_the_suppression(
    sessions: Sessions, sittings: Sittings
) -> None:
    survey, other = await make_survey(sessions, sites=SITES), await make_survey(sessions, sites=SITES)
    decided = await invite(sessions, survey, 2)
    await set_messages(sessions, decided, MessageStatus.SENT)
    await answer(sittings, link_of(decided[0]))
    ids = [each.contact_id for each in decided if each.contact_id is not None]
    async with sessions.begin() as session:
        for _ in range(3):
            await decide_and_invite(
                session,
                other.id,
                ids,
                channel=Channel.EMAIL,
                due_at=NOW,
                source=DecisionSource.EVENT,
                now=NOW,
                tokens=TOKENS,
            )
        leaver = await session.get_one(Contact, ids[1])
        address = leaver.email or ""
        await suppress(session, address, SuppressionReason.OPT_OUT, "mail", now=NOW)
    async with sessions() as session:
        before = [await get_fieldwork(session, each.id, now=NOW) for each in (survey, other)]
    for number in ids:
        async with sessions.begin() as session:
            await erase_contact(session, number)
    async with sessions() as session:
        assert [await get_fieldwork(session, each.id, now=NOW) for each in (survey, other)] == before
        assert (await session.scalars(select(Contact))).all() == []
        assert (await session.scalars(select(Suppression.address))).all() == [address]
        (response,) = await session.scalars(select(Response))
        assert response.attributes == {"site": "North"}
        assert set(await session.scalars(select(OutgoingMessage.address))) == {""}
        assert set(await session.scalars(select(Decision.contact_id))) == {None}
        with pytest.raises(RecordUnknown):
            await erase_contact(session, ids[0])


async def test_the_fieldwork_of_a_wave_that_nobody_was_asked_in_has_no_rates(sessions: Sessions) -> None:
    survey = await make_survey(sessions)
    async with sessions() as session:
        found = await get_fieldwork(session, survey.id, now=NOW)
    assert found.total == Progress()
    assert {rate.value for rate in found.response_rates} == {None}
    assert msgspec.json.decode(msgspec.json.encode(found), type=Fieldwork) == found
    assert "no response rate" in found.response_rates[0].caveats[0]
    draft = await make_survey(sessions, launched=False)
    async with sessions() as session:
        with pytest.raises(SurveyNotLaunched):
            await get_fieldwork(session, draft.id, now=NOW)
