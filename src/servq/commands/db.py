"""``servq db``: the database itself, and how every command opens it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from servq.errors import RequestInvalid
from servq.settings import DATABASE_VARIABLE, DEFAULT_DATABASE

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

database_option = click.option(
    "--database",
    metavar="URL",
    envvar=DATABASE_VARIABLE,
    default=DEFAULT_DATABASE,
    show_default=True,
    help=f"sqlite:///FILE or postgresql+asyncpg://USER@HOST/NAME; also read from {DATABASE_VARIABLE}.",
)
"""The option with which a command is told its database."""

RECORD_NUMBER = click.IntRange(1, 2**31 - 1)
"""Number of a survey, wave or key: what every database takes as one."""


def in_session(database: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Run `work` in one transaction and return its result once that is committed."""

    async def run() -> T:
        from servq.db import open_database

        async with open_database(database) as sessions, sessions.begin() as session:
            return await work(session)

    return asyncio.run(run())


def in_existing_session(database: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """The same for commands that need what is stored already: a mistyped file name makes no new database."""
    from servq.db import database_url

    url = database_url(database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise RequestInvalid(
            f"There is no database {url.database}. Check --database or {DATABASE_VARIABLE}; "
            f"`servq survey create` begins a new one."
        )
    return in_session(database, work)


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
@database_option
def upgrade_command(database: str) -> None:
    """Create the tables, or bring them to this version."""

    async def run() -> None:
        from servq.db import make_engine, upgrade

        engine = make_engine(database)
        try:
            await upgrade(engine)
        finally:
            await engine.dispose()

    asyncio.run(run())
    click.echo("The database is up to date.")


@db.command("forget-results")
@database_option
def forget_results_command(database: str) -> None:
    """Drop the scored answers that are kept ready; the pages of results make them again."""

    async def forget(session: AsyncSession) -> int:
        from servq.results import forget_results

        return await forget_results(session)

    count = in_existing_session(database, forget)
    click.echo(f"Dropped the scored answers of {count} {'wave' if count == 1 else 'waves'}.")
