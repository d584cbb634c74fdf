from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from databases import run_on
from servq import db
from servq.accounts.models import Account, Role
from servq.db import Base, alembic_config, database_url, make_engine, open_database, upgrade
from servq.errors import EnvironmentIncomplete, RequestInvalid
from stateful.factories import NOW

pytestmark = pytest.mark.anyio


async def test_the_migrations_make_exactly_the_tables_of_the_models(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_can_be_undone_and_done_again(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["alembic_version"]
    await upgrade(engine)
    async with engine.connect() as connection:
        assert "response" in await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_several_processes_may_upgrade_the_same_new_database_at_once(engine: AsyncEngine, database: str) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
    others = [make_engine(database) for _ in range(3)]
    await asyncio.gather(*map(upgrade, others))
    for other in others:
        await other.dispose()
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


async def test_times_come_back_aware_and_in_utc(sessions: async_sessionmaker[AsyncSession]) -> None:
    local = datetime(2026, 3, 4, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    async with sessions.begin() as session:
        session.add(Account(email="a@example.org", role=Role.ADMIN, created_at=local))
    async with sessions() as session:
        stored = await session.scalar(select(Account.created_at))
    assert stored == local
    assert stored is not None
    assert stored.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        session.add(Account(email="a@example.org", role=Role.ADMIN, created_at=NOW.replace(tzinfo=None)))
        with pytest.raises(StatementError, match="time zone"):
            await session.flush()


async def test_sqlite_waits_for_locks_keeps_foreign_keys_and_survives_a_power_cut(sqlite_database: str) -> None:
    engine = make_engine(sqlite_database)
    async with engine.connect() as connection:
        pragmas = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]
    await engine.dispose()
    assert pragmas == ["wal", 1, 2, 10_000]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_server_does_not_let_anyone_wait_for_a_lock_for_ever(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW lock_timeout"))).scalar_one() == "10s"


async def test_a_new_sqlite_file_is_made_ready_when_it_is_opened(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/new.db") as sessions, sessions() as session:
        assert (await session.scalars(select(Account))).all() == []


async def test_a_server_without_the_tables_is_refused_with_the_command_that_makes_them(postgres_server: URL) -> None:
    name = f"servq_empty_{secrets.token_hex(6)}"
    url = postgres_server.set(database=name)
    await run_on(postgres_server, f"CREATE DATABASE {name}")
    with pytest.raises(EnvironmentIncomplete, match="servq db upgrade"):
        async with open_database(url.render_as_string(hide_password=False)):
            pass
    await run_on(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("address", ["sqlite:////no/such/folder/x.db", "postgresql://nobody@127.0.0.1:1/none"])
async def test_a_database_that_cannot_be_reached_is_named_in_one_sentence(address: str) -> None:
    with pytest.raises(EnvironmentIncomplete, match="cannot be used"):
        async with open_database(address):
            pass


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_text("Dear guest, thank you for your visit. " * 100)
    with pytest.raises(EnvironmentIncomplete, match="not a database"):
        async with open_database(f"sqlite:///{letter}"):
            pass
    assert letter.read_text().startswith("Dear guest")


async def test_a_database_of_a_newer_version_is_left_alone(engine: AsyncEngine, database: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(EnvironmentIncomplete, match="newer servq"):
        await upgrade(engine)
    with pytest.raises(EnvironmentIncomplete, match="newer servq"):
        async with open_database(database):
            pass
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == "9999"


async def test_a_database_that_takes_no_writing_is_named_in_one_sentence(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_LOCK_TIMEOUT_MS", 100)
    async with open_database(database) as sessions, sessions.begin() as writer:
        await writer.execute(text("DELETE FROM account"))
        if writer.get_bind().dialect.name == "postgresql":
            await writer.execute(text("LOCK TABLE account"))
        with pytest.raises(EnvironmentIncomplete, match="cannot be used"):
            async with open_database(database) as others, others.begin() as another:
                await another.execute(text("DELETE FROM account"))


async def test_a_database_that_the_server_does_not_have_is_named(postgres_server: URL) -> None:
    url = postgres_server.set(database="servq_nowhere").render_as_string(hide_password=False)
    with pytest.raises(EnvironmentIncomplete, match="servq_nowhere"):
        async with open_database(url):
            pass


async def test_a_password_is_not_shown_when_the_database_cannot_be_reached() -> None:
    with pytest.raises(EnvironmentIncomplete) as refused:
        async with open_database("postgresql://somebody:geheim@127.0.0.1:1/none"):
            pass
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("postgresql://host/name", "postgresql+asyncpg"),
        ("postgresql+asyncpg://host/name", "postgresql+asyncpg"),
    ],
)
def test_an_address_may_name_only_the_kind_of_database(written: str, driver: str) -> None:
    assert database_url(written).drivername == driver


@pytest.mark.parametrize("written", ["nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_an_address_servq_cannot_use_is_refused(written: str) -> None:
    with pytest.raises(RequestInvalid):
        database_url(written)
