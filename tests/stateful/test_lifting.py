"""Lifting a suppression: deliberate, recorded, and against a person's own word only by the person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.contacts import queries
from servq.contacts.lifting import Lifting, lift_suppression
from servq.contacts.models import LiftedSuppression, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.service import is_suppressed, record_consent, suppress, upsert_contacts
from servq.errors import RecordUnknown, RequestInvalid
from servq.fieldwork.erasure import erase_contact
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
NO, LATER = NOW - timedelta(days=9), NOW - timedelta(days=2)


async def suppressed_contact(sessions: Sessions, reason: SuppressionReason) -> int:
    async with sessions.begin() as session:
        (number,) = (await upsert_contacts(session, [NewContact(email="ada@example.org")], now=NO)).contact_ids
        await suppress(session, "ada@example.org", reason, "mail of survey 1", now=NO)
    assert number is not None
    return number


async def lift(sessions: Sessions, *, consented_at: datetime | None = None) -> LiftedSuppression:
    async with sessions.begin() as session:
        lifting = Lifting(reason="asked to be asked again", source="signed form", consented_at=consented_at)
        return await lift_suppression(session, " Ada@example.ORG", lifting, now=NOW)


async def test_a_dead_mailbox_is_lifted_with_its_reason_and_that_is_recorded(sessions: Sessions) -> None:
    await suppressed_contact(sessions, SuppressionReason.HARD_BOUNCE)
    lifted = await lift(sessions)
    assert (lifted.address, lifted.was_reason, lifted.was_at) == ("ada@example.org", "hard_bounce", NO)
    assert (lifted.reason, lifted.source, lifted.at) == ("asked to be asked again", "signed form", NOW)
    async with sessions() as session:
        assert not await is_suppressed(session, "ada@example.org")
        assert (await queries.list_lifted(session, after=0, limit=9))[0].was_source == "mail of survey 1"
    with pytest.raises(RecordUnknown, match="is not suppressed"):
        await lift(sessions)


@pytest.mark.parametrize("reason", [SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT])
async def test_what_a_person_asked_for_only_a_later_consent_of_the_person_lifts(
    sessions: Sessions, reason: SuppressionReason
) -> None:
    number = await suppressed_contact(sessions, reason)
    for consented_at, said in (
        (None, "Only the person can undo that"),
        (NO, "said no after that"),
        (NO - timedelta(days=1), "said no after that"),
        (NOW + timedelta(minutes=1), "has not happened yet"),
    ):
        with pytest.raises(RequestInvalid, match=said):
            await lift(sessions, consented_at=consented_at)
        async with sessions() as session:
            assert await is_suppressed(session, "ada@example.org")
    await lift(sessions, consented_at=LATER)
    async with sessions() as session:
        assert not await is_suppressed(session, "ada@example.org")
        assert await queries.list_consents(session, [number]) == {number: (True, LATER)}


async def test_a_later_no_of_the_contact_keeps_its_address_suppressed(sessions: Sessions) -> None:
    number = await suppressed_contact(sessions, SuppressionReason.OPT_OUT)
    async with sessions.begin() as session:
        await record_consent(session, number, given=False, source="call", now=LATER + timedelta(hours=1))
    with pytest.raises(RequestInvalid, match="said no after that"):
        await lift(sessions, consented_at=LATER)


async def test_no_import_lifts_a_suppression_whatever_it_says_of_consent(sessions: Sessions) -> None:
    await suppressed_contact(sessions, SuppressionReason.OPT_OUT)
    async with sessions.begin() as session:
        yes = NewContact(email="ada@example.org", consent=True, consent_source="list", consent_at=LATER)
        stored = await upsert_contacts(session, [yes], now=NOW)
        assert (stored.n_consents, stored.n_suppressed) == (1, 1)
        assert await is_suppressed(session, "ada@example.org")
    await lift(sessions, consented_at=LATER)


async def test_a_consent_of_another_age_is_refused_on_every_database(sessions: Sessions) -> None:
    await suppressed_contact(sessions, SuppressionReason.HARD_BOUNCE)
    with pytest.raises(RequestInvalid, match="Nobody consented in 1"):
        await lift(sessions, consented_at=datetime.fromisoformat("0001-01-01T00:00:00+23:59"))


async def test_nobody_keeps_a_lifted_address_of_an_erased_contact(sessions: Sessions) -> None:
    number = await suppressed_contact(sessions, SuppressionReason.HARD_BOUNCE)
    await lift(sessions)
    async with sessions.begin() as session:
        await erase_contact(session, number)
        assert await queries.list_lifted(session, after=0, limit=9) == []
