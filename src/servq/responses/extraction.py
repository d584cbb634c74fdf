"""From the database to the pure half: the stored answers of a survey as an `AnswerTable`."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servq.scoring.answers import AnswerTable


async def extract_answers(session: AsyncSession, survey_id: int, *, wave: int | None = None) -> AnswerTable:
    """Return all answers of a survey, or of one wave by its number, partial responses included and counted.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid` (no such wave).
    """
