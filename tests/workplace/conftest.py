"""The fixtures of the workplace; `tests/browser` takes them from here too."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from databases import run_on
from workplace.installation import Workplace, present, seed, serving


@pytest.fixture(scope="session")
def seeded_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Path of a seeded database to be copied, and its places."""
    path = tmp_path_factory.mktemp("workplace") / "template.db"
    shutil.copy(sqlite_template, path)
    return path, asyncio.run(seed(f"sqlite:///{path}", present()))


@pytest.fixture(scope="module")
def workplace(
    seeded_sqlite: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workplace]:
    """A running installation of its own for each module of tests, on SQLite."""
    template, places = seeded_sqlite
    path = tmp_path_factory.mktemp("workplace") / "servq.db"
    shutil.copy(template, path)
    with serving(f"sqlite:///{path}", places) as running:
        yield running


@pytest.fixture(scope="session")
def seeded_postgres(postgres_server: URL, postgres_template: URL) -> Iterator[tuple[URL, dict[str, str]]]:
    """Address of a seeded database to be copied, and its places."""
    url = postgres_server.set(database=f"servq_seeded_{secrets.token_hex(4)}")
    asyncio.run(run_on(postgres_server, f"CREATE DATABASE {url.database} TEMPLATE {postgres_template.database}"))
    places = asyncio.run(seed(url.render_as_string(hide_password=False), present()))
    yield url, places
    asyncio.run(run_on(postgres_server, f"DROP DATABASE {url.database} WITH (FORCE)"))


@pytest.fixture(scope="module")
def workplace_on_postgres(postgres_server: URL, seeded_postgres: tuple[URL, dict[str, str]]) -> Iterator[Workplace]:
    """The same on PostgreSQL, for what the databases do differently."""
    template, places = seeded_postgres
    url = postgres_server.set(database=f"servq_workplace_{secrets.token_hex(4)}")
    asyncio.run(run_on(postgres_server, f"CREATE DATABASE {url.database} TEMPLATE {template.database}"))
    with serving(url.render_as_string(hide_password=False), places) as running:
        yield running
    asyncio.run(run_on(postgres_server, f"DROP DATABASE {url.database} WITH (FORCE)"))
