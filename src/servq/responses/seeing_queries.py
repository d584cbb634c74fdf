"""The only SQL about where surveys were answered, for who may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.responses.models import Response
from servq.surveys.models import Survey

_SITE = Response.attributes["site"].as_string()


async def find_answered_at(session: AsyncSession, survey_ids: Iterable[int], sites: Collection[str]) -> frozenset[int]:
    """Return those of the surveys that were answered at one of the sites."""
    ids = list(survey_ids)
    if not ids or not sites:
        return frozenset()
    answered = exists().where(Response.survey_id == Survey.id, Response.trial.is_(False), _SITE.in_(sorted(sites)))
    return frozenset((await session.scalars(select(Survey.id).where(Survey.id.in_(ids), answered))).all())


async def is_answered_beyond(session: AsyncSession, survey_id: int, sites: Collection[str]) -> bool:
    """Whether a survey was answered at any other site, or at none."""
    beyond = or_(_SITE.is_(None), _SITE.not_in(sorted(sites)))
    answered = exists().where(Response.survey_id == survey_id, Response.trial.is_(False), beyond)
    return bool(await session.scalar(select(answered)))
