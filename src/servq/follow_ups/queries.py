"""The only SQL about follow-ups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account
from servq.db import table_of
from servq.follow_ups.models import ENDED, FollowUp, FollowUpNote, FollowUpPlan, FollowUpStatus
from servq.surveys.models import Survey

MOST_SHOWN = 200
"""Follow-ups in one list."""


class FollowUpRow(NamedTuple):
    """A follow-up with the names that a list shows."""

    follow_up: FollowUp
    survey_title: str
    owner_email: str | None


class FollowUpCounts(NamedTuple):
    """Follow-ups that have not ended: all of them, those past their day, and those that nobody owns."""

    n_open: int
    n_overdue: int
    n_unowned: int


def find_plan(connection: Connection, survey_id: int) -> tuple[int | None, int] | None:
    """Return owner and days of a survey's follow-ups."""
    row = connection.execute(
        select(FollowUpPlan.owner_id, FollowUpPlan.due_days).where(FollowUpPlan.survey_id == survey_id)
    ).one_or_none()
    return None if row is None else (row.owner_id, row.due_days)


def has_opened(connection: Connection, response_id: bytes, score: str) -> bool:
    """Whether this score of a response was a warning before."""
    return (
        connection.scalar(select(FollowUp.id).where(FollowUp.response_id == response_id, FollowUp.score == score))
        is not None
    )


def add_follow_up(connection: Connection, values: dict[str, object]) -> None:
    """Store a new follow-up."""
    connection.execute(insert(table_of(FollowUp)).values(values))


def _of_sites(sites: Collection[str] | None) -> ColumnElement[bool]:
    return true() if sites is None else FollowUp.site.in_(sorted(sites))


async def list_follow_ups(
    session: AsyncSession,
    *,
    sites: Collection[str] | None,
    survey_id: int | None = None,
    ended: bool = False,
    owner_id: int | None = None,
    due_before: date | None = None,
    most: int = MOST_SHOWN,
) -> Sequence[FollowUpRow]:
    """Return follow-ups, the oldest first; those that ended, the latest first."""
    statement = (
        select(FollowUp, Survey.title, Account.email)
        .join(Survey, FollowUp.survey_id == Survey.id)
        .join(Account, FollowUp.owner_id == Account.id, isouter=True)
        .where(_of_sites(sites), FollowUp.status.in_(ENDED) if ended else FollowUp.status.not_in(ENDED))
        .order_by(*((FollowUp.closed_at.desc(),) if ended else (FollowUp.opened_at, FollowUp.id)))
        .limit(most)
    )
    if survey_id is not None:
        statement = statement.where(FollowUp.survey_id == survey_id)
    if owner_id is not None:
        statement = statement.where(FollowUp.owner_id == owner_id)
    if due_before is not None:
        statement = statement.where(FollowUp.due_on < due_before)
    return [FollowUpRow._make(row) for row in await session.execute(statement)]


async def find_follow_up(
    session: AsyncSession, follow_up_id: int, *, sites: Collection[str] | None
) -> FollowUpRow | None:
    """Return one follow-up of these sites."""
    row = (
        await session.execute(
            select(FollowUp, Survey.title, Account.email)
            .join(Survey, FollowUp.survey_id == Survey.id)
            .join(Account, FollowUp.owner_id == Account.id, isouter=True)
            .where(FollowUp.id == follow_up_id, _of_sites(sites))
        )
    ).one_or_none()
    return None if row is None else FollowUpRow._make(row)


async def list_notes(session: AsyncSession, follow_up_id: int) -> Sequence[tuple[FollowUpNote, str | None]]:
    """Return what was written about a follow-up and by whom, the earliest first."""
    rows = await session.execute(
        select(FollowUpNote, Account.email)
        .join(Account, FollowUpNote.account_id == Account.id, isouter=True)
        .where(FollowUpNote.follow_up_id == follow_up_id)
        .order_by(FollowUpNote.at, FollowUpNote.id)
    )
    return [(note, email) for note, email in rows]


async def count_follow_ups(session: AsyncSession, *, sites: Collection[str] | None, today: date) -> FollowUpCounts:
    """Count what has not ended."""
    overdue = case((FollowUp.due_on < today, 1), else_=0)
    unowned = case((FollowUp.owner_id.is_(None), 1), else_=0)
    row = (
        await session.execute(
            select(func.count(FollowUp.id), func.sum(overdue), func.sum(unowned)).where(
                _of_sites(sites), FollowUp.status.not_in(ENDED)
            )
        )
    ).one()
    return FollowUpCounts(row[0], row[1] or 0, row[2] or 0)


async def count_open_by_survey(session: AsyncSession, survey_ids: Collection[int]) -> dict[int, int]:
    """Count what nobody has ended yet, by survey; those without any are left out."""
    query = (
        select(FollowUp.survey_id, func.count())
        .where(FollowUp.survey_id.in_(survey_ids), FollowUp.status.not_in(ENDED))
        .group_by(FollowUp.survey_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def change_follow_up(
    session: AsyncSession, follow_up_id: int, version: int, values: dict[str, object]
) -> FollowUpStatus | None:
    """Change a follow-up that nobody has changed since; None where somebody has."""
    return await session.scalar(
        update(FollowUp)
        .where(FollowUp.id == follow_up_id, FollowUp.version == version)
        .values(**values, version=version + 1)
        .returning(FollowUp.status)
        .execution_options(synchronize_session=False)
    )
