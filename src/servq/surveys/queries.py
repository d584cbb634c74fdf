"""The only SQL about surveys and waves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_, update
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


class Sought(NamedTuple):
    """Which surveys are meant: words of title, organisation or instrument, and a status; "" and None for any."""

    words: str = ""
    status: SurveyStatus | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as SQL says it."""
        found: list[ColumnElement[bool]] = []
        for word in self.words.split():
            named = (column.icontains(word, autoescape=True) for column in _SEARCHED)
            found.append(or_(*named))
        if self.status is not None:
            found.append(Survey.status == self.status)
        return found


_SEARCHED = (Survey.title, Survey.organisation, Survey.instrument_id)


async def find_sought(session: AsyncSession, sought: Sought, *, offset: int, most: int) -> Sequence[Survey]:
    """Return some of the surveys that are meant, the newest first."""
    query = select(Survey).where(*sought.conditions()).order_by(Survey.id.desc())
    return (await session.scalars(query.offset(offset).limit(most))).all()


async def count_by_status(session: AsyncSession, words: str) -> dict[SurveyStatus, int]:
    """Count the surveys with these words by status."""
    query = select(Survey.status, func.count()).where(*Sought(words).conditions()).group_by(Survey.status)
    return {row[0]: row[1] for row in await session.execute(query)}


async def list_newest_waves(session: AsyncSession, survey_ids: Collection[int]) -> Mapping[int, Wave]:
    """Return the newest wave of each of these surveys."""
    of_these = select(Wave.survey_id, func.max(Wave.number)).where(Wave.survey_id.in_(survey_ids))
    newest = of_these.group_by(Wave.survey_id)
    waves = await session.scalars(select(Wave).where(tuple_(Wave.survey_id, Wave.number).in_(newest)))
    return {wave.survey_id: wave for wave in waves}


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
