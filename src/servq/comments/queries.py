"""The only SQL about comments, codes and releases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, cast, delete, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from servq.comments.models import CommentCode, CommentCoding, CommentRelease
from servq.responses.exclusions import not_excluded
from servq.responses.models import Response
from servq.surveys.models import Wave

_NO_TEXTS = "{}"


class WrittenRow(NamedTuple):
    """A response in which something was written."""

    id: bytes
    answers: bytes
    texts: dict[str, str]
    attributes: dict[str, str]
    locale: str
    wave: int
    wave_name: str
    at: datetime


_WRITTEN = (
    Response.id,
    Response.answers,
    Response.texts,
    Response.attributes,
    Response.locale,
    Wave.number,
    Wave.name,
    func.coalesce(Response.submitted_at, Response.updated_at),
)


def of_sites(sites: Collection[str]) -> ColumnElement[bool]:
    """Responses of some sites."""
    site: ColumnElement[str] = Response.attributes["site"].as_string()
    return site.in_(sorted(sites))


def _counted(survey_id: int) -> ColumnElement[bool]:
    """Responses of a survey that enter results, as `extract_answers` reads them, found by what they are joined with."""
    # Releases are few; by the plain column SQLite would find every response of the survey first.
    return and_(Response.survey_id + 0 == survey_id, Response.trial.is_(False), not_excluded())


def _written(survey_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(*_WRITTEN)
        .join_from(Response, Wave, Response.wave_id == Wave.id)
        .where(Response.survey_id == survey_id, Response.trial.is_(False), cast(Response.texts, Text) != _NO_TEXTS)
    )


async def list_written(
    session: AsyncSession,
    survey_id: int,
    *,
    waves: Collection[int] | None = None,
    sites: Collection[str] | None = None,
) -> Sequence[WrittenRow]:
    """Return the responses of a survey that hold open texts, the latest first."""
    statement = _written(survey_id).order_by(_WRITTEN[-1].desc(), Response.id)
    if waves is not None:
        statement = statement.where(Wave.number.in_(sorted(waves)))
    if sites is not None:
        statement = statement.where(of_sites(sites))
    return [WrittenRow._make(row) for row in await session.execute(statement)]


async def find_written(session: AsyncSession, survey_id: int, response_id: bytes) -> WrittenRow | None:
    """Return one response of a survey that holds open texts."""
    row = (await session.execute(_written(survey_id).where(Response.id == response_id))).one_or_none()
    return None if row is None else WrittenRow._make(row)


async def list_released(
    session: AsyncSession, survey_id: int, *, sites: Collection[str] | None = None, most: int | None = None
) -> Sequence[tuple[WrittenRow, CommentRelease]]:
    """Return releases with their responses, the latest first."""
    statement = (
        select(CommentRelease, *_WRITTEN)
        .join_from(CommentRelease, Response, CommentRelease.response_id == Response.id)
        .join(Wave, Response.wave_id == Wave.id)
        .where(_counted(survey_id))
        .order_by(_WRITTEN[-1].desc(), Response.id, CommentRelease.question)
        .limit(most)
    )
    if sites is not None:
        statement = statement.where(of_sites(sites))
    return [(WrittenRow._make(row[1:]), row[0]) for row in await session.execute(statement)]


async def list_responded(
    session: AsyncSession, survey_id: int, wave: int, *, sites: Collection[str] | None = None
) -> Sequence[tuple[bytes, datetime]]:
    """Return id and time of every response of a wave in the order in which answers are extracted."""
    rows = await session.execute(
        select(Response.id, _WRITTEN[-1])
        .join_from(Response, Wave, Response.wave_id == Wave.id)
        .where(
            Response.survey_id == survey_id,
            Response.trial.is_(False),
            Wave.number == wave,
            true() if sites is None else of_sites(sites),
        )
        .order_by(Response.id)
    )
    return [(id_, at) for id_, at in rows]


async def count_responses(
    session: AsyncSession, survey_id: int, *, sites: Collection[str] | None = None
) -> dict[int, tuple[str, int]]:
    """Return name and number of responses of every wave by its number."""
    mine = and_(Response.wave_id == Wave.id, Response.trial.is_(False))
    rows = await session.execute(
        select(Wave.number, Wave.name, func.count(Response.id))
        .join_from(Wave, Response, mine if sites is None else and_(mine, of_sites(sites)), isouter=True)
        .where(Wave.survey_id == survey_id)
        .group_by(Wave.number, Wave.name)
        .order_by(Wave.number)
    )
    return {number: (name, n) for number, name, n in rows}


async def list_codes(session: AsyncSession, survey_id: int) -> Sequence[CommentCode]:
    """Return the codebook of a survey in the order in which it grew."""
    return (
        await session.scalars(select(CommentCode).where(CommentCode.survey_id == survey_id).order_by(CommentCode.id))
    ).all()


async def list_codings(session: AsyncSession, survey_id: int) -> Sequence[CommentCoding]:
    """Return everything that was coded in a survey, the earliest first."""
    return (
        await session.scalars(
            select(CommentCoding)
            .join(Response, CommentCoding.response_id == Response.id)
            .where(Response.survey_id == survey_id)
            .order_by(CommentCoding.coded_at, CommentCoding.account_id)
        )
    ).all()


async def delete_release(session: AsyncSession, response_id: bytes, question: str) -> bool:
    """Take a release back; False if there is none."""
    done = await session.execute(
        delete(CommentRelease)
        .where(CommentRelease.response_id == response_id, CommentRelease.question == question)
        .returning(CommentRelease.question)
    )
    return done.one_or_none() is not None


async def list_codings_of(session: AsyncSession, response_id: bytes, question: str) -> Sequence[CommentCoding]:
    """Return what was found in one comment, the earliest first."""
    return (
        await session.scalars(
            select(CommentCoding)
            .where(CommentCoding.response_id == response_id, CommentCoding.question == question)
            .order_by(CommentCoding.coded_at, CommentCoding.account_id)
        )
    ).all()
