"""The only SQL about contacts, consent, suppression, the contact policy and its decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from servq.contacts.merging import StoredContact
from servq.contacts.models import (
    Consent,
    Contact,
    ContactPolicy,
    Decision,
    DecisionSource,
    LiftedSuppression,
    Outcome,
    QuotaCount,
    Reason,
    Suppression,
    SuppressionReason,
    SurveyReach,
)
from servq.db import table_of
from servq.invitations.models import Invitation, MessageStatus, OutgoingMessage
from servq.surveys.models import Channel

_MOST_PARAMETERS = 10_000
"""Values in one statement; either database takes about three times as many."""


class ContactRow(NamedTuple):
    """What a decision needs of a contact."""

    id: int
    email: str | None
    name: str | None
    locale: str | None
    time_zone: str | None
    attributes: dict[str, str]


async def count_contacts(session: AsyncSession) -> int:
    """Count everybody who may be asked."""
    return await session.scalar(select(func.count()).select_from(Contact)) or 0


async def hold_decisions(session: AsyncSession, contact_ids: Iterable[int]) -> None:
    """Let nobody else decide about these contacts until this transaction ends.

    SQLite has one writer, which this becomes; PostgreSQL locks the rows, in one order so that two never wait for each
    other.
    """
    await session.execute(update(ContactPolicy).where(ContactPolicy.id == 0).values(id=0))
    for some in _parts(sorted(contact_ids)):
        await session.execute(
            select(Contact.id).where(Contact.id.in_(some)).order_by(Contact.id).with_for_update(key_share=True)
        )


async def hold_contacts(session: AsyncSession) -> None:
    """Let nobody else store contacts until this transaction ends, so that none is stored twice."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("servq contacts"))))
    else:
        await session.execute(update(ContactPolicy).where(ContactPolicy.id == 0).values(id=0))


async def list_matching(
    session: AsyncSession, *, references: Iterable[str], addresses: Iterable[str]
) -> list[StoredContact]:
    """Return every contact that has one of these references or addresses, each once."""
    query = select(*(getattr(Contact, name) for name in StoredContact._fields))
    found = {}
    for column, values in ((Contact.reference, references), (Contact.email, addresses)):
        async for row in _each(session, query, column, values):
            found[row.id] = StoredContact._make(row)
    return list(found.values())


