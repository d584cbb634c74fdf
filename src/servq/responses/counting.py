"""How many people answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses import queries


class Counts(NamedTuple):
    """Responses of one survey: finished ones, and those with at least one page but not finished."""

    submitted: int
    partial: int


async def count_responses(session: AsyncSession) -> Mapping[int, Counts]:
    """Return the counts by survey id; a survey without any response is left out."""
    return {
        survey_id: Counts(submitted, total - submitted)
        for survey_id, submitted, total in await queries.count_responses(session)
    }
