from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from servq.contacts.models import Consent, Contact, Suppression, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.service import is_suppressed, suppress, upsert_contacts
from servq.contacts.upserting import Upserted
from servq.db import alembic_config, upgrade
from stateful.factories import NOW

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


async def upsert(sessions: Sessions, *contacts: NewContact, now: datetime = NOW) -> Upserted:
    async with sessions.begin() as session:
        return await upsert_contacts(session, contacts, now=now)


async def stored(sessions: Sessions) -> list[Contact]:
    async with sessions() as session:
        return list((await session.scalars(select(Contact).order_by(Contact.id))).all())


async def test_a_contact_is_found_again_by_its_reference_or_its_address(sessions: Sessions) -> None:
    first = await upsert(
        sessions,
        NewContact(reference="7", email="Ada@Example.org", attributes={"site": "North"}),
        NewContact(email="ben@example.org", name="Ben"),
    )
    assert (first.n_created, first.n_updated, first.n_unchanged) == (2, 0, 0)
    second = await upsert(
        sessions,
        NewContact(reference="7", name="Ada", attributes={"value": "high"}),
        NewContact(reference="8", email="BEN@example.org"),
        now=NOW + timedelta(days=1),
    )
    assert (second.n_created, second.n_updated, second.contact_ids) == (0, 2, first.contact_ids)
    ada, ben = await stored(sessions)
    assert (ada.email, ada.name, ada.attributes) == ("ada@example.org", "Ada", {"site": "North", "value": "high"})
    assert (ben.reference, ben.name, ben.created_at) == ("8", "Ben", NOW)
    again = await upsert(sessions, NewContact(reference="7", name="Ada"), now=NOW + timedelta(days=2))
    assert (again.n_updated, again.n_unchanged) == (0, 1)
    assert (await stored(sessions))[0].updated_at == NOW + timedelta(days=1)


async def test_contacts_may_pass_an_address_on_within_one_batch(sessions: Sessions) -> None:
    await upsert(
        sessions,
        NewContact(reference="1", email="one@example.org"),
        NewContact(reference="2", email="two@example.org"),
    )
    done = await upsert(
        sessions,
        NewContact(reference="2", name="Two"),
        NewContact(reference="1", email="free@example.org"),
        NewContact(reference="2", email="one@example.org"),
        NewContact(reference="3", email="two@example.org"),
    )
    assert done.rejected == ()
    assert (done.n_created, done.n_updated, done.n_merged) == (1, 2, 1)
    assert [(row.reference, row.email) for row in await stored(sessions)] == [
        ("1", "free@example.org"),
        ("2", "one@example.org"),
        ("3", "two@example.org"),
    ]


async def test_a_contact_that_would_be_two_is_rejected_and_the_others_are_stored(sessions: Sessions) -> None:
    await upsert(
        sessions,
        NewContact(reference="1", email="one@example.org"),
        NewContact(reference="2", email="two@example.org"),
    )
    done = await upsert(
        sessions,
        NewContact(reference="1", email="two@example.org"),
        NewContact(reference="3", email="three@example.org"),
        NewContact(reference="4", email="one@example.org"),
    )
    assert (done.n_created, done.n_rejected) == (1, 2)
    assert [problem.row for problem in done.rejected] == [1, 3]
    assert done.contact_ids[0] is None
    assert "belong to two contacts" in str(done.rejected[0])


async def test_nothing_that_is_stored_of_a_contact_lifts_a_suppression(sessions: Sessions) -> None:
    yes = NewContact(reference="1", email="ada@example.org", consent=True)
    await upsert(sessions, yes)
    async with sessions.begin() as session:
        await suppress(session, " ADA@example.org", SuppressionReason.OPT_OUT, "mail", now=NOW)
    done = await upsert(sessions, yes, NewContact(reference="1", email="ada@example.com"), now=NOW + timedelta(days=1))
    assert done.n_consents == 0
    async with sessions() as session:
        assert await is_suppressed(session, "ada@example.org")
        given = (await session.scalars(select(Consent.given).order_by(Consent.id))).all()
    assert given == [True, False]


async def test_a_later_yes_that_says_when_counts_and_every_word_is_kept(sessions: Sessions) -> None:
    later = NOW + timedelta(days=3)
    for contact in (
        NewContact(reference="1", consent=False, consent_source="shop"),
        NewContact(reference="1", consent=True),
        NewContact(reference="1", consent=True, consent_at=NOW - timedelta(days=1)),
        NewContact(reference="1", consent=True, consent_at=NOW + timedelta(days=2), consent_source="phone"),
        NewContact(reference="1", consent=True, consent_at=NOW + timedelta(days=3)),
    ):
        await upsert(sessions, contact, now=NOW if contact.consent is False else later)
    async with sessions() as session:
        rows = (await session.execute(select(Consent.given, Consent.source, Consent.at).order_by(Consent.id))).all()
    assert [tuple(row) for row in rows] == [(False, "shop", NOW), (True, "phone", NOW + timedelta(days=2))]


async def test_what_a_person_asked_for_replaces_a_dead_mailbox_and_the_first_entry_stays_otherwise(
    sessions: Sessions,
) -> None:
    for day, reason in enumerate(
        (SuppressionReason.HARD_BOUNCE, SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT)
    ):
        async with sessions.begin() as session:
            await suppress(session, "ada@example.org", reason, "test", now=NOW + timedelta(days=day))
    async with sessions() as session:
        (row,) = await session.scalars(select(Suppression))
    assert (row.reason, row.at) == (SuppressionReason.OPT_OUT, datetime(2026, 3, 5, 15, 16, 17, 181920, tzinfo=UTC))


async def test_two_imports_at_once_store_nobody_twice(sessions: Sessions) -> None:
    people = [NewContact(email=f"p{number}@example.org") for number in range(200)]
    done = await asyncio.gather(upsert(sessions, *people), upsert(sessions, *reversed(people)))
    assert sorted(result.n_created for result in done) == [0, 200]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Contact)) == 200


async def test_contacts_from_before_keep_one_address_each_in_lower_case(engine: AsyncEngine) -> None:
    rows = ("'7', ' Ada@Example.org '", "'8', 'ada@example.org'", "'9', ''", "NULL, NULL")
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0001"))
        for row in rows:
            await connection.execute(
                text(
                    "INSERT INTO contact (reference, email, attributes, created_at)"
                    f" VALUES ({row}, '{{}}', '2026-03-04 15:16:17')"
                )
            )
    await upgrade(engine)
    async with engine.connect() as connection:
        found = (await connection.execute(text("SELECT reference, email FROM contact ORDER BY id"))).all()
        changed = (
            await connection.execute(text("SELECT count(*) FROM contact WHERE updated_at = created_at"))
        ).scalar_one()
    assert [tuple(row) for row in found] == [("7", "ada@example.org"), ("8", None), ("9", None), (None, None)]
    assert changed == 4
