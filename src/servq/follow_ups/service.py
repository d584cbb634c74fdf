"""Reading and changing follow-ups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import ChangedMeanwhile, Problem, RecordUnknown, RequestInvalid
from servq.follow_ups import queries
from servq.follow_ups.models import ENDED, LONGEST_NOTE, FollowUpNote, FollowUpPlan, FollowUpStatus
from servq.follow_ups.opening import DUE_DAYS
from servq.follow_ups.queries import FollowUpCounts, FollowUpRow
from servq.messages import Message
from servq.surveys.service import get_survey

MOST_DUE_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpChange:
    """What somebody wants to change; None leaves a thing as it is.

    Parameters
    ----------
    version
        Of the follow-up that they saw.
    owner_id
        Account of the new owner; 0 takes the owner away.
    """

    version: int
    status: FollowUpStatus | None = None
    owner_id: int | None = None
    due_on: date | None = None
    note: str = ""


async def get_follow_up(
    session: AsyncSession, follow_up_id: int, *, sites: Collection[str] | None
) -> tuple[FollowUpRow, Sequence[tuple[FollowUpNote, str | None]]]:
    """Return one follow-up of these sites (None: of all) with its notes; raises `RecordUnknown`."""
    row = await queries.find_follow_up(session, follow_up_id, sites=sites)
    if row is None:
        raise RecordUnknown(f"There is no follow-up {follow_up_id}.")
    return row, await queries.list_notes(session, follow_up_id)


async def count_overdue(session: AsyncSession, sites: Collection[str] | None, *, now: datetime) -> FollowUpCounts:
    """Count the follow-ups of these sites that have not ended, and those past their day."""
    return await queries.count_follow_ups(session, sites=sites, today=now.astimezone(UTC).date())


async def change_follow_up(
    session: AsyncSession,
    follow_up_id: int,
    change: FollowUpChange,
    *,
    account_id: int,
    sites: Collection[str] | None,
    now: datetime,
) -> None:
    """Change a follow-up and keep who did what.

    Raises `RecordUnknown`, `RequestInvalid` (nothing to change, a note that is too long) or `ChangedMeanwhile`.
    """
    row, _ = await get_follow_up(session, follow_up_id, sites=sites)
    before = row.follow_up
    note = change.note.strip()
    if len(note) > LONGEST_NOTE:
        raise RequestInvalid(
            Problem(Message("This is too long."), Message("Use at most {n} characters.", n=LONGEST_NOTE), column="note")
        )
    status = change.status if change.status not in {None, before.status} else None
    owner_id = change.owner_id if change.owner_id is not None and (change.owner_id or None) != before.owner_id else None
    due_on = change.due_on if change.due_on not in {None, before.due_on} else None
    if status in ENDED and not note:
        raise RequestInvalid(
            Problem(
                Message("Say what came of it."),
                Message("Write a note: what was done, or why nothing will be."),
                column="note",
            )
        )
    if not note and status is None and owner_id is None and due_on is None:
        raise RequestInvalid(
            Problem(Message("Nothing was changed."), Message("Change something, or write a note."), column="note")
        )
    values: dict[str, object] = {}
    if status is not None:
        values |= {"status": status, "closed_at": now if status in ENDED else None}
    if owner_id is not None:
        values["owner_id"] = owner_id or None
    if due_on is not None:
        values["due_on"] = due_on
    if await queries.change_follow_up(session, follow_up_id, change.version, values) is None:
        raise ChangedMeanwhile(
            "Somebody changed this follow-up in the meantime. Nothing was saved; see what it says now."
        )
    session.add(
        FollowUpNote(
            follow_up_id=follow_up_id,
            account_id=account_id,
            at=now,
            text=note,
            status=status,
            owner_id=owner_id or None,
            due_on=due_on,
        )
    )
    await session.flush()
    session.expire(before)


async def get_plan(session: AsyncSession, survey_id: int) -> FollowUpPlan:
    """Return whose the follow-ups of a survey are at first, and when they are due."""
    found = await session.get(FollowUpPlan, survey_id)
    return found or FollowUpPlan(survey_id=survey_id, owner_id=None, due_days=DUE_DAYS)


async def set_plan(session: AsyncSession, survey_id: int, *, owner_id: int | None, due_days: int) -> None:
    """Decide whose the follow-ups of a survey are at first, and in how many days they are due.

    Raises `SurveyUnknown` or `RequestInvalid`.
    """
    await get_survey(session, survey_id)
    if not 0 <= due_days <= MOST_DUE_DAYS:
        raise RequestInvalid(
            Problem(
                Message("That is no number of days."),
                Message("Give a number from 0 to {n}.", n=MOST_DUE_DAYS),
                column="due_days",
            )
        )
    await session.merge(FollowUpPlan(survey_id=survey_id, owner_id=owner_id, due_days=due_days))
    await session.flush()
