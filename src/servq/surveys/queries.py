"""The only SQL about surveys and waves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.surveys.models import SittingMode, Survey, SurveySetup, SurveyStatus, Wave


class FrozenRow(NamedTuple):
    """What a launched survey is made of, as stored."""

    id: int
    slug: str
    title: str
    organisation: str
    placeholders: dict[str, str]
    locale: str
    sites: list[str]
    sitting: SittingMode
    anonymous: bool
    allow_changes: bool
    comments: bool
    revision: str | None
    content: bytes | None


_FROZEN = select(*(getattr(Survey, name) for name in FrozenRow._fields))


def find_frozen(connection: Connection, survey_id: int) -> FrozenRow | None:
    """Return the frozen part of a survey."""
    row = connection.execute(_FROZEN.where(Survey.id == survey_id)).one_or_none()
    return None if row is None else FrozenRow._make(row)


class SetUpRow(NamedTuple):
    """What a survey is made of, and the questionnaire of its draft; the latter is None where there is none."""

    frozen: FrozenRow
    version: int
    revision: str | None
    content: bytes | None


_SET_UP = _FROZEN.join(SurveySetup, SurveySetup.survey_id == Survey.id, isouter=True).add_columns(
    SurveySetup.version, SurveySetup.revision, SurveySetup.content
)


def find_set_up(connection: Connection, survey_id: int) -> SetUpRow | None:
    """Return a survey with the questionnaire that its draft comes to."""
    row = connection.execute(_SET_UP.where(Survey.id == survey_id)).one_or_none()
    if row is None:
        return None
    *frozen, version, revision, content = row
    return SetUpRow(FrozenRow._make(frozen), version or 0, revision, content)


async def find_survey(session: AsyncSession, survey_id: int) -> Survey | None:
    """Return one survey as it is stored now."""
    return await session.get(Survey, survey_id, populate_existing=True)


async def find_survey_by_slug(session: AsyncSession, slug: str) -> Survey | None:
    """Return the survey behind an open link."""
    return (await session.scalars(select(Survey).where(Survey.slug == slug))).one_or_none()


async def list_surveys(session: AsyncSession) -> Sequence[Survey]:
    """Return all surveys, the newest first."""
    return (await session.scalars(select(Survey).order_by(Survey.id.desc()))).all()


async def list_waves(session: AsyncSession, survey_id: int) -> Sequence[Wave]:
    """Return the waves of a survey in order."""
    return (await session.scalars(select(Wave).where(Wave.survey_id == survey_id).order_by(Wave.number))).all()


async def set_launched(session: AsyncSession, survey_id: int, *, revision: str, content: bytes, now: datetime) -> bool:
    """Freeze and open a draft; False if it is no draft (any more)."""
    done = await session.execute(
        update(Survey)
        .where(Survey.id == survey_id, Survey.status == SurveyStatus.DRAFT)
        .values(status=SurveyStatus.LAUNCHED, revision=revision, content=content, opened_at=now)
        .returning(Survey.id)
    )
    return done.one_or_none() is not None


async def set_closed(session: AsyncSession, survey_id: int, *, now: datetime) -> bool:
    """Close a launched survey; False if it is not open."""
    done = await session.execute(
        update(Survey)
        .where(Survey.id == survey_id, Survey.status == SurveyStatus.LAUNCHED)
        .values(status=SurveyStatus.CLOSED, closed_at=now)
        .returning(Survey.id)
    )
    return done.one_or_none() is not None


async def list_overdue(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Return the launched surveys whose closing time has come."""
    overdue = select(Survey.id).where(Survey.status == SurveyStatus.LAUNCHED, Survey.closes_at <= now)
    return (await session.scalars(overdue.order_by(Survey.id))).all()
