"""The only SQL about service contacts, and about the answers that are set beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Text, cast, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from servq.db import table_of
from servq.operations.columns import COLUMNS
from servq.operations.models import ServiceContact
from servq.responses.models import Response

_TABLE = table_of(ServiceContact)
_SHOWN = tuple(_TABLE.c[column.name] for column in COLUMNS)


async def find_contacts(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return the stored state of the contacts with these ids, as columns in the order of `COLUMNS`."""
    rows = await session.execute(select(*_SHOWN).where(_TABLE.c.contact_id.in_(ids)))
    return {row[0]: tuple(row) for row in rows}


async def put_contacts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store contacts, replacing the state of those that are stored already."""
    dialect = session.get_bind().dialect.name
    insert: type[postgresql.Insert | sqlite.Insert] = postgresql.Insert if dialect == "postgresql" else sqlite.Insert
    statement = insert(_TABLE)
    changed = {column.name: statement.excluded[column.name] for column in _TABLE.c if not column.primary_key}
    await session.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_=changed), rows)


async def list_contacts(
    session: AsyncSession, *, since: datetime | None, before: datetime | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the contacts that were open, opened or resolved in a stretch of time, in the order of their opening."""
    rows = await session.execute(
        select(*_SHOWN)
        .where(
            true() if before is None else _TABLE.c.opened_at < before,
            true()
            if since is None
            else or_(_TABLE.c.opened_at >= since, _TABLE.c.resolved_at.is_(None), _TABLE.c.resolved_at >= since),
        )
        .order_by(_TABLE.c.opened_at, _TABLE.c.contact_id)
    )
    return rows.all()


class AnsweredRow(NamedTuple):
    """A submitted response with what was known of the respondent, as JSON text."""

    answers: bytes
    attributes: str
    submitted_at: datetime


async def list_submitted(session: AsyncSession, survey_id: int) -> Sequence[AnsweredRow]:
    """Return the submitted responses of a survey."""
    rows = await session.execute(
        select(Response.answers, cast(Response.attributes, Text), Response.submitted_at)
        .where(Response.survey_id == survey_id, Response.submitted_at.is_not(None), Response.trial.is_(False))
        .order_by(Response.id)
    )
    return [AnsweredRow(answers, attributes, at) for answers, attributes, at in rows if at is not None]
