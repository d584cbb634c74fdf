"""How many people answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses import queries


class Counts(NamedTuple):
    """Responses of one survey: finished ones, and those with at least one page but not finished."""

    submitted: int
    partial: int


async def count_responses(session: AsyncSession, survey_ids: Collection[int] | None = None) -> Mapping[int, Counts]:
    """Return the counts by survey id, of these surveys or of all; a survey without any response is left out."""
    return {
        survey_id: Counts(submitted, total - submitted)
        for survey_id, submitted, total in await queries.count_responses(session, survey_ids)
    }
