"""The only SQL about the scored answers that are kept ready."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Text, cast, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.db import table_of
from servq.responses.exclusions import not_excluded
from servq.responses.models import Response
from servq.results.models import ResultBlock, ResultChange
from servq.surveys.models import Wave

_AT_ONCE = 400
_BLOCKS, _CHANGES = table_of(ResultBlock), table_of(ResultChange)


class WaveState(NamedTuple):
    """One wave and one response of it that changed since its block was written, or None where none did."""

    wave_id: int
    number: int
    name: str
    opened_at: datetime
    version: int | None
    changed: bytes | None
    mark: int | None
    urgent: bool | None


_STATES = (
    select(
        Wave.id,
        Wave.number,
        Wave.name,
        Wave.opened_at,
        ResultBlock.version,
        ResultChange.response_id,
        ResultChange.mark,
        ResultChange.urgent,
    )
    .join_from(Wave, ResultBlock, ResultBlock.wave_id == Wave.id, isouter=True)
    .join(ResultChange, ResultChange.wave_id == Wave.id, isouter=True)
    .order_by(Wave.number)
)


async def list_states(session: AsyncSession, survey_id: int) -> Sequence[WaveState]:
    """Return the waves of a survey with the version of their blocks and what changed since, as of one moment."""
    rows = await session.execute(_STATES.where(Wave.survey_id == survey_id))
    return [WaveState._make(row) for row in rows]


class ResultRow(NamedTuple):
    """What results need of one response."""

    id: bytes
    answers: bytes
    attributes: str
    channel: str
    administration: str
    locale: str
    submitted: bool


_ROWS = select(
    Response.id,
    Response.answers,
    # As text, as extraction does: each set of attributes is decoded once, not once a row.
    cast(Response.attributes, Text),
    cast(Response.channel, Text),
    cast(Response.administration, Text),
    Response.locale,
    Response.submitted_at.is_not(None),
).where(Response.trial.is_(False), not_excluded())


async def list_rows(
    session: AsyncSession, survey_id: int, wave_id: int, ids: Sequence[bytes] | None = None
) -> list[ResultRow]:
    """Return the responses of a wave that count, or those of them that have these ids."""
    statement = _ROWS.where(Response.survey_id == survey_id, Response.wave_id == wave_id)
    if ids is None:
        return [ResultRow._make(row) for row in await session.execute(statement)]
    rows = []
    for start in range(0, len(ids), _AT_ONCE):
        some = statement.where(Response.id.in_(ids[start : start + _AT_ONCE]))
        rows += [ResultRow._make(row) for row in await session.execute(some)]
    return rows


async def read_block(session: AsyncSession, wave_id: int) -> tuple[int, bytes] | None:
    """Return the version and the content of the block of a wave."""
    row = (
        await session.execute(select(_BLOCKS.c.version, _BLOCKS.c.content).where(_BLOCKS.c.wave_id == wave_id))
    ).one_or_none()
    return None if row is None else (row.version, row.content)


async def write_block(
    session: AsyncSession, wave_id: int, *, after: int | None, version: int, n_responses: int, content: bytes
) -> bool:
    """Write the block of a wave in place of the version `after`, or of none; False if that is not there any more."""
    values = {"version": version, "n_responses": n_responses, "content": content}
    if after is not None:
        replaced = await session.execute(
            update(_BLOCKS)
            .where(_BLOCKS.c.wave_id == wave_id, _BLOCKS.c.version == after)
            .values(values)
            .returning(_BLOCKS.c.wave_id)
        )
        return replaced.one_or_none() is not None
    new_insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = await session.execute(
        new_insert(_BLOCKS).values(wave_id=wave_id, **values).on_conflict_do_nothing().returning(_BLOCKS.c.wave_id)
    )
    return made.one_or_none() is not None


async def forget_changes(session: AsyncSession, wave_id: int, marks: Iterable[tuple[bytes, int]]) -> None:
    """Delete what a block now has; a change since then has another mark and stays.

    One that somebody is just writing again is left alone: whoever writes answers never waits here, nor the other way
    round.
    """
    known = list(marks)
    for start in range(0, len(known), _AT_ONCE):
        some = (
            select(_CHANGES.c.response_id)
            .where(
                _CHANGES.c.wave_id == wave_id,
                tuple_(_CHANGES.c.response_id, _CHANGES.c.mark).in_(known[start : start + _AT_ONCE]),
            )
            .with_for_update(skip_locked=True)
        )
        await session.execute(delete(_CHANGES).where(_CHANGES.c.wave_id == wave_id, _CHANGES.c.response_id.in_(some)))


async def delete_blocks(session: AsyncSession, survey_id: int | None = None) -> int:
    """Delete the blocks of a survey, or all of them, and return how many there were."""
    statement = delete(_BLOCKS)
    if survey_id is not None:
        statement = statement.where(_BLOCKS.c.wave_id.in_(select(Wave.id).where(Wave.survey_id == survey_id)))
    return len((await session.execute(statement.returning(_BLOCKS.c.wave_id))).all())
