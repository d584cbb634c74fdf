"""Asking many contacts at once: who is meant, and the decision about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts import queries
from servq.contacts.deciding import decide_and_invite
from servq.contacts.gate import Decided
from servq.contacts.models import DecisionSource
from servq.errors import Problem, RequestInvalid
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Channel

LATEST_DUE = timedelta(days=366)
"""How far ahead an invitation may be planned: a policy can look no further than people remember."""

PROBLEMS_SHOWN = 20


async def find_contact_ids(
    session: AsyncSession,
    *,
    contact_ids: Sequence[int] = (),
    references: Sequence[str] = (),
    attributes: Mapping[str, str] | None = None,
) -> list[int]:
    """Return the contacts that are meant: those that are named, or all that have these attributes (all for none).

    Raises `RequestInvalid` with the named ones that there are not, or when nobody is named in any way.
    """
    if attributes is not None:
        return await queries.list_contact_ids(session, attributes)
    if not contact_ids and not references:
        raise RequestInvalid("Nobody is named. Give contact_ids, references, or where ({} for everybody).")
    known = set(await queries.list_contacts(session, contact_ids))
    by_reference = {
        row.reference: row.id for row in await queries.list_matching(session, references=references, addresses=())
    }
    problems = [
        *(_absent("contact", str(number), "contact_ids") for number in contact_ids if number not in known),
        *(_absent("reference", text, "references") for text in references if text not in by_reference),
    ]
    if problems:
        raise RequestInvalid(list(_first(problems)))
    return list(dict.fromkeys([*contact_ids, *(by_reference[text] for text in references)]))


async def invite(
    session: AsyncSession,
    survey_id: int,
    contact_ids: Sequence[int],
    *,
    channel: Channel,
    due_at: datetime | None,
    source: DecisionSource,
    now: datetime,
    tokens: SecurityTokens | None,
) -> list[Decided]:
    """Ask contacts at `due_at` (now when left out) as the policy allows.

    Raises `RequestInvalid` for a time that is far off or has no zone, and what `decide` raises.
    """
    if due_at is not None and (due_at.tzinfo is None or due_at > now + LATEST_DUE):
        raise RequestInvalid(
            Problem("The time has no zone or is too far off.", "Give one within a year.", column="due_at")
        )
    return await decide_and_invite(
        session,
        survey_id,
        contact_ids,
        channel=channel,
        due_at=due_at or now,
        source=source,
        now=now,
        tokens=tokens,
    )


def _absent(what: str, text: str, column: str) -> Problem:
    return Problem(f'There is no {what} "{text[:60]}".', "Import the contact first.", column=column)


def _first(problems: Sequence[Problem]) -> Iterator[Problem]:
    yield from problems[:PROBLEMS_SHOWN]
    if len(problems) > PROBLEMS_SHOWN:
        yield Problem(f"{len(problems) - PROBLEMS_SHOWN} more are unknown.", "")
