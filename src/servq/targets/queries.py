"""The only SQL about targets, benchmark sets and journeys."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from servq.targets.models import BenchmarkSet, Journey, Target


async def list_targets(session: AsyncSession, survey_id: int | None, sites: Collection[str] | None) -> Sequence[Target]:
    """Return the targets of a survey, or of all; with `sites` only those that are for one of them."""
    statement = select(Target).where(
        true() if survey_id is None else Target.survey_id == survey_id,
        true() if sites is None else Target.site.in_(sorted(sites)),
    )
    return (await session.scalars(statement.order_by(Target.due_on, Target.id))).all()


async def find_target(session: AsyncSession, target_id: int) -> Target | None:
    """Return one target by its number."""
    return await session.get(Target, target_id)


async def find_same_target(session: AsyncSession, survey_id: int, metric: str, site: str | None) -> Sequence[Target]:
    """Return the targets of a survey for one metric at one site."""
    where = Target.site.is_(None) if site is None else Target.site == site
    statement = select(Target).where(Target.survey_id == survey_id, Target.metric == metric, where)
    return (await session.scalars(statement)).all()


async def list_benchmark_sets(session: AsyncSession, instrument_id: str | None) -> Sequence[BenchmarkSet]:
    """Return the benchmark sets of an instrument, or of all, the newest measurement first."""
    statement = select(BenchmarkSet).where(
        true() if instrument_id is None else BenchmarkSet.instrument_id == instrument_id
    )
    return (await session.scalars(statement.order_by(BenchmarkSet.measured_on.desc(), BenchmarkSet.id))).all()


async def find_benchmark_set(session: AsyncSession, set_id: int) -> BenchmarkSet | None:
    """Return one benchmark set by its number."""
    return await session.get(BenchmarkSet, set_id)


async def find_benchmark_set_by_name(session: AsyncSession, name: str) -> BenchmarkSet | None:
    """Return one benchmark set by its name."""
    return (await session.scalars(select(BenchmarkSet).where(BenchmarkSet.name == name))).one_or_none()


async def find_journey(session: AsyncSession, survey_id: int | None) -> Journey | None:
    """Return the journey of a survey, or that of the organisation."""
    where = Journey.survey_id.is_(None) if survey_id is None else Journey.survey_id == survey_id
    return (await session.scalars(select(Journey).where(where).order_by(Journey.id).limit(1))).one_or_none()
