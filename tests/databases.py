"""Making and dropping whole databases for the tests."""

from __future__ import annotations

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from servq.db import make_engine, upgrade


async def migrate(url: URL) -> None:
    engine = make_engine(url.render_as_string(hide_password=False))
    await upgrade(engine)
    await engine.dispose()


async def run_on(server: URL, statement: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
