"""The only SQL about studies."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.studies.models import Study, StudyAudience, StudySurvey


async def find_study(session: AsyncSession, study_id: int) -> Study | None:
    """Return one study by its number."""
    return await session.get(Study, study_id)


async def find_study_by_name(session: AsyncSession, name: str) -> Study | None:
    """Return one study by its name."""
    return (await session.scalars(select(Study).where(Study.name == name))).one_or_none()


async def list_studies(session: AsyncSession) -> Sequence[Study]:
    """Return all studies, the newest first."""
    return (await session.scalars(select(Study).order_by(Study.id.desc()))).all()


async def list_bound(session: AsyncSession, study_ids: Sequence[int]) -> Sequence[StudySurvey]:
    """Return the surveys that these studies bind."""
    statement = select(StudySurvey).where(StudySurvey.study_id.in_(study_ids))
    return (await session.scalars(statement.order_by(StudySurvey.study_id, StudySurvey.audience))).all()


async def find_binding_of_survey(session: AsyncSession, survey_id: int) -> StudySurvey | None:
    """Return the binding of a survey, in whichever study."""
    return (await session.scalars(select(StudySurvey).where(StudySurvey.survey_id == survey_id))).one_or_none()


async def find_binding(session: AsyncSession, study_id: int, audience: StudyAudience) -> StudySurvey | None:
    """Return what a study has bound for an audience."""
    statement = select(StudySurvey).where(StudySurvey.study_id == study_id, StudySurvey.audience == audience)
    return (await session.scalars(statement)).one_or_none()
