from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from mail.sink import Sink, open_sink
from servq.responses.sittings import Sittings


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as running:
        yield running


@pytest.fixture
async def sittings(engine: AsyncEngine) -> AsyncIterator[Sittings]:
    async with Sittings.running(engine) as running:
        yield running
