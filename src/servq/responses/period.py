"""When the answers of a wave came in, as far as their respondents may be told."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.analysis.collected import Collected
from servq.responses.exclusions import not_excluded
from servq.responses.models import Response
from servq.surveys.models import Survey, Wave


async def find_collected(session: AsyncSession, survey: Survey, wave: int) -> Collected | None:
    """Return first and last day of the answers of a wave, months for an anonymous survey; None without answers."""
    came_at = func.coalesce(Response.submitted_at, Response.updated_at)
    span = (
        await session.execute(
            select(func.min(came_at), func.max(came_at))
            .join(Wave, Response.wave_id == Wave.id)
            .where(Response.survey_id == survey.id, Wave.number == wave, Response.trial.is_(False), not_excluded())
        )
    ).one()
    first, last = cast("tuple[datetime | None, datetime | None]", span)  # no answers, no days
    if first is None or last is None:
        return None
    written = "%Y-%m" if survey.anonymous else "%Y-%m-%d"
    return Collected(
        first_on=first.strftime(written),
        last_on=last.strftime(written),
        precision="month" if survey.anonymous else "day",
    )
