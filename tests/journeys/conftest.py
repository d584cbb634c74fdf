"""The whole application on each database, and bots that answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from litestar.testing import AsyncTestClient

from journeys.bot import Bot
from servq.responses.links import Link, OpenLink
from servq.settings import Settings
from servq.web import create_app
from servq.web.limits import Limits
from stateful.factories import NOW


class Clock:
    """The time of the application, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: int) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
async def client(database: str, clock: Clock, limits: Limits) -> AsyncIterator[AsyncTestClient]:
    app = create_app(Settings(database=database, address="http://servq.test"), limits=limits, now=clock)
    async with AsyncTestClient(app, base_url="http://servq.test", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bot(client: AsyncTestClient) -> Callable[..., Bot]:
    def make(link: Link, **headers: str) -> Bot:
        path = f"/o/{link.slug}/{link.token}" if isinstance(link, OpenLink) else f"/s/{link.token}"
        return Bot(client, f"http://servq.test{path}", **headers)

    return make
