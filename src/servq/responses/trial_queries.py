"""The only SQL about trial answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses.models import Response


class TrialRow(NamedTuple):
    """A trial answer as stored."""

    id: bytes
    revision: str
    locale: str
    started_at: datetime
    submitted_at: datetime | None
    duration_s: int
    answers: bytes
    texts: dict[str, str]


async def count(session: AsyncSession, survey_id: int) -> int:
    """Count the trial answers of a survey."""
    query = select(func.count()).where(Response.survey_id == survey_id, Response.trial.is_(True))
    return await session.scalar(query) or 0


async def list_rows(session: AsyncSession, survey_id: int, *, most: int) -> Sequence[TrialRow]:
    """Return trial answers, the newest first."""
    columns = (getattr(Response, name) for name in TrialRow._fields)
    query = select(*columns).where(Response.survey_id == survey_id, Response.trial.is_(True))
    rows = await session.execute(query.order_by(Response.updated_at.desc(), Response.id).limit(most))
    return [TrialRow._make(row) for row in rows]


async def delete_one(session: AsyncSession, survey_id: int, response_id: bytes) -> bool:
    """Delete a trial answer; False if there is none with this id."""
    return await _delete(session, Response.survey_id == survey_id, Response.id == response_id) > 0


async def delete_all(session: AsyncSession, survey_id: int) -> int:
    """Delete the trial answers of a survey and return how many there were."""
    return await _delete(session, Response.survey_id == survey_id)


async def _delete(session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
    deleted = await session.execute(
        delete(Response)
        .where(Response.trial.is_(True), *conditions)
        .returning(Response.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
