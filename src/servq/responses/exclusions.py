"""Responses that are kept but enter no result: who left them out, when and why; it can be taken back.

An excluded response stays stored and shown. Extraction and the cache of results leave it out by `not_excluded`, so
nothing else has to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RequestInvalid
from servq.messages import Message
from servq.responses.models import Exclusion, Response

LONGEST_REASON = 500
_AT_ONCE = 500


def not_excluded() -> ColumnElement[bool]:
    """Return the condition that a row of the table of responses enters results."""
    return ~select(Exclusion.response_id).where(Exclusion.response_id == Response.id).correlate(Response).exists()


async def exclude(
    session: AsyncSession,
    survey_id: int,
    response_ids: Sequence[bytes],
    *,
    reason: str,
    account_id: int | None,
    excluded_by: str,
    now: datetime,
) -> int:
    """Leave responses out of every result and return how many; those that are out already keep who and why.

    Raises
    ------
    RequestInvalid
        There is no reason, or it is too long.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        fix = Message("Write in 1 to {most} characters why.", most=LONGEST_REASON)
        raise RequestInvalid(Problem(Message("Leaving responses out needs a reason."), fix, column="reason"))
    n_excluded = 0
    for first in range(0, len(response_ids), _AT_ONCE):
        some = response_ids[first : first + _AT_ONCE]
        wanted = select(Response.id).where(Response.survey_id == survey_id, Response.id.in_(some), not_excluded())
        rows = [
            {
                "response_id": response_id,
                "reason": reason,
                "account_id": account_id,
                "excluded_by": excluded_by,
                "at": now,
            }
            for response_id in await session.scalars(wanted)
        ]
        if rows:
            await session.execute(insert(Exclusion), rows)
        n_excluded += len(rows)
    return n_excluded


async def take_back(session: AsyncSession, survey_id: int, response_ids: Sequence[bytes]) -> int:
    """Let responses enter results again and return how many of these had been excluded."""
    n_back = 0
    for first in range(0, len(response_ids), _AT_ONCE):
        some = response_ids[first : first + _AT_ONCE]
        of_survey = select(Response.id).where(Response.survey_id == survey_id, Response.id.in_(some))
        back = await session.execute(
            delete(Exclusion)
            .where(Exclusion.response_id.in_(of_survey))
            .returning(Exclusion.response_id)
            .execution_options(synchronize_session=False)
        )
        n_back += len(back.all())
    return n_back


async def count_reasons(session: AsyncSession, survey_id: int, wave_id: int | None = None) -> dict[str, int]:
    """Count the excluded responses of a survey, or of one wave of it, by reason, the most frequent first."""
    n = func.count().label("n")
    counted = (
        select(Exclusion.reason, n)
        .join(Response, Response.id == Exclusion.response_id)
        .where(Response.survey_id == survey_id, Response.trial.is_(False))
        .group_by(Exclusion.reason)
        .order_by(n.desc(), Exclusion.reason)
    )
    if wave_id is not None:
        counted = counted.where(Response.wave_id == wave_id)
    return {row.reason: row.n for row in await session.execute(counted)}