async def insert_contacts(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store new contacts; every row has the same columns."""
    if rows:
        await session.execute(insert(table_of(Contact)), rows)


async def update_contacts(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store contacts as they are now; each row has its ``id``.

    What finds them is blanked first: one may have got what another had.
    """
    if not rows:
        return
    await hold_decisions(session, [int(str(row["id"])) for row in rows])
    table = table_of(Contact)
    wanted = [{"wanted": row["id"]} for row in rows]
    blank = update(table).where(table.c.id == bindparam("wanted")).values(reference=None, email=None)
    await session.execute(blank, wanted)
    names = [name for name in rows[0] if name != "id"]
    change = (
        update(table)
        .where(table.c.id == bindparam("wanted"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    await session.execute(
        change, [{"wanted": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    )


async def hold_reach(session: AsyncSession, survey_id: int) -> SurveyReach | None:
    """Return whom a survey may reach, and let nobody else count its quotas until this transaction ends."""
    return await session.get(SurveyReach, survey_id, populate_existing=True, with_for_update=True)


async def find_reach(session: AsyncSession, survey_id: int) -> SurveyReach | None:
    """Return whom a survey may reach."""
    return await session.get(SurveyReach, survey_id, populate_existing=True)


async def find_policy(session: AsyncSession) -> ContactPolicy | None:
    """Return the contact policy, if one was set."""
    return await session.get(ContactPolicy, 1, populate_existing=True)


async def list_contacts(session: AsyncSession, contact_ids: Iterable[int]) -> dict[int, ContactRow]:
    """Return contacts by their number; an unknown number is left out."""
    columns = [getattr(Contact, name) for name in ContactRow._fields]
    return {row.id: ContactRow._make(row) async for row in _each(session, select(*columns), Contact.id, contact_ids)}


async def list_contact_ids(session: AsyncSession, attributes: Mapping[str, str]) -> list[int]:
    """Return the contacts that have all of these attributes."""
    conditions = [Contact.attributes[name].as_string() == value for name, value in attributes.items()]
    return list((await session.scalars(select(Contact.id).where(*conditions).order_by(Contact.id))).all())


async def list_page(
    session: AsyncSession, *, reference: str | None, email: str | None, after: int, limit: int
) -> Sequence[Contact]:
    """Return contacts in the order of their numbers, from the one after `after` on."""
    query = select(Contact).where(Contact.id > after).order_by(Contact.id).limit(limit)
    if reference is not None:
        query = query.where(Contact.reference == reference)
    if email is not None:
        query = query.where(Contact.email == email)
    return (await session.scalars(query)).all()


async def list_words(session: AsyncSession, contact_id: int) -> Sequence[Consent]:
    """Return everything that a contact said about being asked, the latest first."""
    query = select(Consent).where(Consent.contact_id == contact_id).order_by(Consent.at.desc(), Consent.id.desc())
    return (await session.scalars(query)).all()


async def list_suppression_page(session: AsyncSession, *, after: str, limit: int) -> Sequence[Suppression]:
    """Return suppressed addresses in alphabetical order, from the one after `after` on."""
    query = select(Suppression).where(Suppression.address > after).order_by(Suppression.address).limit(limit)
    return (await session.scalars(query)).all()


async def list_suppressions(session: AsyncSession, addresses: Iterable[str]) -> dict[str, SuppressionReason]:
    """Return why each of these addresses is suppressed; the others are left out."""
    query = select(Suppression.address, Suppression.reason)
    return {row.address: row.reason async for row in _each(session, query, Suppression.address, addresses)}


async def list_consents(session: AsyncSession, contact_ids: Iterable[int]) -> dict[int, tuple[bool, datetime]]:
    """Return what each contact said last, and when."""
    query = select(Consent.contact_id, Consent.given, Consent.at, Consent.id)
    latest: dict[int, tuple[datetime, int, bool]] = {}
    async for row in _each(session, query, Consent.contact_id, contact_ids):
        said = (row.at, row.id, row.given)
        latest[row.contact_id] = max(said, latest.get(row.contact_id, said))
    return {contact_id: (given, at) for contact_id, (at, _, given) in latest.items()}


async def list_invited(session: AsyncSession, wave_id: int, contact_ids: Iterable[int]) -> set[int]:
    """Return those of the contacts that have an invitation to a wave."""
    query = select(Invitation.contact_id).where(Invitation.wave_id == wave_id)
    return {row.contact_id async for row in _each(session, query, Invitation.contact_id, contact_ids)}


async def list_reached(
    session: AsyncSession, contact_ids: Iterable[int], *, since: datetime
) -> dict[int, list[tuple[datetime, bool]]]:
    """Return when each contact is reached after `since`, past and planned, and whether by a reminder."""
    query = select(Decision.contact_id, Decision.due_at, Decision.source).where(
        Decision.outcome == Outcome.INVITED, Decision.due_at >= since
    )
    found: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    async for row in _each(session, query, Decision.contact_id, contact_ids):
        found[row.contact_id].append((row.due_at, row.source is DecisionSource.REMINDER))
    return found


async def list_refused(session: AsyncSession, wave_id: int, contact_ids: Iterable[int]) -> set[tuple[int, Reason]]:
    """Return which contacts were refused for which reasons in a wave without an event that asked."""
    query = select(Decision.contact_id, Decision.reason).where(
        Decision.wave_id == wave_id, Decision.outcome == Outcome.NOT_INVITED, Decision.event_id.is_(None)
    )
    return {(row.contact_id, row.reason) async for row in _each(session, query, Decision.contact_id, contact_ids)}


async def insert_invitations(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> dict[bytes, Invitation]:
    """Store new invitations and return them by their digests."""
    if not rows:
        return {}
    await session.execute(insert(table_of(Invitation)), rows)
    found: dict[bytes, Invitation] = {}
    for some in _parts(row["digest"] for row in rows):
        for invitation in await session.scalars(select(Invitation).where(Invitation.digest.in_(some))):
            found[invitation.digest] = invitation
    return found


class InvitationRow(NamedTuple):
    """What a reminder needs of an invitation."""

    id: int
    wave_id: int
    contact_id: int | None
    channel: Channel
    attributes: dict[str, str]


async def list_invitations(session: AsyncSession, survey_id: int, invitation_ids: Iterable[int]) -> list[InvitationRow]:
    """Return invitations of a survey by their numbers."""
    columns = [getattr(Invitation, name) for name in InvitationRow._fields]
    query = select(*columns).where(Invitation.survey_id == survey_id)
    return [InvitationRow._make(row) async for row in _each(session, query, Invitation.id, invitation_ids)]


async def insert_decisions(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Add decisions to the ledger."""
    if rows:
        await session.execute(insert(table_of(Decision)), rows)


async def count_quotas(session: AsyncSession, wave_id: int) -> dict[tuple[str, str], int]:
    """Return how many invitations of a wave count for each attribute and value."""
    rows = await session.execute(
        select(QuotaCount.attribute, QuotaCount.value, QuotaCount.invited).where(QuotaCount.wave_id == wave_id)
    )
    return {(attribute, value): invited for attribute, value, invited in rows}


async def store_quota_counts(session: AsyncSession, wave_id: int, counts: Mapping[tuple[str, str], int]) -> None:
    """Keep how many invitations count for each attribute and value."""
    rows = [
        {"wave_id": wave_id, "attribute": attribute, "value": value, "invited": invited}
        for (attribute, value), invited in counts.items()
    ]
    if not rows:
        return
    statement = _insert(session)(QuotaCount)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["wave_id", "attribute", "value"], set_={"invited": statement.excluded.invited}
        ),
        rows,
    )


async def list_invited_attributes(session: AsyncSession, wave_id: int) -> Sequence[dict[str, str]]:
    """Return the attributes of the contacts that were invited to a wave."""
    rows = await session.scalars(
        select(Contact.attributes)
        .join(Decision, Decision.contact_id == Contact.id)
        .where(
            Decision.wave_id == wave_id,
            Decision.outcome == Outcome.INVITED,
            Decision.source != DecisionSource.REMINDER,
        )
    )
    return rows.all()


async def insert_suppression(
    session: AsyncSession, address: str, *, reason: SuppressionReason, source: str, at: datetime
) -> None:
    """Suppress an address; what a person asked for replaces a dead mailbox, and otherwise the first entry stays."""
    values = {"address": address, "reason": reason, "source": source, "at": at}
    statement = _insert(session)(Suppression).values(**values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["address"],
            set_={name: values[name] for name in ("reason", "source", "at")},
            where=(Suppression.reason == SuppressionReason.HARD_BOUNCE) & (reason != SuppressionReason.HARD_BOUNCE),
        )
    )


async def take_suppression(session: AsyncSession, address: str) -> Suppression | None:
    """Return a suppression that nobody else lifts meanwhile."""
    return await session.get(Suppression, address, populate_existing=True, with_for_update=True)


async def list_lifted(session: AsyncSession, *, after: int, limit: int) -> Sequence[LiftedSuppression]:
    """Return lifted suppressions in their order, from the one after `after` on."""
    query = select(LiftedSuppression).where(LiftedSuppression.id > after).order_by(LiftedSuppression.id).limit(limit)
    return (await session.scalars(query)).all()


async def find_contact_id(session: AsyncSession, address: str) -> int | None:
    """Return the contact that has an address."""
    return (await session.scalars(select(Contact.id).where(Contact.email == address))).one_or_none()


async def stamp_opt_out(session: AsyncSession, contact_id: int, *, at: datetime) -> None:
    """Say on the newest invitation of a contact that it asked to be left alone."""
    newest = select(func.max(Invitation.id)).where(Invitation.contact_id == contact_id).scalar_subquery()
    table = table_of(Invitation)
    await session.execute(
        update(table).where(table.c.id == newest, table.c.opted_out_at.is_(None)).values(opted_out_at=at)
    )


async def insert_consents(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Add what contacts said."""
    if rows:
        await session.execute(insert(table_of(Consent)), rows)


async def _each(
    session: AsyncSession, query: Select[*tuple[Any, ...]], column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> AsyncIterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of a query whose `column` is one of many values, a statement for some at a time."""
    for some in _parts(values):
        for row in await session.execute(query.where(column.in_(some))):
            yield row


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(values)
    while some := list(islice(remaining, _MOST_PARAMETERS)):
        yield some


def _insert(session: AsyncSession) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


class LedgerRow(NamedTuple):
    """What erasing a contact needs of a decision."""

    id: int
    wave_id: int
    outcome: Outcome
    source: DecisionSource


async def list_ledger(session: AsyncSession, contact_id: int) -> list[LedgerRow]:
    """Return the decisions about a contact, the oldest first."""
    columns = [getattr(Decision, name) for name in LedgerRow._fields]
    rows = await session.execute(select(*columns).where(Decision.contact_id == contact_id).order_by(Decision.id))
    return [LedgerRow._make(row) for row in rows]


async def erase_contact(session: AsyncSession, contact_id: int, *, superseded: Iterable[int]) -> None:
    """Delete a contact with its consent, whatever messages say of it, and these decisions; the others stay unnamed."""
    messages, invitations = table_of(OutgoingMessage), table_of(Invitation)
    for some in _parts(superseded):
        await session.execute(delete(table_of(Decision)).where(Decision.id.in_(some)))
    theirs = select(invitations.c.id).where(invitations.c.contact_id == contact_id)
    await session.execute(
        update(messages)
        .where(messages.c.invitation_id.in_(theirs))
        .values(
            address="",
            values={},
            sealed_token=None,
            last_error=None,  # servers like to repeat the address
            status=case(
                (messages.c.status == MessageStatus.PLANNED, MessageStatus.CANCELLED.value), else_=messages.c.status
            ),
        )
    )
    await session.execute(delete(table_of(Contact)).where(Contact.id == contact_id))
