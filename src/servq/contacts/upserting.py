"""Storing many contacts at once: new ones are added, known ones brought up to date, unusable ones listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.cells import tidy
from servq.contacts.merging import Draft, Merge, accepted_consent, merge
from servq.contacts.rows import GivenContact, NewContact, Place, normal_address
from servq.errors import Problem

_IN_REQUEST = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upserted:
    """What became of given contacts, or would become.

    Parameters
    ----------
    n_created, n_updated, n_unchanged
        Contacts; each counts once, however many rows found it.
    n_merged
        Rows that found a contact which an earlier row had found or made.
    n_consents
        Words about consent that were new.
    n_suppressed
        Contacts whose address is suppressed, and stays so.
    contact_ids
        For each given contact its number; None where it was rejected, or is not stored yet.
    rejected
        Everything that is wrong with the rejected ones, with the place of each.
    examples
        The first contacts as they are stored then.
    """

    n_created: int
    n_updated: int
    n_unchanged: int
    n_merged: int
    n_rejected: int
    n_consents: int
    n_suppressed: int
    contact_ids: tuple[int | None, ...]
    rejected: tuple[Problem, ...]
    examples: tuple[NewContact, ...]


N_EXAMPLES = 5


async def upsert_contacts(
    session: AsyncSession, contacts: Sequence[NewContact], *, now: datetime, source: str = _IN_REQUEST
) -> Upserted:
    """Store contacts that a program gives; a problem names the position, from 1."""
    given = [GivenContact(Place(row=row), contact) for row, contact in enumerate(contacts, start=1)]
    return await store_given(session, given, source=source, now=now)


async def store_given(
    session: AsyncSession, given: Sequence[GivenContact], *, source: str, now: datetime, preview: bool = False
) -> Upserted:
    """Store given contacts by the rule of `servq.contacts.merging`; `preview` only says what would happen.

    Suppressed addresses stay suppressed. `source` is where a consent comes from that does not say so itself.
    """
    if not preview:
        await queries.hold_contacts(session)
    merged = await _merge_with_stored(session, given, now=now)
    created = [draft for draft in merged.drafts if draft.id is None]
    updated = [draft for draft in merged.drafts if draft.is_changed]
    addresses = [draft.email for draft in merged.drafts if draft.email is not None]
    suppressed = await queries.list_suppressions(session, addresses)
    consents = await _new_consents(session, merged.drafts, source=source, now=now)
    if not preview:
        await _store(session, created, updated, now=now)
        await queries.insert_consents(session, [{"contact_id": draft.id, **row} for draft, row in consents])
    return Upserted(
        n_created=len(created),
        n_updated=len(updated),
        n_unchanged=len(merged.drafts) - len(created) - len(updated),
        n_merged=merged.n_merged,
        n_rejected=merged.n_rejected,
        n_consents=len(consents),
        n_suppressed=len(suppressed),
        contact_ids=tuple(None if draft is None else draft.id for draft in merged.by_row),
        rejected=merged.rejected,
        examples=tuple(map(_example, merged.drafts[:N_EXAMPLES])),
    )


async def _merge_with_stored(session: AsyncSession, given: Iterable[GivenContact], *, now: datetime) -> Merge:
    given = list(given)
    references = {tidy(contact.reference) for _, contact in given if contact.reference}
    addresses = {normal_address(contact.email) for _, contact in given if contact.email}
    stored = await queries.list_matching(session, references=references, addresses=addresses)
    return merge(given, stored, now=now)


async def _new_consents(
    session: AsyncSession, drafts: Sequence[Draft], *, source: str, now: datetime
) -> list[tuple[Draft, dict[str, object]]]:
    speaking = [(draft, draft.said) for draft in drafts if draft.said is not None]
    last = await queries.list_consents(session, [draft.id for draft, _ in speaking if draft.id is not None])
    found: list[tuple[Draft, dict[str, object]]] = []
    for draft, said in speaking:
        at = accepted_consent(said, None if draft.id is None else last.get(draft.id), now=now)
        if at is not None:
            found.append((draft, {"given": said.given, "source": said.source or source, "at": at}))
    return found


async def _store(session: AsyncSession, created: Sequence[Draft], updated: Sequence[Draft], *, now: datetime) -> None:
    """Bring known contacts up to date first: a new one may have an address that a known one gave up."""
    await queries.update_contacts(session, [{"id": draft.id, **_values(draft), "updated_at": now} for draft in updated])
    rows = [{**_values(draft), "created_at": now, "updated_at": now} for draft in created]
    await queries.insert_contacts(session, rows)
    # One statement for all rows gives no numbers back; what finds a contact is unique.
    made = await queries.list_matching(
        session,
        references=[draft.reference for draft in created if draft.reference is not None],
        addresses=[draft.email for draft in created if draft.reference is None and draft.email is not None],
    )
    numbers = {(row.reference, None if row.reference is not None else row.email): row.id for row in made}
    for draft in created:
        draft.id = numbers[draft.reference, None if draft.reference is not None else draft.email]


def _values(draft: Draft) -> dict[str, object]:
    return {
        "reference": draft.reference,
        "email": draft.email,
        "name": draft.name,
        "locale": draft.locale,
        "time_zone": draft.time_zone,
        "attributes": draft.attributes,
    }


def _example(draft: Draft) -> NewContact:
    return NewContact(
        reference=draft.reference,
        email=draft.email,
        name=draft.name,
        locale=draft.locale,
        time_zone=draft.time_zone,
        attributes=draft.attributes,
        consent=None if draft.said is None else draft.said.given,
    )
