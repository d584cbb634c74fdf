"""The only SQL about how drafts are set up and what is planned for surveys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.db import table_of
from servq.surveys.models import StepKind, Survey, SurveySetup, SurveyStatus, SurveyStep

_SETUPS = table_of(SurveySetup)


async def find_setup(session: AsyncSession, survey_id: int) -> SurveySetup | None:
    """Return how a survey is set up as it is stored now."""
    return await session.get(SurveySetup, survey_id, populate_existing=True)


async def claim(session: AsyncSession, survey_id: int, *, version: int, by: str, now: datetime) -> bool:
    """Raise the version of a draft by one; False if it is another one than `version`, or no draft any more."""
    values: dict[str, object] = {"version": version + 1, "changed_at": now, "changed_by": by}
    if version == 0:
        made = await _insert_first(session, survey_id, values)
    else:
        statement = (
            update(_SETUPS)
            .where(_SETUPS.c.survey_id == survey_id, _SETUPS.c.version == version)
            .values(**values)
            .returning(_SETUPS.c.survey_id)
        )
        made = (await session.execute(statement)).one_or_none() is not None
    # Whoever launches meanwhile waits for this row, or has launched before and is seen here.
    held = select(Survey.id).where(Survey.id == survey_id, Survey.status == SurveyStatus.DRAFT).with_for_update()
    return made and await session.scalar(held) is not None


async def _insert_first(session: AsyncSession, survey_id: int, values: Mapping[str, object]) -> bool:
    new_insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        new_insert(_SETUPS)
        .values(survey_id=survey_id, questions={}, revision="", content=b"", **values)
        .on_conflict_do_nothing(index_elements=[_SETUPS.c.survey_id])
        .returning(_SETUPS.c.survey_id)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def store(
    session: AsyncSession, survey_id: int, *, questions: Mapping[str, object], revision: str, content: bytes
) -> None:
    """Keep the questionnaire of a draft that was claimed."""
    await session.execute(
        update(_SETUPS)
        .where(_SETUPS.c.survey_id == survey_id)
        .values(questions=dict(questions), revision=revision, content=content)
    )


async def list_steps(session: AsyncSession, survey_id: int) -> Sequence[SurveyStep]:
    """Return what is and was planned for a survey, by its day."""
    statement = select(SurveyStep).where(SurveyStep.survey_id == survey_id)
    return (await session.scalars(statement.order_by(SurveyStep.due_at, SurveyStep.id))).all()


async def find_step(session: AsyncSession, survey_id: int, step_id: int) -> SurveyStep | None:
    """Return one planned step of a survey."""
    return (
        await session.scalars(select(SurveyStep).where(SurveyStep.id == step_id, SurveyStep.survey_id == survey_id))
    ).one_or_none()


async def list_due_steps(session: AsyncSession, *, now: datetime) -> Sequence[tuple[int, int]]:
    """Return number and survey of every step whose time has come, in order."""
    statement = select(SurveyStep.id, SurveyStep.survey_id).where(
        SurveyStep.done_at.is_(None), SurveyStep.due_at <= now
    )
    return [
        (step, survey) for step, survey in await session.execute(statement.order_by(SurveyStep.due_at, SurveyStep.id))
    ]


async def take_step(session: AsyncSession, step_id: int, *, now: datetime) -> tuple[StepKind, str] | None:
    """Mark a step as done for this transaction alone and return what it is; None if another worker has it."""
    statement = (
        update(SurveyStep)
        .where(SurveyStep.id == step_id, SurveyStep.done_at.is_(None))
        .values(done_at=now)
        .returning(SurveyStep.kind, SurveyStep.name)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (StepKind(row.kind), row.name)


async def note_problem(session: AsyncSession, step_id: int, problem: str, *, now: datetime) -> None:
    """Keep why a step could not be done; it is not tried again by itself."""
    await session.execute(
        update(SurveyStep)
        .where(SurveyStep.id == step_id)
        .values(done_at=now, problem=problem[:1000])
        .execution_options(synchronize_session=False)
    )


async def delete_open_steps(session: AsyncSession, survey_id: int, kind: StepKind) -> None:
    """Forget what of a kind is still planned for a survey."""
    await session.execute(
        delete(SurveyStep).where(
            SurveyStep.survey_id == survey_id, SurveyStep.kind == kind, SurveyStep.done_at.is_(None)
        )
    )
