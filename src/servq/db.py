"""The database: how to reach it, how tables are declared, how it is brought up to date.

No table and no query of a domain lives here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Enum,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from servq.errors import DatabaseBusy, EnvironmentIncomplete, Problem, RequestInvalid
from servq.locations import migrations_folder

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import URL, Dialect
    from sqlalchemy.engine.interfaces import DBAPIConnection

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

# A pool smaller than the number of requests in flight is served unfairly by asyncpg: waits grow to most of a second.
_POSTGRES_POOL = 32

# Whoever waits longer than this for another's lock hears of it, on either database.
_LOCK_TIMEOUT_MS = 10_000

_NOT_IN_REPERTOIRE = "22021"
_BUSY_STATES = frozenset({"55P03", "40P01"})  # lock not available, deadlock detected
_BUSY_SQLITE = "database is locked"

# IMMEDIATE: a transaction takes the write lock at its first write and waits for it, instead of failing later because
# another process wrote in between.
_SQLITE_ARGUMENTS = {"isolation_level": "IMMEDIATE"}


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_ENGINE_OPTIONS: dict[str, Any] = {
    "json_serializer": _to_json,
    "json_deserializer": msgspec.json.decode,
    "hide_parameters": True,  # an error that is logged must not carry somebody's answers
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC in Python on every database (SQLite itself keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A stored time needs a time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonValue = JSON().with_variant(JSONB(), "postgresql")
"""A JSON column: text on SQLite, jsonb on PostgreSQL."""


def stored_enum(values: type[StrEnum]) -> Enum:
    """Return the column type of an enumeration, stored as its text with a check constraint."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=values.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        dict[str, str]: JsonValue,
        list[str]: JsonValue,
    }


def busy(error: BaseException) -> DatabaseBusy | None:
    """Return the error of the domain where a statement ended because others held what it needed, or None.

    That is a wait for a lock that took too long, or two who waited for each other, on either database.
    """
    if not isinstance(error, DBAPIError):
        return None
    if getattr(error.orig, "sqlstate", None) not in _BUSY_STATES and _BUSY_SQLITE not in str(error.orig):
        return None
    return DatabaseBusy("The database is busy with something else. Nothing was saved; try again in a few seconds.")


def unstorable(error: BaseException) -> RequestInvalid | None:
    """Return the error of the domain where a statement was given what no database takes, or None.

    That is a text with a NUL character, or a moment before the year 1 or after the year 9999 in UTC.
    """
    if not isinstance(error, StatementError):
        return None
    if isinstance(error.orig, OverflowError) or getattr(error.orig, "sqlstate", None) == _NOT_IN_REPERTOIRE:
        return RequestInvalid(
            Problem(
                "A text has a NUL character, or a time lies beyond what is kept.",
                "Delete the character, or give another time. Nothing was saved.",
            )
        )
    return None


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements that bypass the object layer."""
    if not isinstance(model.__table__, Table):
        raise TypeError(f"{model.__name__} is not stored in a table of its own.")
    return model.__table__


def database_url(text: str) -> URL:
    """Return the URL with the driver servq uses; `text` may name only the kind of database."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise RequestInvalid(
            f'"{text}" is not a database URL. Write sqlite:///file.db or postgresql+asyncpg://user@host/name.'
        ) from error
    drivername = _DRIVERS.get(url.drivername, url.drivername)
    if drivername not in _DRIVERS.values():
        raise RequestInvalid(f'servq cannot use "{url.drivername}". Use sqlite or postgresql+asyncpg.')
    if drivername.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise RequestInvalid("servq needs a database file, not a database in memory: write sqlite:///file.db.")
    return url.set(drivername=drivername)


def make_engine(database: str) -> AsyncEngine:
    """Return an engine for a database URL; the caller disposes of it."""
    url = database_url(database)
    if url.get_backend_name() == "postgresql":
        return create_async_engine(
            url,
            pool_size=_POSTGRES_POOL,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"server_settings": {"lock_timeout": str(_LOCK_TIMEOUT_MS)}},
            **_ENGINE_OPTIONS,
        )
    engine = create_async_engine(url, connect_args=_SQLITE_ARGUMENTS, **_ENGINE_OPTIONS)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def make_file_engine(url: URL) -> Engine:
    """Return an engine on the SQLite file of `url` for work that stays in one thread; the caller disposes of it."""
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), connect_args=_SQLITE_ARGUMENTS, **_ENGINE_OPTIONS)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return the session factory; one ``sessions.begin()`` is one request or command."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def open_database(database: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Yield the session factory of a database that is up to date.

    A SQLite file is made and upgraded as needed. A PostgreSQL server is only checked: upgrading it is the operator's
    decision. Raises `EnvironmentIncomplete` if it cannot be reached or written to, or is not up to date.
    """
    engine = make_engine(database)
    try:
        await _prepare(engine)
        with _explained(engine):
            yield make_sessions(engine)
    finally:
        await engine.dispose()


async def upgrade(engine: AsyncEngine) -> None:
    """Bring the schema to the newest revision; safe to repeat and to run from several processes at once."""
    await _in_transaction(engine, _upgrade)


async def _prepare(engine: AsyncEngine) -> None:
    if await _in_transaction(engine, _is_up_to_date):
        return
    if engine.dialect.name != "sqlite":
        raise EnvironmentIncomplete(
            f"The database {engine.url!r} does not have this version's tables. "
            "Run: servq db upgrade, with the same --database."
        )
    await upgrade(engine)


async def _in_transaction(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    """Run work before anything else uses the database; raises `EnvironmentIncomplete` if it cannot be reached."""
    with _explained(engine):
        if engine.dialect.name == "sqlite":
            # aiosqlite leaves a thread behind when a file cannot be opened, so the first to open it is sqlite3 itself.
            file_engine = make_file_engine(engine.url)
            try:
                with file_engine.begin() as connection:
                    return work(connection)
            finally:
                file_engine.dispose()
        async with engine.begin() as connection:
            return await connection.run_sync(work)


@contextmanager
def _explained(engine: AsyncEngine) -> Iterator[None]:
    """Say in one sentence that the database cannot be reached, read or written to."""
    try:
        yield
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise  # a fault of a statement, not of the place
    except (OSError, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise EnvironmentIncomplete(
            f"The database {engine.url!r} cannot be used ({reason}). Check the address, and that it may be written to."
        ) from error


def _is_up_to_date(connection: Connection) -> bool:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    stored = set(MigrationContext.configure(connection).get_current_heads())
    if not stored <= {revision.revision for revision in script.walk_revisions()}:
        raise EnvironmentIncomplete(
            f"The database {connection.engine.url!r} was brought up to date by a newer servq. "
            "Install that version, or name another database."
        )
    return stored == set(script.get_heads())


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the shipped migrations, bound to `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command

    if connection.dialect.name == "sqlite":
        # Altering a table copies and drops it, and dropping a parent would delete its children. The setting ends with
        # this connection; it cannot change within a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        # The driver opens no transaction for DDL by itself, and a migration applies wholly or not at all.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('servq migrations'))")
    if _is_up_to_date(connection):
        return
    command.upgrade(alembic_config(connection), "head")


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: what a respondent was told is saved must survive a power cut; group commit pays for it.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {_LOCK_TIMEOUT_MS}")
    cursor.close()
