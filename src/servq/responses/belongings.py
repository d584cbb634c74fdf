"""What belongs to responses and would go with them: kept while responses are deleted and written again.

The database itself says which tables those are, so that none can be forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class _Link(NamedTuple):
    """A foreign key that lets a row go with the row it refers to; names are quoted where that is needed."""

    table: str
    column: str
    other: str
    other_column: str


_LINKS = text("""
    SELECT quote_ident(owner.relname), quote_ident(own.attname), quote_ident(other.relname), quote_ident(their.attname)
    FROM pg_constraint AS link
    JOIN pg_class AS owner ON owner.oid = link.conrelid
    JOIN pg_class AS other ON other.oid = link.confrelid
    JOIN pg_attribute AS own ON own.attrelid = owner.oid AND own.attnum = link.conkey[1]
    JOIN pg_attribute AS their ON their.attrelid = other.oid AND their.attnum = link.confkey[1]
    WHERE link.contype = 'f' AND link.confdeltype = 'c' AND cardinality(link.conkey) = 1
      AND pg_table_is_visible(owner.oid)
    ORDER BY owner.relname, own.attname
""")


@asynccontextmanager
async def belongings_set_aside(session: AsyncSession, survey_id: int) -> AsyncIterator[None]:
    """Keep what belongs to the responses of a survey while they are deleted and written again within the block.

    Afterwards PostgreSQL has those rows in the order of the responses' random ids. SQLite, where nothing is written
    again, is left alone.
    """
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    tables = _below("response", [_Link(*row) for row in await session.execute(_LINKS)])
    for number, (table, links) in enumerate(tables):
        wanted = " OR ".join(_belongs(link, tables, survey_id) for link in links)
        await _run(session, f"CREATE TEMPORARY TABLE aside_{number} AS SELECT * FROM {table} WHERE {wanted}")  # noqa: S608 (the database's own names)
    yield
    for number, (table, links) in enumerate(tables):
        order = f"{links[0].column}, md5(aside_{number}::text)"
        await _run(session, f"INSERT INTO {table} SELECT * FROM aside_{number} ORDER BY {order}")  # noqa: S608 (the same)
        await _run(session, f"DROP TABLE aside_{number}")


def _below(top: str, links: Sequence[_Link]) -> list[tuple[str, list[_Link]]]:
    """Tables whose rows go when rows of `top` do, each behind those that it refers to."""
    found: dict[str, list[_Link]] = {}
    reached, due = {top}, [top]
    while due:
        other = due.pop(0)
        for link in links:
            if link.other == other and link.table != top:
                found.setdefault(link.table, []).append(link)
                if link.table not in reached:
                    reached.add(link.table)
                    due.append(link.table)
    return list(found.items())


def _belongs(link: _Link, tables: Sequence[tuple[str, list[_Link]]], survey_id: int) -> str:
    """Condition that a row belongs to a response of the survey, or to a row that was set aside already."""
    if link.other == "response":
        return f"{link.column} IN (SELECT id FROM response WHERE survey_id = {survey_id:d})"  # noqa: S608 (a number)
    number = [table for table, _ in tables].index(link.other)
    return f"{link.column} IN (SELECT {link.other_column} FROM aside_{number})"  # noqa: S608 (the database's own names)


async def _run(session: AsyncSession, statement: str) -> None:
    await session.execute(text(statement))
