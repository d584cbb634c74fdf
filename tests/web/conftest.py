from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.settings import Settings
from servq.web import create_app
from stateful.factories import NOW


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncTestClient]:
    app = create_app(
        Settings(database=database, address="http://servq.test", secret="a secret of the installation in tests"),
        now=lambda: NOW,
    )
    async with AsyncTestClient(app, base_url="http://servq.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def key_for(sessions: async_sessionmaker[AsyncSession]) -> Callable[..., Coroutine[Any, Any, dict[str, str]]]:
    async def make(*scopes: Scope) -> dict[str, str]:
        async with sessions.begin() as session:
            key = await create_key(session, scopes, now=NOW)
        return {"Authorization": f"Bearer {key.text}"}

    return make
